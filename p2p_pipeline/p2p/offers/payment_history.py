"""The venue's own payment names as they were on a day, read from the lists kept in the raw store."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from p2p_pipeline.p2p.offers.payment_names import PaymentNameInterval, name_history, names_at
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.venues.directory import venue_directory
from p2p_pipeline.p2p.venues.wire import PaymentMethod, Venue

LISTS_LOOKED_AT = 3
"""How many of the newest days with a list are read: enough to see a change around the day, few enough to be quick."""


class PaymentNames:
    """Native id to name at any moment of the days around one day. Callable, and fingerprinted for the partition."""

    def __init__(self, history: Sequence[PaymentNameInterval]) -> None:
        self._history = history
        ends = {interval.valid_to for interval in history if interval.valid_to is not None}
        self._changes = sorted({interval.valid_from for interval in history} | ends)
        self._names: dict[int, Mapping[str, str]] = {}

    def __call__(self, moment: datetime) -> Mapping[str, str]:
        """The names at a moment."""
        place = bisect_right(self._changes, moment)
        if place == 0:
            # Before the first list: whether its names reach back that far depends on the moment itself.
            return names_at(self._history, moment)
        if place not in self._names:
            self._names[place] = names_at(self._history, moment)
        return self._names[place]

    @property
    def version(self) -> str:
        """Changes when the names do: partitions made with other names are made anew."""
        text = "\n".join(
            f"{interval.native_id}\t{interval.native_name}\t{interval.valid_to is None}" for interval in self._history
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def payment_names_from_raw(reader: RawReader, venue_name: str, day: date) -> PaymentNames:
    """What the venue called its payment ids on a day, from the lists fetched on it and on the last days before it."""
    venue = venue_directory()[venue_name]
    days = [found for found in reader.days() if found <= day + timedelta(days=1)]
    by_fiat: dict[str, list[tuple[datetime, Sequence[PaymentMethod]]]] = defaultdict(list)
    days_with_lists = 0
    for looked_at in reversed(days):
        lists = _lists_of_day(reader, venue, looked_at)
        for fiat, received_at, methods in lists:
            by_fiat[fiat].append((received_at, methods))
        days_with_lists += bool(lists)
        if days_with_lists == LISTS_LOOKED_AT:
            break
    intervals = [interval for lists in by_fiat.values() for interval in name_history(venue_name, lists)]
    return PaymentNames(intervals)


def _lists_of_day(reader: RawReader, venue: Venue, day: date) -> list[tuple[str, datetime, Sequence[PaymentMethod]]]:
    file_key = f"{venue.name}.reference"
    if file_key not in reader.file_keys(day):
        return []
    captures = [
        capture
        for stored in reader.read(day, file_key)
        if isinstance(stored, StoredSnapshot)
        for capture, _ in stored.captures
        if _is_usable(capture, venue)
    ]
    return [(capture.fiat or "", capture.received_at, venue.read_payment_list(capture.body)) for capture in captures]


def _is_usable(capture: Capture, venue: Venue) -> bool:
    is_list = capture.purpose is Purpose.PAYMENT_LIST and capture.outcome is Outcome.OK
    return is_list and venue.refusal(capture.status or 0, capture.body) is None
