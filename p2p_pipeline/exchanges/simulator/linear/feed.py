"""What the two kinds of topics have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from p2p_pipeline.exchanges.simulator.dialects.dialect import Outgoing


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame for everybody who follows the topic."""

    symbol: str
    frame: str


class Feed(Protocol):
    """A topic that somebody follows: all are told the same, so a frame is made once."""

    topic: str
    begins_at: float
    """When it has something to tell for the first time."""

    def first(self, now: float) -> list[Outgoing]:
        """What a new follower is told."""

    def advance(self, now: float) -> tuple[list[Sent], float]:
        """What is told by now, and when there will be more."""
