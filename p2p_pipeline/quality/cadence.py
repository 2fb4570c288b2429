"""Which slots should have been collected, judged from those that were: not every day is collected every 30 seconds."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from statistics import median_low

NEIGHBOURS = 5
"""Steps before and after that say what the pace was there."""


def wanted_slots(seen: Collection[int], step_slots: int, until_slot: int | None = None) -> list[int]:
    """Each slot that should be there between the first one seen and the last one (or `until_slot`, included).

    A recording has its own pace, a simulated history a coarser one than the live collection that follows it on the
    same day, and an interval setting may change at noon: so the pace is the usual one around each step, never finer
    than `step_slots`. A longer step than that is a gap, filled at that pace.
    """
    slots = sorted(set(seen))
    steps = [after - before for before, after in pairwise(slots)]
    wanted = set(slots)
    for place, (before, step) in enumerate(zip(slots[:-1], steps, strict=True)):
        around = steps[max(0, place - NEIGHBOURS) : place + NEIGHBOURS + 1]
        pace = max(step_slots, median_low(around))
        if step > pace:
            wanted.update(range(before + pace, before + step, pace))
    if slots and until_slot is not None:
        pace = max(step_slots, median_low(steps[-NEIGHBOURS:])) if steps else step_slots
        wanted.update(range(slots[-1] + pace, until_slot + 1, pace))
    return sorted(wanted)
