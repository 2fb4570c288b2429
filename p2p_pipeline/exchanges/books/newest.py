"""Frames that are whole by themselves: the newest counts, and one that came late does not. Pure."""

from __future__ import annotations

from p2p_pipeline.exchanges.events import Event


class Newest:
    """The newest whole view of one symbol: first levels, or best prices.

    Numbers (or, without them, exchange times) only rise. One that falls is a straggler or a restart: nothing is vouched
    for until the next one tells which. Above the highest, it was a straggler; below it again, all starts anew there.
    """

    __slots__ = ("_highest", "event", "is_sure")

    def __init__(self) -> None:
        self.event: Event | None = None
        self.is_sure = False
        self._highest: int | None = None

    def take(self, event: Event) -> bool:
        """Whether it counts as the newest."""
        number = event.exchange_time_us if event.last is None else event.last
        highest = self._highest
        if number is not None and highest is not None and number < highest and self.is_sure:
            self.is_sure = False
            return False
        self._highest = number
        self.event = event
        self.is_sure = True
        return True

    def forget(self) -> None:
        """The connection ended."""
        self.event = None
        self.is_sure = False
        self._highest = None

    @property
    def is_crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        event = self.event
        return event is not None and is_crossed(event)


def is_crossed(event: Event) -> bool:
    """Whether the best bid of a whole view is at or above its best ask; sides come in any order."""
    if not event.bids or not event.asks:
        return False
    return max(float(level[0]) for level in event.bids) >= min(float(level[0]) for level in event.asks)
