"""What `/ws/paper/<session>` sends and hears."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from p2p_pipeline.web.api.shapes.live import GoOn, Pause
from p2p_pipeline.web.api.shapes.paper import Moment, PaperBoard, PaperHead
from p2p_pipeline.web.api.shapes.units import Seconds, Shape, Time


class PaperHello(Shape):
    """The first frame of every connection."""

    type: Literal["hello"]
    session: str
    server_time: Time
    sequence: int
    events: int
    heartbeat_seconds: Seconds


class PaperSnapshot(Shape):
    """The whole board; null before the session's first."""

    type: Literal["snapshot"]
    sequence: int
    events: int
    """The last line of the log that was told: more than the client has is a gap, to be asked for."""
    board: PaperBoard | None


class PaperTick(Shape):
    """What a later board changed."""

    type: Literal["tick"]
    sequence: int
    at: Moment
    head: PaperHead
    rows: dict[str, dict[str, Any]]
    """By symbol the fields of its row that changed; all of a new one."""
    gone: list[str] | None = None
    """Symbols that are no longer there; left out where there are none."""


class PaperEventsAppended(Shape):
    """New lines of the log, as they stand in it."""

    type: Literal["events_append"]
    from_: int = Field(alias="from")
    """The number of the first."""
    lines: list[dict[str, Any]]


class PaperHeartbeat(Shape):
    """Nothing changed, or the session has ended; the connection lives."""

    type: Literal["heartbeat"]
    sequence: int
    events: int
    server_time: Time


class PaperPlace(Shape):
    """Where a client is."""

    sequence: int
    """Of the board that it has."""
    event: int
    """The first line of the log that it wants."""


class PaperResume(Shape):
    """Asks for what was missed."""

    resume: PaperPlace


PAPER_SENT: tuple[type[Shape], ...] = (PaperHello, PaperSnapshot, PaperTick, PaperEventsAppended, PaperHeartbeat)
PAPER_HEARD: tuple[type[Shape], ...] = (PaperResume, Pause, GoOn)
