"""The best split where offers take nearly fixed lots: sums that meet in the middle.

Where every offer takes one amount, or nearly, a set of offers fits an amount by luck, and walking from set to set finds
it too late. Here halves are listed (single offers, pairs, triples) and each is looked up among the others by what is
left to place: k legs cost what the longer half does. The candidates with the largest gains come first, in a window that
doubles until no set that reaches beyond it can be better: what is found then is the best, to the last tick.

Here: nearly fixed lots, up to six legs. Not here: ranges wide enough to fit anything (search_row.py walks those).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.pricing.choices import Floats, Integers
from p2p_pipeline.p2p.metrics.pricing.search_row import Problem, Row

MOST_LEGS = 6
FIRST_WINDOW = 24
MOST_HALVES = 1_500_000
"""Longer lists of halves are not made; the gap to what they might hold is told."""
MOST_MEETINGS = 400_000
"""More pairs of halves that fit one another mean that the lots are not fixed."""
HALVES_AT_ONCE = 30_000
MAP_CELLS = 2_000_000

_Positions = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Halves:
    """Sets of the same number of candidates, each in rising order of position."""

    members: tuple[_Positions, ...]
    gains: Floats
    least: Integers
    most: Integers

    def __len__(self) -> int:
        return len(self.gains)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> _Halves:
        return _Halves(
            tuple(member[rows] for member in self.members), self.gains[rows], self.least[rows], self.most[rows]
        )


class SumSearch:
    """All sets of a row's candidates that can hold the amount, best gains first."""

    def __init__(self, problem: Problem, row: Row, legs: int, fixed: float) -> None:
        self._problem, self._row, self._legs, self._fixed = problem, row, legs, fixed
        self._gains = np.array(row.gains)
        self._falling = -self._gains
        best = list(accumulate([max(0.0, gain) for gain in row.gains[:legs]], initial=0.0))
        self._best_gains = best + best[-1:] * (legs + 1 - len(best))
        """What 0, 1, 2, … further legs add, at most."""
        largest = np.sort(row.maximum_array)[::-1][:legs].tolist()
        self._largest = list(accumulate(largest + [0] * (legs - len(largest)), initial=0))

    def run(self) -> float:
        """Search in doubling windows; give an upper bound on what any set returns, the best one found or another.

        Nothing is found where lots are too wide for this, or legs too many: then the bound says so.
        """
        count, window, searched = len(self._gains), FIRST_WINDOW, 0
        self._try_singles()
        while self._legs <= MOST_LEGS and not self._problem.is_spent() and self._search(searched, min(window, count)):
            searched = min(window, count)
            if self._beyond(searched) <= self._problem.threshold:
                return self._problem.best_value
            window *= 2
        return max(self._beyond(searched), self._problem.best_value)

    def _try_singles(self) -> None:
        row, amount = self._row, self._problem.amount
        able = np.flatnonzero((row.minimum_array <= amount) & (row.maximum_array >= amount))
        # Alone, an offer takes all of it: the best value is the best place.
        if len(able):
            self._problem.try_set([min(row.places[position] for position in able.tolist())])

    def _beyond(self, searched: int) -> float:
        """What a set with a candidate from beyond the window returns at most."""
        if searched >= len(self._gains):
            return -math.inf
        return self._fixed + float(self._gains[searched]) + self._best_gains[self._legs - 1]

    def _search(self, searched: int, window: int) -> bool:
        """Look at all sets within the first candidates but for those searched; False where there are too many."""
        row, positions = self._row, np.arange(window, dtype=np.int32)
        singles = _Halves((positions,), self._gains[:window], row.minimum_array[:window], row.maximum_array[:window])
        halves = {1: singles}
        for legs in range(2, self._legs // 2 + 1):
            longer = self._lengthened(halves[legs - 1], singles, 0)
            if longer is None:
                return False
            halves[legs] = longer
        for legs in range(2, self._legs + 1):
            longer, shorter = halves.get((legs + 1) // 2), halves[legs // 2]
            # The candidate of a set with the smallest gain is beyond what was searched, or the set was looked at.
            if longer is None:
                longer = self._lengthened(halves[legs // 2], singles, searched)
            else:
                longer = longer.take(longer.members[-1] >= searched)
            if longer is None or not self._meet(longer, shorter):
                return False
        return True

    def _lengthened(self, halves: _Halves, singles: _Halves, searched: int) -> _Halves | None:
        """Each half with one candidate more behind its last; without those that can't be in a better set."""
        legs_after, amount = self._legs - len(halves.members) - 1, self._problem.amount
        needed = self._problem.threshold - self._fixed - self._best_gains[legs_after]
        ends = np.minimum(self._falling[: len(singles)].searchsorted(halves.gains - needed), len(singles))
        starts = np.maximum(halves.members[-1] + 1, searched)
        counts = np.maximum(ends - starts, 0)
        if int(counts.sum()) > MOST_HALVES:
            return None
        rows, added = _laid_out(starts, counts)
        least, most = halves.least[rows] + singles.least[added], halves.most[rows] + singles.most[added]
        kept = np.flatnonzero((least <= amount) & (most + self._largest[legs_after] >= amount))
        rows, added = rows[kept], added[kept]
        members = (*(member[rows] for member in halves.members), added.astype(np.int32))
        return _Halves(members, halves.gains[rows] + singles.gains[added], least[kept], most[kept])

    def _meet(self, longer: _Halves, shorter: _Halves) -> bool:
        """Try every pair of halves that can hold the amount together; False where there are too many."""
        if not len(longer) or not len(shorter):
            return True
        problem, best_partner = self._problem, float(shorter.gains.max())
        shorter = shorter.take(np.argsort(shorter.least, kind="stable"))
        widest = int((shorter.most - shorter.least).max())
        low, high = problem.amount - longer.most - widest, problem.amount - longer.least
        is_met = (self._fixed + longer.gains + best_partner > problem.threshold) & _may_hold(shorter.least, low, high)
        order = np.flatnonzero(is_met)
        order = order[np.argsort(-longer.gains[order], kind="stable")]
        for begin in range(0, len(order), HALVES_AT_ONCE):
            part = longer.take(order[begin : begin + HALVES_AT_ONCE])
            if self._fixed + float(part.gains[0]) + best_partner <= problem.threshold:
                return True
            first = shorter.least.searchsorted(problem.amount - part.most - widest)
            counts = shorter.least.searchsorted(problem.amount - part.least, side="right") - first
            if int(counts.sum()) > MOST_MEETINGS:
                return False
            self._try_all(part, shorter, *_laid_out(first, counts))
        return True

    def _try_all(self, longer: _Halves, shorter: _Halves, rows: NDArray[np.intp], others: NDArray[np.intp]) -> None:
        problem = self._problem
        bounds = self._fixed + longer.gains[rows] + shorter.gains[others]
        # Each set is met once: the candidates with the smaller gains are its longer half.
        fits = (bounds > problem.threshold) & (longer.most[rows] + shorter.most[others] >= problem.amount)
        fits &= shorter.members[-1][others] < longer.members[0][rows]
        kept = np.flatnonzero(fits)
        kept = kept[np.argsort(-bounds[kept], kind="stable")]
        for place in kept.tolist():
            if bounds[place] <= problem.threshold:
                return
            chosen = [member[others[place]] for member in shorter.members]
            chosen += [member[rows[place]] for member in longer.members]
            problem.try_set([self._row.places[int(position)] for position in chosen])


def _laid_out(starts: NDArray[Any], counts: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For rows that each have a run of partners: every row as often as it has partners, and each of these."""
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - np.repeat(counts.cumsum() - counts, counts) + starts[rows]


def _may_hold(values: Integers, low: Integers, high: Integers) -> NDArray[np.bool_]:
    """Which spans may hold one of the rising values, by a map of where there are any: looking there costs little."""
    size = max(int((high - low).max()) + 1, int(values[-1]) // MAP_CELLS + 1)
    is_taken = np.zeros(int(values[-1]) // size + 1, dtype=bool)
    is_taken[values // size] = True
    # A span is no longer than a cell: it lies in the cell of its one end or of its other.
    ends = (np.clip(end // size, -1, len(is_taken)) for end in (low, high))
    padded = np.concatenate((is_taken, [False, False]))
    first, last = (padded[end] for end in ends)
    return first | last
