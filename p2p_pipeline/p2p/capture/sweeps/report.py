"""What a sweep set out to do and what came of it, as it says so itself in the raw store.

Everything else about a sweep is told by its captures. A sweep that was killed has begun and never finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from p2p_pipeline.p2p.markets import parse_time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class SweepStatus(StrEnum):
    """How a sweep ended."""

    COMPLETE = "complete"
    """Every market side that was due was read to its end."""
    PARTIAL = "partial"
    """The budget was used up, or some market sides could not be read; the next sweep begins with them."""
    FAILED = "failed"
    """Nothing could be read."""
    INTERRUPTED = "interrupted"
    """It began and never said that it ended: its process was killed. What it read counts."""


@dataclass(frozen=True, slots=True)
class MissingSide:
    """A market side that was due and was not read to its end.

    Without an asset and a side (both empty) it is a whole fiat whose assets could not be told.
    """

    asset: str
    fiat: str
    side: str
    reason: str
    """One sentence."""
    stack_trace: str | None = None
    """Where a bug in the program was the reason."""

    def to_json(self) -> list[str]:
        """Its fields in order, as they stand in the report."""
        plain = [self.asset, self.fiat, self.side, self.reason]
        return plain if self.stack_trace is None else [*plain, self.stack_trace]


@dataclass(frozen=True, slots=True)
class SweepReport:
    """One sweep of one worker's share of a venue."""

    batch_id: int
    """The sweep's beginning in milliseconds since 1970: the same moment its snapshots are named after."""
    venue: str
    status: SweepStatus
    started_at: datetime
    ended_at: datetime
    worker: int = 1
    """Which share of the fiats, of `workers`."""
    workers: int = 1
    fiats: int = 0
    """Fiats with at least one market that was due."""
    markets: int = 0
    """Markets (asset and fiat) that were due; those known to be empty are due rarely."""
    markets_complete: int = 0
    """Those of them with every side that was due read to its end."""
    sides: int = 0
    sides_complete: int = 0
    offers: int = 0
    """Unique offers a market side, over all market sides."""
    failed_requests: int = 0
    """Exchanges that brought no answer, also those that a later try made good."""
    requests: int = 0
    """All exchanges, those for the venue's lists included."""
    seconds: float = 0.0
    missing: tuple[MissingSide, ...] = ()
    trouble: str | None = None
    """One sentence on a sweep that could not be carried out, or None."""

    def to_json(self) -> dict[str, Any]:
        """Plain values, as they stand in the raw store."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain["started_at"], plain["ended_at"] = _text(self.started_at), _text(self.ended_at)
        plain["missing"] = [side.to_json() for side in self.missing]
        return plain

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> SweepReport:
        """Read it back; raises ValueError, KeyError or TypeError where it is none. Unknown fields are passed over."""
        known = {name: said[name] for name in cls.__slots__ if name in said}
        known["status"] = SweepStatus(said["status"])
        known["started_at"], known["ended_at"] = parse_time(said["started_at"]), parse_time(said["ended_at"])
        known["missing"] = tuple(MissingSide(*entry) for entry in said.get("missing", ()))
        return cls(**known)


def batch_id_of(started_at: datetime) -> int:
    """The id of the sweep that began at a moment."""
    return (started_at - _EPOCH) // _MILLISECOND


def batch_moment(batch_id: int) -> datetime:
    """When a batch began: what its snapshots are named after."""
    return _EPOCH + batch_id * _MILLISECOND


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
