"""What the books ask the edge to do."""

from __future__ import annotations

from dataclasses import dataclass

from p2p_pipeline.exchanges.words import Request


@dataclass(frozen=True, slots=True)
class Send:
    """A text message on a connection: the answer to a ping, a subscription again, the request for a snapshot."""

    connection: str
    text: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """A snapshot by REST; the answer comes back as a REST frame with the request's url."""

    request: Request
    symbol: str


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Close a connection and open another in its place."""

    connection: str
    reason: str


Action = Send | Fetch | Reconnect
