"""One book as its exchange spells it: levels as text, sorted by price, the first of them exact on demand."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from p2p_pipeline.exchanges.books.view import ExactBook
from p2p_pipeline.exchanges.events import Level, Levels

NOTHING = float("-inf")
"""The rank of no price at all."""


class Side:
    """One side. A price's rank is the price itself for bids and its negative for asks: the best has the highest.

    Decoders let through prices of at most 15 digits, so a float names each price exactly and sorts as it does.
    """

    __slots__ = ("_sign", "levels", "ranks")

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self.levels: dict[float, Level] = {}
        self.ranks: list[float] = []
        """Ascending: the best is the last, where most changes are."""

    def replace(self, levels: Levels) -> None:
        """Forget what was there. Levels come in any order; of a price named twice the last counts, 0 is no level."""
        sign = self._sign
        self.levels = {sign * float(level[0]): level for level in levels}
        for rank in [rank for rank, level in self.levels.items() if not rank or not float(level[1])]:
            del self.levels[rank]
        self.ranks = sorted(self.levels)

    def apply(self, levels: Levels) -> float:
        """Set each level's new quantity, 0 takes it away; the best rank that was touched.

        A price of 0 is no level (KuCoin sends it with changes that no price has); taking away what is not there is
        usual, since no exchange tells of levels beyond its window.
        """
        known, ranks, sign = self.levels, self.ranks, self._sign
        touched = NOTHING
        for level in levels:
            price, quantity = level
            rank = sign * float(price)
            if float(quantity):
                if rank in known:
                    known[rank] = level
                elif rank:
                    known[rank] = level
                    insort(ranks, rank)
                else:
                    continue
            elif known.pop(rank, None) is not None:
                del ranks[bisect_left(ranks, rank)]
            else:
                continue
            # max() takes three times as long, for each of hundreds of thousands of levels a second.
            if rank > touched:  # noqa: PLR1730
                touched = rank
        return touched

    def cut(self, depth: int) -> None:
        """Forget all but the best so many."""
        ranks = self.ranks
        if len(ranks) > depth:
            for rank in ranks[:-depth]:
                del self.levels[rank]
            del ranks[:-depth]

    def top(self, count: int, reach: float = NOTHING) -> list[Level]:
        """The best so many, best first, none worse than `reach` (a rank)."""
        best = self.ranks[: -count - 1 : -1]
        if best and best[-1] < reach:
            best = [rank for rank in best if rank >= reach]
        levels = self.levels
        return [levels[rank] for rank in best]

    def rank_of(self, place: int) -> float:
        """The rank of the level in a place, 1 the best; NOTHING when there are fewer."""
        return self.ranks[-place] if len(self.ranks) >= place else NOTHING


@dataclass(slots=True)
class Book:
    """Both sides, and how far they reach.

    A snapshot that was asked for has the best so many levels and no more. What lies beyond its worst one is not known;
    later changes bring some of it, with holes. A snapshot of fewer levels than were asked for should be the whole book,
    but may as well have been cut short on its way: beyond its worst level nothing is told at all. One of all that was
    asked for is trusted further, since in a market so deep everything near the best prices changes all the time.
    """

    bids: Side = field(default_factory=lambda: Side(1))
    asks: Side = field(default_factory=lambda: Side(-1))
    bid_reach: float = NOTHING
    ask_reach: float = NOTHING
    bids_end_there: bool = False
    """Whether nothing is told beyond the reach."""
    asks_end_there: bool = False

    def replace(self, bids: Levels, asks: Levels) -> None:
        """A snapshot of all there is, instead of what was there."""
        self.bids.replace(bids)
        self.asks.replace(asks)
        self.bid_reach = self.ask_reach = NOTHING
        self.bids_end_there = self.asks_end_there = False

    def replace_near(self, bids: Levels, asks: Levels, asked: int | None) -> None:
        """A snapshot that was asked for, with so many levels a side at most; None: with all."""
        self.replace(bids, asks)
        self.bid_reach = self.bids.ranks[0] if self.bids.ranks else NOTHING
        self.ask_reach = self.asks.ranks[0] if self.asks.ranks else NOTHING
        self.bids_end_there = asked is None or len(bids) < asked
        self.asks_end_there = asked is None or len(asks) < asked

    def clear(self) -> None:
        """Nothing is known any more."""
        self.replace((), ())

    def cut(self, depth: int) -> None:
        """Forget all but the best so many of each side."""
        self.bids.cut(depth)
        self.asks.cut(depth)

    def top(self, count: int) -> tuple[list[Level], list[Level]]:
        """Bids and asks as spelled, best first."""
        return self.top_bids(count), self.top_asks(count)

    def top_bids(self, count: int) -> list[Level]:
        """As spelled, best first."""
        return self.bids.top(count, self.bid_reach if self.bids_end_there else NOTHING)

    def top_asks(self, count: int) -> list[Level]:
        """As spelled, best first."""
        return self.asks.top(count, self.ask_reach if self.asks_end_there else NOTHING)

    def exact(self, count: int) -> ExactBook:
        """The same as exact numbers."""
        bids, asks = self.top(count)
        return ExactBook(_exact(bids), _exact(asks))

    @property
    def is_crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        bids, asks = self.bids.ranks, self.asks.ranks
        return bool(bids) and bool(asks) and bids[-1] >= -asks[-1]

    def is_running_out(self, shown: int, plenty: int) -> bool:
        """Whether a side has more beyond its reach, and within it less than `plenty`, or `shown` if it ends there."""
        bids, asks = shown if self.bids_end_there else plenty, shown if self.asks_end_there else plenty
        return _runs_out(self.bids.ranks, self.bid_reach, bids) or _runs_out(self.asks.ranks, self.ask_reach, asks)

    def is_short(self, wanted: int) -> bool:
        """Whether a side that ends at its reach has fewer than `wanted` levels left of it, and more beyond."""
        return (self.bids_end_there and _runs_out(self.bids.ranks, self.bid_reach, wanted)) or (
            self.asks_end_there and _runs_out(self.asks.ranks, self.ask_reach, wanted)
        )

    @property
    def is_told_whole(self) -> bool:
        """Whether all levels are told."""
        return not (self.bids_end_there or self.asks_end_there)


def _runs_out(ranks: Sequence[float], reach: float, wanted: int) -> bool:
    return bool(ranks) and ranks[0] < reach and len(ranks) - bisect_left(ranks, reach) < wanted


def _exact(levels: Levels) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple((Decimal(price), Decimal(quantity)) for price, quantity in levels)
