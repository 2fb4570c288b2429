"""One message as it passed between us and an exchange."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Passage(StrEnum):
    """What a frame was."""

    SOCKET = "ws"
    REST = "rest"
    OPENED = "open"
    """A connection came up; `url` is its address, the body is empty."""
    CLOSED = "close"
    """It ended; the body has the reason."""
    SUBSCRIBED = "subscribed"
    """What we have just asked for on it, in the words of our subscriptions; the exchange's words were sent before."""
    UNSUBSCRIBED = "unsubscribed"
    """What we want no longer, likewise."""
    NOTE = "note"
    """Nothing that passed: what the service did just then (replay/notes.py), so that a replay can do the same."""


CLOSED_BY_US = b"closed by us"
"""The body of CLOSED where the service ended a connection because it was stopped, or wanted it no longer."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame, verbatim. `connection` names a socket or a REST session of its exchange; order holds within one."""

    exchange: str
    connection: str
    passage: Passage
    body: bytes
    received_at_ns: int | None
    """Wall clock, ns since 1970; None where a recording kept none."""
    url: str = ""
    """The socket's address, or path and query."""
    is_outgoing: bool = False
    is_binary: bool = False
    status: int = 200
    """Of a REST answer: another one was no answer, and no book was told of it."""
