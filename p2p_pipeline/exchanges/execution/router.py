"""What a router must be; whoever writes one that sends keeps to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from p2p_pipeline.exchanges.execution.checks import Standing
from p2p_pipeline.exchanges.execution.orders import OrderPlan


class Outcome(StrEnum):
    """What became of a plan."""

    LOGGED = "logged"
    """It passed every check and was written down; nothing was sent."""
    REFUSED = "refused"
    """A check failed; `reasons` has each."""
    ALREADY = "already"
    """A plan with this key was taken before; nothing happens twice."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a plan."""

    key: str
    outcome: Outcome
    reasons: tuple[str, ...] = ()


class Router(Protocol):
    """Takes plans. The same key again is answered ALREADY, also after a refusal was mended: a new scan, a new plan."""

    def submit(self, plan: OrderPlan, standing: Standing) -> Receipt:
        """Take a plan, or say why not."""
