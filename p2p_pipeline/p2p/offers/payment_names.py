"""What a venue's payment ids were called, and when: the history of its own lists.

Bybit gives ads bare numbers, and has used one number for different banks over the years. An old offer must be read with
the names of its day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from p2p_pipeline.p2p.venues.wire import PaymentMethod

REACH_BEFORE_FIRST_LIST = timedelta(days=1)
"""How long before the first list its names are already believed: collection may start before the list is fetched."""


@dataclass(frozen=True, slots=True)
class PaymentNameInterval:
    """One name of one id while the venue's lists showed it: from `valid_from` until before `valid_to`."""

    venue: str
    native_id: str
    native_name: str
    valid_from: datetime
    valid_to: datetime | None
    """None while the newest list still shows it."""


def name_history(
    venue: str, observations: Iterable[tuple[datetime, Sequence[PaymentMethod]]]
) -> list[PaymentNameInterval]:
    """The history that a venue's lists tell, in order of id and time; the lists may come in any order.

    A renamed id closes one interval and opens another; one that vanished from the list is closed. An empty list is no
    evidence that all methods are gone (venues answer so when they block) and changes nothing.

    All observations must be about the same currencies: pass Binance's lists one currency at a time.
    """
    history: list[PaymentNameInterval] = []
    opened: dict[str, tuple[str, datetime]] = {}
    for moment, methods in sorted(observations, key=lambda observation: observation[0]):
        listed = {method.payment.native_id: method.payment.name for method in methods if method.payment.name}
        if not listed:
            continue
        for native_id, (name, since) in list(opened.items()):
            if listed.get(native_id) != name:
                history.append(PaymentNameInterval(venue, native_id, name, since, moment))
                del opened[native_id]
        for native_id, name in listed.items():
            if name is not None:
                opened.setdefault(native_id, (name, moment))
    history += [PaymentNameInterval(venue, native_id, name, since, None) for native_id, (name, since) in opened.items()]
    # Two lists of the same moment that disagree leave an interval without length: the later one counts.
    lasting = (interval for interval in history if interval.valid_from != interval.valid_to)
    return sorted(lasting, key=lambda interval: (interval.native_id, interval.valid_from))


def names_at(history: Iterable[PaymentNameInterval], moment: datetime) -> dict[str, str]:
    """The venue's names by id at a moment.

    Up to a day before the first list its names hold already; further back nothing is known, because ids change.
    """
    intervals = list(history)
    first = min((interval.valid_from for interval in intervals), default=moment)
    if first - REACH_BEFORE_FIRST_LIST <= moment < first:
        moment = first
    return {
        interval.native_id: interval.native_name
        for interval in intervals
        if interval.valid_from <= moment and (interval.valid_to is None or moment < interval.valid_to)
    }
