"""The grid of scans on a clock that only grows: a late scan never shifts it; what was left out is counted. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """A place of the grid."""

    cycle: int
    """From 1."""
    at_ns: int
    skipped: int
    """Places before it that nobody came to."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Cycle n has its place n periods after the start."""

    start_ns: int
    period_ns: int

    def place_ns(self, cycle: int) -> int:
        """When a cycle should begin."""
        return self.start_ns + cycle * self.period_ns

    def next_turn(self, last_cycle: int, now_ns: int) -> Turn:
        """The turn after `last_cycle` (0 before the first): the next place, or the one that we are in when it is over.

        Whoever comes late within a place still takes it, late; whole places that passed are skipped.
        """
        cycle = max(last_cycle + 1, (now_ns - self.start_ns) // self.period_ns)
        return Turn(cycle, self.place_ns(cycle), cycle - last_cycle - 1)
