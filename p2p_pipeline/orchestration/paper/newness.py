"""Which sessions' tables are behind their logs. Pure; what is on disk is looked at in seen.py."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

RUNNING_SECONDS = 600
"""So often a session that runs is told anew: a run costs seconds, and the pages show it each second anyway."""
MOST_AT_ONCE = 20
"""Runs asked for by one tick; the others wait for the next."""


class Seen(NamedTuple):
    """A session's log as it is on disk."""

    session: str
    log_bytes: int
    is_stopped: bool


class Told(NamedTuple):
    """What a session's log was like when its tables were last asked for."""

    log_bytes: int
    is_stopped: bool
    at: float
    """Seconds since 1970."""


class Plan(NamedTuple):
    """What a tick does."""

    new: tuple[str, ...]
    """Sessions that are no partition yet."""
    behind: tuple[Seen, ...]
    """Sessions whose tables are to be made."""
    told: Mapping[str, Told]
    """What the next tick is to know."""


def plan_sessions(seen: Sequence[Seen], known: Collection[str], told: Mapping[str, Told], now: float) -> Plan:
    """Add what is new, and make the tables of what stopped, or of what runs and has grown, once in a while."""
    behind = [one for one in seen if _is_behind(one, told.get(one.session), now)]
    # what has stopped is final, and read first
    chosen = sorted(behind, key=lambda one: (not one.is_stopped, one.session))[:MOST_AT_ONCE]
    there = {one.session for one in seen}
    kept = {session: one for session, one in told.items() if session in there}
    asked = {one.session: Told(one.log_bytes, one.is_stopped, now) for one in chosen}
    return Plan(tuple(one.session for one in seen if one.session not in known), tuple(chosen), {**kept, **asked})


def _is_behind(seen: Seen, told: Told | None, now: float) -> bool:
    if told is None:
        return True
    if (seen.log_bytes, seen.is_stopped) == (told.log_bytes, told.is_stopped):
        return False
    return seen.is_stopped or now - told.at >= RUNNING_SECONDS
