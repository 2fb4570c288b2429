"""Which slots should have been collected: all of a live collection's, and of a history those its own pace tells."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from statistics import median_low

NEIGHBOURS = 5
"""Steps before and after that say what the pace was there."""


def collection_began(attempted: Collection[int], step_slots: int) -> int | None:
    """The slot from which on a market was collected every `step_slots` or oftener; None when it never was.

    Failed attempts count here: they show that somebody was collecting.
    """
    ordered = sorted(set(attempted))
    return next((before for before, after in pairwise(ordered) if after - before <= step_slots), None)


def wanted_of_collection(usable: Collection[int], began: int | None, step_slots: int, until_slot: int) -> list[int]:
    """Each slot that a collected market should have before `until_slot`.

    From `began` on it is the configured grid, whatever came of it: an outage that lasts all day is one too. Before
    that (all day when it is None) it is what a history has at its own pace.
    """
    if began is None:
        return wanted_of_history(usable, step_slots)
    history = wanted_of_history([slot for slot in usable if slot < began], step_slots)
    first_on_grid = -(-began // step_slots) * step_slots
    return [*history, *range(first_on_grid, until_slot, step_slots)]


def wanted_of_history(usable: Collection[int], step_slots: int) -> list[int]:
    """Each slot that should be there between the first usable one and the last one, at the data's own pace.

    A recording has its own pace, a simulated history a coarser one: so the pace is the usual one around each step,
    never finer than `step_slots`. A longer step than that is a gap, filled at that pace.
    """
    slots = sorted(set(usable))
    steps = [after - before for before, after in pairwise(slots)]
    wanted = set(slots)
    for place, (before, step) in enumerate(zip(slots[:-1], steps, strict=True)):
        around = steps[max(0, place - NEIGHBOURS) : place + NEIGHBOURS + 1]
        pace = max(step_slots, median_low(around))
        if step > pace:
            wanted.update(range(before + pace, before + step, pace))
    return sorted(wanted)
