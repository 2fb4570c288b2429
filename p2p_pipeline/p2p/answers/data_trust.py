"""Whether the data can be trusted now, in one word with the numbers it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from p2p_pipeline.p2p.answers.checks import CheckHistory, CheckState
from p2p_pipeline.p2p.answers.data_warnings import TOLD_OTHERWISE, VERDICT_COUNTS_FOR
from p2p_pipeline.p2p.answers.slots import SlotLine
from p2p_pipeline.p2p.answers.venue_days import VenueState
from p2p_pipeline.p2p.quality.properties import PROPERTIES

_NOT_COUNTED = {"nothing_unusual", *(entry.name for entry in PROPERTIES if entry.is_of_summary), *TOLD_OTHERWISE}
"""Checks that say how markets or advice did, not whether the data is right; and those whose numbers stand here."""


class TrustLevel(StrEnum):
    """Whether what the pages show can be traded by."""

    TRUSTED = "trusted"
    WITH_CARE = "with_care"
    NOT_NOW = "not_now"
    NOTHING_YET = "nothing_yet"


@dataclass(frozen=True, slots=True)
class DataTrust:
    """The verdict and why."""

    level: TrustLevel
    sides: int
    stale_sides: int
    wanted_slots: int
    missing_slots: int
    failed_checks: tuple[CheckHistory, ...]
    """Those whose numbers can't be trusted."""
    doubtful_checks: tuple[CheckHistory, ...]
    """Those that are worth a look."""


def data_trust(
    states: Iterable[VenueState],
    lines: Iterable[SlotLine],
    checks: Sequence[CheckHistory],
    now: datetime,
    max_missing_share: float,
) -> DataTrust:
    """The verdict: not now when nothing is fresh or a check says that numbers can't be trusted."""
    states, lines = list(states), list(lines)
    sides = sum(state.sides for state in states)
    stale = sides - sum(state.fresh_sides for state in states)
    wanted = sum(line.wanted for line in lines)
    missing = wanted - sum(line.seen for line in lines)
    counted = [one for one in checks if one.name not in _NOT_COUNTED and _is_of_now(one, now)]
    failed = tuple(one for one in counted if one.state is CheckState.FAILED)
    doubtful = tuple(one for one in counted if one.state is CheckState.WARNING)
    if not wanted and stale == sides:
        level = TrustLevel.NOTHING_YET
    elif failed or stale == sides:
        level = TrustLevel.NOT_NOW
    elif stale or doubtful or missing > max_missing_share * wanted:
        level = TrustLevel.WITH_CARE
    else:
        level = TrustLevel.TRUSTED
    return DataTrust(level, sides, stale, wanted, missing, failed, doubtful)


def _is_of_now(check: CheckHistory, now: datetime) -> bool:
    return check.newest is not None and now - check.newest.judged_at < VERDICT_COUNTS_FOR
