"""Whether the data can be trusted, and whether the service is well."""

from __future__ import annotations

from p2p_pipeline.client.asking import Ask, asked, path_part
from p2p_pipeline.web.api.shapes.checks import ChecksNamed, DataChecks
from p2p_pipeline.web.api.shapes.health import Live, Ready
from p2p_pipeline.web.api.shapes.quality import Quarantine, Slots
from p2p_pipeline.web.api.shapes.units import SideName
from p2p_pipeline.web.api.shapes.warnings import DataWarnings


def get_slots() -> Ask[Slots]:
    """Which slots of the last day were collected."""
    return asked("/api/v1/quality/slots", Slots)


def get_checks() -> Ask[DataChecks]:
    """What each check of the data says, those that do not hold first."""
    return asked("/api/v1/quality/checks", DataChecks)


def get_check(*, name: str) -> Ask[ChecksNamed]:
    """What the checks of one name said, run by run."""
    return asked(f"/api/v1/quality/checks/{path_part(name)}", ChecksNamed)


def get_warnings(*, market: str, side: SideName, subject: str | None = None) -> Ask[DataWarnings]:
    """What is wrong with the data of a market side."""
    return asked("/api/v1/quality/warnings", DataWarnings, market=market, side=side, subject=subject)


def get_quarantine(*, days: int | None = None, limit: int | None = None, cursor: str | None = None) -> Ask[Quarantine]:
    """Records that could not be trusted, the newest days first."""
    return asked("/api/v1/quarantine", Quarantine, days=days, limit=limit, cursor=cursor)


def live() -> Ask[Live]:
    """Whether the service answers at all."""
    return asked("/health/live", Live)


def ready() -> Ask[Ready]:
    """Whether its data is of now, with a reason for each market side that isn't."""
    return asked("/health/ready", Ready)
