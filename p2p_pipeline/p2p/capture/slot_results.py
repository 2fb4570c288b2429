"""What came of one slot: plain values for whoever reports it (a terminal, Dagster)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.raw.capture import StopReason


class SlotStatus(StrEnum):
    """How collecting one market side for one slot ended."""

    CAPTURED = "captured"
    FAILED = "failed"
    """No page could be read, or nothing could be stored; `message` says why."""
    ALREADY_COLLECTED = "already_collected"
    HELD_BY_OTHER = "held_by_other"


@dataclass(frozen=True, slots=True)
class SlotResult:
    """One market side and slot. When it says `captured`, the snapshot is safe on disk."""

    market_side: MarketSide
    slot: int
    snapshot_id: str
    status: SlotStatus
    pages: int = 0
    offers: int = 0
    """Unique ones."""
    duplicates: int = 0
    rejected: int = 0
    unknown_fields: frozenset[str] = frozenset()
    stop_reason: StopReason | None = None
    is_complete: bool = False
    captures: int = 0
    """Requests sent, retries included."""
    seconds: float = 0.0
    message: str | None = None
    """One sentence on a status that is not `captured`, or on what cut a captured snapshot short."""
    raw_path: str | None = None
    """Where the raw store has the snapshot, the evidence of a failed one too; None where nothing is stored."""
    raw_offset: int | None = None

    @property
    def is_captured(self) -> bool:
        """Whether this slot's offers are on disk through this call."""
        return self.status is SlotStatus.CAPTURED


@dataclass(frozen=True, slots=True)
class CollectionReport:
    """One venue's slot."""

    venue: str
    slot: int
    results: tuple[SlotResult, ...]
    seconds: float
    trouble: str | None
    """Why nothing was captured although it was tried, in one line; None when something was."""


def trouble_of(venue: str, results: tuple[SlotResult, ...]) -> str | None:
    """One line on a venue of which nothing could be captured, or None."""
    failed = [result for result in results if result.status is SlotStatus.FAILED]
    if not failed or any(result.is_captured for result in results):
        return None
    messages = dict.fromkeys(result.message or "no reason was given" for result in failed)
    return f"{venue}: nothing captured: {next(iter(messages))}"
