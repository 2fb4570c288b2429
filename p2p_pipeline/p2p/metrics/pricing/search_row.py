"""One row of the search for the best split: candidates by gain, and the sets that can be made of them.

Here: the walk over sets, in pure integers and a float bound. Not here: the bound's level (relaxation.py), the parts
of the search (split.py).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from p2p_pipeline.p2p.metrics.pricing.choices import Choices, Floats, Integers, Places
from p2p_pipeline.p2p.metrics.pricing.relaxation import Part

TOLERANCE = 1e-13
"""The share of the whole within which two returns are the same: float rounding, a thousandfold."""
SETS_A_STEP = 64
LONG_ROW = 48
"""From here on the last leg is looked for with arrays."""


@dataclass(slots=True)
class Problem:
    """What is asked, and the best answer so far."""

    choices: Choices
    amount: int
    leg_penalty: float
    is_spent: Callable[[], bool]
    best_value: float = 0.0
    threshold: float = 0.0
    """Sets that can't return more than this need no look."""
    best_places: list[int] = field(default_factory=list)
    is_stopped: bool = False

    def fill(self, places: list[int]) -> list[int]:
        """Allocate the amount to places (in order of value) that can hold it: minima first, the rest to the best."""
        fills = [self.choices.minimum_list[place] for place in places]
        room = self.amount - sum(fills)
        for position, place in enumerate(places):
            extra = min(room, self.choices.maximum_list[place] - fills[position])
            fills[position] += extra
            room -= extra
        return fills

    def try_set(self, places: list[int]) -> None:
        """Take a set that can hold the amount as the best, if it is."""
        places = sorted(places)
        value = -self.leg_penalty * len(places)
        for place, quantity in zip(places, self.fill(places), strict=True):
            value += self.choices.value_list[place] * quantity
        if value > self.threshold:
            self.best_value, self.best_places = value, places
            self.threshold = value * (1.0 + TOLERANCE)


@dataclass(slots=True)
class Row:
    """Candidates by falling gain, and what a walk over them needs at hand."""

    problem: Problem
    places: list[int]
    gains: list[float]
    reach: list[float]
    """Running sum of the positive gains, longer than the row by the legs left: what may follow the row is in it."""
    minima: list[int]
    maxima: list[int]
    least_after: list[int]
    most_after: list[int]
    dominators: list[int]
    """For each candidate a bit set of earlier ones that are better in every respect: it is worth choosing only
    together with all of them."""
    falling_gains: list[float]
    """The gains negated: in rising order, for bisection."""
    minimum_array: Integers
    maximum_array: Integers
    allowance: int = 0
    steps: int = 0
    reached_end: bool = False
    """Whether a walk came to the row's end before its bound: a longer row might hold something better."""

    def walk(self, chosen: list[int], legs_left: int, fixed: float, allowance: int) -> bool:
        """Try all sets of `chosen` and up to `legs_left` of the row that may be better than the best so far.

        False when there were more of them than the allowance, or the search has to end.
        """
        self.allowance = allowance
        minima, maxima = self.problem.choices.minimum_list, self.problem.choices.maximum_list
        least, most = sum([minima[place] for place in chosen]), sum([maxima[place] for place in chosen])
        return self._walk(0, chosen, legs_left, fixed, least, most, 0)

    def _walk(
        self, start: int, chosen: list[int], legs_left: int, fixed: float, least: int, most: int, mask: int
    ) -> bool:
        problem, gains, reach, amount = self.problem, self.gains, self.reach, self.problem.amount
        if legs_left == 1 and len(gains) - start > LONG_ROW:
            end = bisect_left(self.falling_gains, fixed - problem.threshold, start)
            if end - start > LONG_ROW:
                return self._finish(start, end, chosen, fixed, amount - least, amount - most, mask)
        for position in range(start, len(gains)):
            bound = fixed + gains[position]
            if bound + reach[position + legs_left] - reach[position + 1] <= problem.threshold:
                return True
            if most + legs_left * self.most_after[position] < amount or least + self.least_after[position] > amount:
                break
            if self.dominators[position] & ~mask:
                continue
            new_least, new_most = least + self.minima[position], most + self.maxima[position]
            if new_least > amount:
                continue
            self.allowance -= 1
            if self.allowance < 0 or self._has_to_end():
                return False
            places = [*chosen, self.places[position]]
            if new_most >= amount:
                problem.try_set(places)
            if legs_left > 1 and not self._walk(
                position + 1, places, legs_left - 1, bound, new_least, new_most, mask | 1 << position
            ):
                return False
        self.reached_end = True
        return True

    def _finish(self, start: int, end: int, chosen: list[int], fixed: float, room: int, need: int, mask: int) -> bool:
        """The last leg of many: look only at offers that can take what is left, which few can where lots are fixed."""
        fits = (self.minimum_array[start:end] <= room) & (self.maximum_array[start:end] >= need)
        self.allowance -= 1
        for position in (fits.nonzero()[0] + start).tolist():
            if fixed + self.gains[position] <= self.problem.threshold:
                break
            self.allowance -= 1
            if self.dominators[position] & ~mask == 0:
                self.problem.try_set([*chosen, self.places[position]])
        self.reached_end = True
        return self.allowance >= 0 and not self._has_to_end()

    def _has_to_end(self) -> bool:
        self.steps += 1
        if self.steps % SETS_A_STEP == 0 and self.problem.is_spent():
            self.problem.is_stopped = True
        return self.problem.is_stopped


def make_row(problem: Problem, part: Part, rows: Places, gains: Floats, is_window: bool) -> Row:
    """Lay out some of a part's candidates by falling gain, equal ones by place."""
    rows = rows[np.lexsort((rows, -gains[rows]))]
    candidates, minima, maxima = part.candidates[rows], part.minima[rows], part.maxima[rows]
    gains_list: list[float] = gains[rows].tolist()
    minima_list: list[int] = minima.tolist()
    maxima_list: list[int] = maxima.tolist()
    reach = list(accumulate([max(0.0, gain) for gain in gains_list], initial=0.0))
    # Offers beyond a window gain at most what its last one does.
    beyond = max(0.0, gains_list[-1]) if is_window else 0.0
    return Row(
        problem=problem,
        places=candidates.tolist(),
        gains=gains_list,
        reach=reach + [reach[-1] + beyond * legs for legs in range(1, part.legs_left + 1)],
        minima=minima_list,
        maxima=maxima_list,
        least_after=list(accumulate(reversed(minima_list), min))[::-1],
        most_after=list(accumulate(reversed(maxima_list), max))[::-1],
        falling_gains=[-gain for gain in gains_list] if len(gains_list) > LONG_ROW else [],
        minimum_array=minima,
        maximum_array=maxima,
        dominators=[0] * len(candidates) if is_window else _dominators(candidates, minima, maxima),
    )


def _dominators(candidates: Places, minima: Integers, maxima: Integers) -> list[int]:
    """Who is earlier in the row, not worse in value, and takes every amount that the candidate takes.

    Swapping the one for the other costs nothing, so sets with the worse and without the better need no look.
    """
    better = (
        (candidates[:, None] > candidates[None, :])
        & (minima[:, None] >= minima[None, :])
        & (maxima[:, None] <= maxima[None, :])
    )
    bits = np.packbits(np.tril(better, -1), axis=1, bitorder="little")
    return [int.from_bytes(line.tobytes(), "little") for line in bits]
