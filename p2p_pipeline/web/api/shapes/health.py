"""`/health/live` and `/health/ready`."""

from __future__ import annotations

from typing import Literal

from p2p_pipeline.web.api.shapes.units import Seconds, Shape, Time


class Live(Shape):
    """It answers."""

    status: Literal["live"]


class Unsound(Shape):
    """A market side that is not sound, and why."""

    of: str
    reason: str


class ExchangesReady(Shape):
    """How the service of the exchanges' order books is; switched off on purpose it makes nothing not ready."""

    is_going_on: bool
    """Whether scans come."""
    as_of: Time | None
    """The newest scan; null before the first."""
    age_seconds: Seconds | None
    working: int
    """Exchanges that are live."""
    states: dict[str, str]
    """`live`, `connecting`, `resyncing`, `stale`, `unreachable`, `maintenance`, `off`, by exchange."""


class Ready(Shape):
    """Whether the data is of now."""

    status: Literal["ready", "not_ready"]
    reasons: list[Unsound]
    exchanges: ExchangesReady
