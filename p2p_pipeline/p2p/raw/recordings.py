"""Recorded HTTP exchanges into the raw store, as if they had been captured then.

A recording is `.jsonl` or `.jsonl.gz`, one exchange a line. Lines with the same time and side are the pages of one
snapshot, and so are pages that run on from its first one, one after the other, with times of their own. Bodies go in
byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from p2p_pipeline.p2p.markets import SLOT_SECONDS, MarketSide, Source, slot_of, snapshot_id
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose
from p2p_pipeline.p2p.raw.recording_lines import BrokenLine, Exchange, RecordingError, exchanges_in
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import AlreadyStored, StoredSnapshot, day_of, file_key_of
from p2p_pipeline.p2p.venues.wire import Venue

_PAGES_WITHIN = timedelta(seconds=SLOT_SECONDS)
"""From its first page on. What comes later may be the next sweep's, whose own first page is missing."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import added."""

    captures: int
    """Newly stored."""
    snapshots: int
    """Newly stored."""
    already_there: int
    """Snapshots all of whose answers are stored already."""
    broken: tuple[BrokenLine, ...] = ()
    grown: int = 0
    """Of the newly stored: those that stand beside one stored before, which has fewer or other pages."""
    without_first_page: int = 0
    """Of the newly stored: those that lack page 1; they are kept, and never priced."""

    @property
    def skipped(self) -> int:
        """Lines that were left out; `broken` says which and why."""
        return len(self.broken)


def import_recording(
    path: Path, store: RawStore, venues: Mapping[str, Venue] | None = None, now: datetime | None = None
) -> ImportReport:
    """Store a recording's snapshots in time order; doing it again adds nothing.

    A snapshot of which a stored one has fewer or other pages (the recording was cut off, and has grown since) is
    stored beside that one, a microsecond later: what was stored is never changed, and the newer one answers.

    With `venues`, an answer is judged as a live one is (a refusal with status 200 is no success); without, by its
    status alone. With `now`, what was received after it is left out. Raises RecordingError when no line of the file is
    a recorded exchange.
    """
    broken: list[BrokenLine] = []
    snapshots = _snapshots(exchanges_in(path, now, broken))
    if not snapshots:
        first = f" (line {broken[0].line}: {broken[0].reason})" if broken else ""
        raise RecordingError(
            f"{path} is no recording{first}: each line must be one exchange with received_at, method, url, request, "
            "status and body, as .jsonl or .jsonl.gz"
        )
    captures = stored = grown = already_there = without_first_page = 0
    waiting = [_captures(side, exchanges, venues or {}) for side, exchanges in snapshots]
    while waiting:
        clashing = []
        for made in waiting:
            try:
                store.append(made)
            except AlreadyStored:
                clashing.append(made)
                continue
            stored += 1
            captures += len(made)
            grown += made[0].received_at != made[0].requested_at
            without_first_page += not _has_first_page(made)
        waiting = _not_there(store, clashing)
        already_there += len(clashing) - len(waiting)
    return ImportReport(captures, stored, already_there, tuple(broken), grown, without_first_page)


def _snapshots(exchanges: Iterable[Exchange]) -> list[tuple[MarketSide, list[Exchange]]]:
    """The exchanges of each snapshot, oldest first."""
    together: dict[tuple[datetime, MarketSide], list[Exchange]] = {}
    for exchange in exchanges:
        together.setdefault((exchange.received_at, exchange.market_side), []).append(exchange)
    joined: list[tuple[MarketSide, list[Exchange]]] = []
    open_now: dict[MarketSide, list[Exchange]] = {}
    for (_, side), found in sorted(together.items()):
        before = open_now.get(side)
        if before is not None and _runs_on(before, found):
            before += found
        else:
            open_now[side] = found
            joined.append((side, found))
    return joined


def _runs_on(before: Sequence[Exchange], found: Sequence[Exchange]) -> bool:
    """Whether these are the next pages of the reading that began before, within a slot of its first one.

    Or its last page asked again, which was refused; not its first, with which a reading begins.
    """
    if None in {exchange.page for exchange in found} or found[0].received_at - before[0].received_at >= _PAGES_WITHIN:
        return False
    read, pages = ({exchange.page or 1 for exchange in exchanges} for exchanges in (before, found))
    last = max(read)
    was_refused = last > 1 and all(exchange.status != 200 for exchange in before if exchange.page == last)
    begin = last if was_refused and last in pages else last + 1
    return 1 in read and pages == set(range(begin, begin + len(pages)))


def _has_first_page(made: Sequence[Capture]) -> bool:
    return any((capture.page or 1) == 1 for capture in made)


def _not_there(store: RawStore, clashing: Sequence[list[Capture]]) -> list[list[Capture]]:
    """Those snapshots whose stored namesakes lack an answer of theirs, as snapshots of a microsecond later."""
    by_file: dict[tuple[date, str], dict[str, list[Capture]]] = {}
    for made in clashing:
        by_file.setdefault((day_of(made[0]), file_key_of(made[0])), {})[made[0].snapshot_id] = made
    lacking = []
    for (day, file_key), wanted in by_file.items():
        for stored in store.reader.read_some(day, file_key, wanted.__contains__):
            if isinstance(stored, StoredSnapshot):
                answers = {_answer(capture) for capture, _ in stored.captures}
                if answers.issuperset(map(_answer, wanted[stored.snapshot_id])):
                    del wanted[stored.snapshot_id]
        lacking += [_a_microsecond_later(made) for made in wanted.values()]
    return lacking


def _answer(capture: Capture) -> tuple[int, int | None, bytes]:
    return capture.page or 1, capture.status, capture.body


def _a_microsecond_later(made: Sequence[Capture]) -> list[Capture]:
    """The same answers as another snapshot; `requested_at` stays what the recording says."""
    step = timedelta(microseconds=1)
    side = made[0].market_side
    assert side is not None  # noqa: S101 - only searches are imported
    name = snapshot_id(side, made[0].received_at + step)
    return [replace(capture, snapshot_id=name, received_at=capture.received_at + step) for capture in made]


def _captures(side: MarketSide, exchanges: Sequence[Exchange], venues: Mapping[str, Venue]) -> list[Capture]:
    captures = []
    name = snapshot_id(side, exchanges[0].received_at)
    for ordinal, exchange in enumerate(exchanges):
        outcome, detail = _outcome(venues.get(side.market.venue), exchange)
        captures.append(
            Capture(
                snapshot_id=name,
                ordinal=ordinal,
                purpose=Purpose.SEARCH,
                source=Source.IMPORTED,
                outcome=outcome,
                detail=detail,
                venue=side.market.venue,
                asset=side.market.asset,
                fiat=side.market.fiat,
                side=side.side,
                page=exchange.page,
                slot=slot_of(exchanges[0].received_at),
                requested_at=exchange.received_at,
                received_at=exchange.received_at,
                elapsed_milliseconds=0.0,
                method=exchange.method,
                url=exchange.url,
                request=exchange.request,
                status=exchange.status,
                headers={"recording-exact": "true" if exchange.is_exact else "false"},
                body=exchange.body,
            )
        )
    return captures


def _outcome(venue: Venue | None, exchange: Exchange) -> tuple[Outcome, str | None]:
    if venue is not None:
        refusal = venue.refusal(exchange.status, exchange.body)
        return (Outcome.OK, None) if refusal is None else (Outcome(refusal.kind.value), refusal.detail)
    if exchange.status == 200:
        return Outcome.OK, None
    by_status = {429: Outcome.RATE_LIMITED, 418: Outcome.RATE_LIMITED, 403: Outcome.BLOCKED}
    fallback = Outcome.SERVER_ERROR if exchange.status >= 500 else Outcome.VENUE_ERROR
    return by_status.get(exchange.status, fallback), f"status {exchange.status}"
