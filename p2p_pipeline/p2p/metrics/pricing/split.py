"""The best way to split an amount over at most k offers: the exact answer, and the proof that it is.

Each offer takes nothing, or something between its minimum and maximum; together they take the amount exactly; what
they return is to be the most. Among chosen offers the best allocation is known: each gets its minimum, the rest goes
to the best prices first. So the search is over sets of offers, and amounts stay integers.

Here: arrays of numbers, sorted by value, best first. Not here: money, names, reasons (execution.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from p2p_pipeline.p2p.metrics.pricing.choices import Choices, Places
from p2p_pipeline.p2p.metrics.pricing.meeting import SumSearch
from p2p_pipeline.p2p.metrics.pricing.relaxation import Part, Relaxed, relax
from p2p_pipeline.p2p.metrics.pricing.search_row import Problem, Row, make_row

LEG_PENALTY = 4e-13
"""What a leg must be worth, as a share of the whole: equal returns are reached with as few legs as possible."""
WINDOW = 16
"""Offers looked at before all are: the answer mostly lies among the first few."""
NODES_IN_WINDOW = 150
NODES_BEFORE_NEW_LEVEL = 400
NO_LIMIT = 1 << 60


@dataclass(frozen=True, slots=True)
class SplitResult:
    """The best split found: places in the arrays given, what each takes, and how far from the best it can be."""

    places: tuple[int, ...]
    fills: tuple[int, ...]
    gap: float
    """A proven upper bound on the share lost against the best split; 0.0 when this one is the best."""
    is_complete: bool
    """Whether the search ended by itself. No places and a complete search are a proof that there is no split."""


def best_split(choices: Choices, amount: int, max_legs: int, is_spent: Callable[[], bool]) -> SplitResult:
    """The best split of `amount` over at most `max_legs` offers.

    `is_spent` counts the search's steps; when it turns true, the best split so far comes back with its proven gap.
    The best is the best to one part in 10^12: within that, fewer legs win.
    """
    usable = np.flatnonzero(choices.minima <= amount)
    first = int(usable[0]) if len(usable) else 0
    if len(usable) and choices.maximum_list[first] >= amount:
        # The best offer that takes any of it takes all of it.
        return SplitResult((first,), (amount,), 0.0, is_complete=True)
    search = _Search(choices, amount, max_legs, is_spent)
    bound = search.explore([], usable)
    problem = search.problem
    places = problem.best_places
    fills = problem.fill(places) if places else []
    gap = 0.0
    if problem.is_stopped:
        gap = max(0.0, 1.0 - problem.best_value / bound) if bound > 0 else 1.0
    return SplitResult(tuple(places), tuple(fills), gap, not problem.is_stopped)


class _Search:
    """Branch and bound over sets of offers; a part of it that grows large gets a bound of its own."""

    def __init__(self, choices: Choices, amount: int, max_legs: int, is_spent: Callable[[], bool]) -> None:
        best = choices.value_list[0] if len(choices) else 0.0
        self.choices, self.max_legs = choices, max_legs
        self.problem = Problem(choices, amount, LEG_PENALTY * best * amount, is_spent)

    def explore(self, chosen: list[int], candidates: Places) -> float:
        """Search all sets that hold `chosen` and some of `candidates`; give an upper bound on what they return."""
        problem = self.problem
        part = self._part(chosen, candidates)
        relaxed = relax(part)
        if relaxed.bound <= problem.threshold:
            return problem.best_value
        if problem.is_spent():
            problem.is_stopped = True
            return relaxed.bound
        gains = relaxed.gains
        if len(gains) > WINDOW:
            first = gains.argpartition(len(gains) - WINDOW)[-WINDOW:]
            row = make_row(problem, part, first, gains, is_window=True)
            if row.walk(chosen, part.legs_left, relaxed.fixed, NODES_IN_WINDOW) and not row.reached_end:
                return problem.best_value
        # What can't be in a better set, even beside the best others, is dropped for good.
        useful = np.flatnonzero(relaxed.best_with_one_leg_less + gains > problem.threshold)
        row = make_row(problem, part, useful, gains, is_window=False)
        allowance = NODES_BEFORE_NEW_LEVEL if part.legs_left > 2 else NO_LIMIT
        if row.walk(chosen, part.legs_left, relaxed.fixed, allowance):
            return problem.best_value
        return relaxed.bound if problem.is_stopped else self._deeper(part, row, relaxed)

    def _deeper(self, part: Part, row: Row, relaxed: Relaxed) -> float:
        """Search what a walk over a row could not: as sums where lots are fixed, and else candidate by candidate."""
        bound = relaxed.bound
        if not part.chosen:
            bound = min(bound, SumSearch(self.problem, row, part.legs_left, relaxed.fixed).run())
            if bound <= self.problem.threshold:
                return self.problem.best_value
        return min(bound, self._branch(part, row, relaxed.fixed))

    def _branch(self, part: Part, row: Row, fixed: float) -> float:
        """Explore below each candidate of a row by itself; each part gets its own level, and so a lower bound."""
        problem = self.problem
        for position, place in enumerate(row.places):
            rest = fixed + row.reach[position + part.legs_left] - row.reach[position]
            if row.gains[position] <= 0:
                rest = fixed + row.gains[position]
            if rest <= problem.threshold:
                break
            if row.dominators[position]:
                continue
            # Sets without the offers passed by need no candidate that one of these dominates.
            passed = (1 << position) - 1
            later = [row.places[i] for i in range(position + 1, len(row.places)) if not row.dominators[i] & passed]
            chosen = [*part.chosen, place]
            self._try_alone(chosen)
            bound = self.explore(chosen, np.array(later, dtype=np.intp))
            if problem.is_stopped:
                return max(bound, rest)
        return problem.best_value

    def _try_alone(self, places: list[int]) -> None:
        problem = self.problem
        least = sum([self.choices.minimum_list[place] for place in places])
        if least <= problem.amount <= sum([self.choices.maximum_list[place] for place in places]):
            problem.try_set(places)

    def _part(self, chosen: list[int], candidates: Places) -> Part:
        problem = self.problem
        chosen_minima = [self.choices.minimum_list[place] for place in chosen]
        room = problem.amount - sum(chosen_minima)
        candidates = candidates[self.choices.minima[candidates] <= room]
        return Part(
            chosen=chosen,
            candidates=candidates,
            values=self.choices.values[candidates],
            minima=self.choices.minima[candidates],
            maxima=np.minimum(self.choices.maxima[candidates], room),
            chosen_values=[self.choices.value_list[place] for place in chosen],
            chosen_minima=[self.choices.minimum_list[place] for place in chosen],
            chosen_maxima=[
                min(self.choices.maximum_list[place], room + self.choices.minimum_list[place]) for place in chosen
            ],
            amount=problem.amount,
            legs_left=self.max_legs - len(chosen),
            leg_penalty=problem.leg_penalty,
        )
