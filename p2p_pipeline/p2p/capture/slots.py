"""Which slot a tick collects."""

from __future__ import annotations

from dataclasses import dataclass

CLOCK_SET_BACK_SLOTS = 2
"""A last slot farther ahead than this means that the clock was set back, not that a tick came early."""


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """What a tick should do about the slot grid."""

    slot: int
    wait_seconds: float


def plan_slot(now: float, last_slot: int | None, slot_seconds: int, patience_seconds: float) -> SlotPlan | None:
    """Choose the slot a tick should collect, or None when it came too early.

    A tick that arrives inside a slot not yet collected takes it at once; one that arrives after it waits for
    the next slot's start, at most `patience_seconds`, so that the daemon's 5-second grid costs no slot.

    When the last slot lies more than two slots ahead, the clock was set back: waiting until it catches up would stop
    collection for as long as it was set back, so the clock is believed. Slots that were collected under the old time
    are found in the raw store by their snapshot id and are not doubled.
    """
    current = int(now // slot_seconds)
    if last_slot is None or current > last_slot or last_slot > current + CLOCK_SET_BACK_SLOTS:
        return SlotPlan(current, 0.0)
    following = last_slot + 1
    wait_seconds = following * slot_seconds - now
    return None if wait_seconds > patience_seconds else SlotPlan(following, wait_seconds)
