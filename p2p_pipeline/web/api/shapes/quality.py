"""`/quality/slots` and `/quarantine`: what was collected, and what could not be trusted."""

from __future__ import annotations

from p2p_pipeline.web.api.shapes.units import Bytes, Paged, Shape, SideName, Stranger, Time


class SlotCell(Shape):
    """Half an hour of one market side."""

    starts_at: Time
    wanted: int
    """Slots that should have a snapshot by now."""
    seen: int


class SlotLine(Shape):
    """A day of one market side, oldest cell first."""

    market_key: str
    side: SideName
    wanted: int
    seen: int
    cells: list[SlotCell]


class Slots(Shape):
    """A line for each watched market side."""

    items: list[SlotLine]


class QuarantinedRow(Shape):
    """A record that could not be trusted, with the way back to its bytes."""

    capture_id: str
    ordinal: int
    """Which record of the answer."""
    snapshot_id: str | None
    market_key: str
    received_at: Time | None
    stage: str
    reason: str
    detail: Stranger
    raw_path: str
    byte_offset: Bytes


class Quarantine(Paged):
    """The newest days first."""

    items: list[QuarantinedRow]
