"""What goes wrong, as RFC 9457 writes it."""

from __future__ import annotations

from pydantic import Field

from p2p_pipeline.web.api.shapes.units import Shape


class FieldProblem(Shape):
    """A value that can't be read."""

    pointer: str
    """Its name in the address."""
    detail: str


class Problem(Shape):
    """One answer that is none (RFC 9457)."""

    type: str = Field(examples=["/problems/invalid-value"])
    """A page that explains this kind."""
    title: str
    status: int
    detail: str
    """One sentence with what to do, as the commands print it."""
    instance: str
    errors: list[FieldProblem] = Field(default_factory=list)
    trace_id: str | None = None
    """Of a mistake of ours: its log has the details under it."""
