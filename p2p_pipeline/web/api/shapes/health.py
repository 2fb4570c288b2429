"""`/health/live` and `/health/ready`."""

from __future__ import annotations

from typing import Literal

from p2p_pipeline.web.api.shapes.units import Shape


class Live(Shape):
    """It answers."""

    status: Literal["live"]


class Unsound(Shape):
    """A market side that is not sound, and why."""

    of: str
    reason: str


class Ready(Shape):
    """Whether the data is of now."""

    status: Literal["ready", "not_ready"]
    reasons: list[Unsound]
