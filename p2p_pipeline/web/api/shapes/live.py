"""What `/ws/now` and `/ws/opportunities` send and hear."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from p2p_pipeline.web.api.shapes.arbitrage import Opportunity, Scanned
from p2p_pipeline.web.api.shapes.units import Amount, Asset, Price, Seconds, Shape, Share, SideName, Time


class LiveRow(Shape):
    """One market side. It has no age, which would change every second, but the moment it is of."""

    market_key: str
    side: SideName
    amount: Amount | None
    best_single: Price | None
    best_split: Price | None
    splits: int
    spread: Share | None
    depth_asset: Asset | None
    offers: int
    is_stale: bool
    is_sound: bool
    trouble: str
    trouble_in: dict[str, str] | None = None
    """The same in other languages, by their codes."""
    is_undecided: bool
    snapshot_at: Seconds | None
    """Seconds since 1970, UTC."""


class Hello(Shape):
    """The first frame of every connection."""

    type: Literal["hello"]
    topic: str
    epoch: str
    """Another one after each start of the service: numbers of frames begin anew."""
    seq: int
    server_time: Time
    heartbeat_seconds: Seconds


class Snapshot(Shape):
    """The whole state; rows by `market_key` and side."""

    type: Literal["snapshot"]
    seq: int
    as_of: Time | None
    rows: dict[str, LiveRow]


class Delta(Shape):
    """Rows that changed, and names of those that are gone."""

    type: Literal["delta"]
    seq: int
    as_of: Time
    rows: dict[str, LiveRow]
    gone: list[str]


class OpportunitiesSnapshot(Scanned):
    """All opportunities, by their keys."""

    type: Literal["snapshot"]
    seq: int
    as_of: Time | None
    rows: dict[str, Opportunity]


class OpportunitiesDelta(Scanned):
    """Those that a scan changed, and the keys of those that it no longer found."""

    type: Literal["delta"]
    seq: int
    as_of: Time
    rows: dict[str, Opportunity]
    gone: list[str]


class Heartbeat(Shape):
    """Nothing changed; the connection lives."""

    type: Literal["heartbeat"]
    seq: int
    server_time: Time


class Resume(Shape):
    """Asks for what was missed since a frame."""

    type: Literal["resume"]
    epoch: str
    seq: int = Field(ge=0)


class Pause(Shape):
    """Asks for no changes until `go_on`; heartbeats go on."""

    type: Literal["pause"]


class GoOn(Shape):
    """Ends a pause."""

    type: Literal["go_on"]


SENT = (Hello, Snapshot, Delta, Heartbeat)
OPPORTUNITIES_SENT: tuple[type[Shape], ...] = (Hello, OpportunitiesSnapshot, OpportunitiesDelta, Heartbeat)
HEARD: tuple[type[Shape], ...] = (Resume, Pause, GoOn)
