"""A book as its exchange publishes it: where sockets follow it, as far as they were told; else as it is now."""

from __future__ import annotations

from collections.abc import Callable

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.path import BookPath, Side


class PublishedBook(SimulatedBook):
    """What dialects see. Costs nothing as long as nobody looks."""

    def __init__(self, path: BookPath, now: Callable[[], float], skew_ms: Callable[[], int]) -> None:
        self.instrument = path.instrument
        self.path = path
        self.symbol = f"{path.instrument.base}/{path.instrument.quote}"
        self.is_followed = False
        self._now = now
        self._skew_ms = skew_ms
        self._step = -1
        self._last = 0
        self._bids: Side = {}
        self._asks: Side = {}

    @property
    def step(self) -> int:
        """Which step of its path it shows."""
        self._look()
        return self._step

    @property
    def bids(self) -> dict[str, str]:  # type: ignore[override]  # read where a plain book has a field
        """Price text to quantity text, best first."""
        self._look()
        return self._bids

    @property
    def asks(self) -> dict[str, str]:  # type: ignore[override]
        """Price text to quantity text, best first."""
        self._look()
        return self._asks

    @property
    def last(self) -> int:  # type: ignore[override]
        """The number of its last update."""
        self._look()
        return self._last

    @property
    def at_ms(self) -> int:  # type: ignore[override]
        """When that was, by the exchange's own clock."""
        self._look()
        return round(self.path.moment_of(self._step) * 1000) + self._skew_ms()

    def top(self, depth: int | None = None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Bids and asks, best first: here they are in that order already."""
        self._look()
        return list(self._bids.items())[:depth], list(self._asks.items())[:depth]

    def follow(self) -> None:
        """From now on it moves by `move_to` alone."""
        self._look()
        self.is_followed = True

    def unfollow(self) -> None:
        """Nobody listens any more: it is what it is now, whenever one looks."""
        self.is_followed = False

    def move_to(self, step: int) -> BookChange | None:
        """Go to a step; None when nothing differs there."""
        bids, asks = self.path.at(step)
        changed_bids, changed_asks = self._changes(self._bids, bids), self._changes(self._asks, asks)
        self._step, self._bids, self._asks = step, bids, asks
        if not changed_bids and not changed_asks:
            return None
        previous = self._last
        self._last = previous + 1 if self.path.counts_by_one else self.path.sequence(step)
        return BookChange(changed_bids, changed_asks, previous + 1, self._last, previous, self.at_ms)

    def _changes(self, before: Side, after: Side) -> tuple[tuple[str, str], ...]:
        new = [level for level in after.items() if before.get(level[0]) != level[1]]
        gone = [(price, self.path.nothing) for price in before if price not in after]
        return (*new, *gone)

    def _look(self) -> None:
        if self.is_followed:
            return
        step = self.path.step_at(self._now())
        if step != self._step:
            self._step, self._last = step, self.path.sequence(step)
            self._bids, self._asks = self.path.at(step)
