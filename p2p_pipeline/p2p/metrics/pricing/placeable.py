"""Which amounts can be placed at all: the nearest ones, when the amount asked can't.

Over a set of offers every amount from the sum of minima to the sum of maxima can be placed. So, around an amount that
can't, the nearest below is the largest sum of at most k maxima not above it, and the nearest above the smallest sum of
at most k minima not below it. Both are exact. With n different limits the work is at most n^(k-2) vectorised steps
over n numbers each; real books end after a few, because large limits reach far and the search stops at its bound.

Here: integers. Not here: whether the amount itself can be placed (split.py).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def largest_sum_not_above(
    parts: Integers, amount: int, max_parts: int, is_spent: Callable[[], bool]
) -> tuple[int | None, bool]:
    """The largest sum of 1 to `max_parts` of the positive parts that is <= amount, and whether that is proven."""
    return _search(_usable(parts[parts <= amount], max_parts), amount, max_parts, is_spent, _BelowSearch)


def smallest_sum_not_below(
    parts: Integers, amount: int, max_parts: int, is_spent: Callable[[], bool]
) -> tuple[int | None, bool]:
    """The smallest sum of 1 to `max_parts` of the positive parts that is >= amount, and whether that is proven."""
    return _search(_usable(parts, max_parts), amount, max_parts, is_spent, _AboveSearch)


def _usable(parts: Integers, max_parts: int) -> Integers:
    """Falling, each value no more often than it can be used."""
    values, counts = np.unique(parts, return_counts=True)
    return np.repeat(values, np.minimum(counts, max_parts))[::-1]


def _search(
    parts: Integers, amount: int, max_parts: int, is_spent: Callable[[], bool], kind: type[_SumSearch]
) -> tuple[int | None, bool]:
    search = kind(parts, amount, is_spent)
    if len(parts):
        search.visit(0, 0, max_parts)
    return search.best, not search.is_stopped


class _SumSearch:
    """Depth first over parts in falling order; the last two parts are found for all starts at once."""

    def __init__(self, parts: Integers, amount: int, is_spent: Callable[[], bool]) -> None:
        self.parts, self.amount, self.is_spent = parts, amount, is_spent
        self.rising = np.ascontiguousarray(parts[::-1])
        self.parts_list: list[int] = parts.tolist()
        self.best: int | None = None
        self.is_stopped = False

    def visit(self, start: int, taken: int, parts_left: int) -> None:
        """Try all sums that add up to `parts_left` parts from `start` on to `taken`."""
        if self.best == self.amount or start >= len(self.parts_list):
            return
        if self.is_spent():
            self.is_stopped = True
            return
        if parts_left <= 2:
            self.finish(start, taken, parts_left)
            return
        for position in range(start, len(self.parts_list)):
            part = self.parts_list[position]
            if self.is_hopeless(taken + part * parts_left) or self.is_stopped:
                return
            if self.accept(taken + part):
                self.visit(position + 1, taken + part, parts_left - 1)

    def is_hopeless(self, reach: int) -> bool:
        """Whether sums that reach no further than this can't improve the best; so can't any later ones."""
        raise NotImplementedError

    def accept(self, total: int) -> bool:
        """Take a sum as the best if it is; say whether adding parts to it makes sense."""
        raise NotImplementedError

    def finish(self, start: int, taken: int, parts_left: int) -> None:
        """Find the best one or two more parts."""
        raise NotImplementedError


class _BelowSearch(_SumSearch):
    def is_hopeless(self, reach: int) -> bool:
        return self.best is not None and reach <= self.best

    def accept(self, total: int) -> bool:
        if total > self.amount:
            return False
        if self.best is None or total > self.best:
            self.best = total
        return True

    def finish(self, start: int, taken: int, parts_left: int) -> None:
        room = self.amount - taken
        count = len(self.parts)
        first = max(start, count - int(self.rising.searchsorted(room, side="right")))
        if first >= count:
            return
        self.accept(taken + self.parts_list[first])
        if parts_left < 2:
            return
        starts = np.arange(first, count)
        partner = count - self.rising.searchsorted(room - self.parts[first:], side="right")
        partner = np.maximum(partner, starts + 1)
        fits = partner < count
        if fits.any():
            self.accept(taken + int((self.parts[first:][fits] + self.parts[partner[fits]]).max()))


class _AboveSearch(_SumSearch):
    def is_hopeless(self, reach: int) -> bool:
        return reach < self.amount

    def accept(self, total: int) -> bool:
        if total < self.amount:
            return True
        if self.best is None or total < self.best:
            self.best = total
        return False

    def finish(self, start: int, taken: int, parts_left: int) -> None:
        need = self.amount - taken
        count = len(self.parts)
        last = count - 1 - int(self.rising.searchsorted(need, side="left"))
        if last >= start:
            self.accept(taken + self.parts_list[last])
        first = max(start, last + 1)
        if parts_left < 2 or first >= count:
            return
        starts = np.arange(first, count)
        partner = count - 1 - self.rising.searchsorted(need - self.parts[first:], side="left")
        fits = partner > starts
        if fits.any():
            self.accept(taken + int((self.parts[first:][fits] + self.parts[partner[fits]]).min()))
