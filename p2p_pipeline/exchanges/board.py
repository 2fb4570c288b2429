"""What is published after each scan: all that a page, the API or `p2p arbitrage` shows, in one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from p2p_pipeline.exchanges.scan.results import CycleFound, Scan, Spatial


@dataclass(frozen=True, slots=True)
class SeenOpportunity:
    """An opportunity with its life: the same buy, sell and symbol is one as long as each scan finds it again."""

    key: str
    """`buy>sell:BASE/QUOTE`; its best notional is what is shown."""
    found: Spatial
    first_seen: datetime
    last_seen: datetime
    scans: int
    best_edge_pct: Decimal


@dataclass(frozen=True, slots=True)
class ExchangeHealth:
    """One exchange on the health board."""

    name: str
    state: str
    """`live`, `connecting`, `resyncing`, `stale`, `unreachable`, `maintenance`, `off`."""
    connections: int
    subscriptions: int
    books_live: int
    books_wanted: int
    lag_ms: float | None
    """From the exchange's time to ours, its clock's offset taken off; None where it tells no time."""
    clock_offset_ms: float | None
    frames: int
    unreadable: int
    gaps: int
    resyncs: int
    checksum_failures: int
    reconnects: int
    integrity: str
    last_error: str
    last_frame_at: datetime | None
    transfers: str
    """`known`, `needs a key`, `unknown`."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Why the depth of a symbol is watched at an exchange."""

    exchange: str
    symbol: str
    why: str
    """`near edge`, `watch list`, `held` (left the edge, not yet far enough)."""
    near_edge_pct: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """The newest scan and what stands around it."""

    sequence: int
    """Rises by one with each board of a service."""
    service: str
    """Which run of the service: sequences of another don't compare."""
    is_simulated: bool
    scan: Scan
    opportunities: tuple[SeenOpportunity, ...] = ()
    """Best edge first."""
    cycles: tuple[CycleFound, ...] = ()
    exchanges: tuple[ExchangeHealth, ...] = ()
    watched: tuple[Watched, ...] = ()
    skipped_cycles: int = 0
    jitter_ms: float = 0.0
    """How late the newest scan began."""
    found: int = 0
    """Pairs, symbols and notionals that earn enough. Of very many, `scan` and `opportunities` tell only the first."""
    detected_in_minute: int = 0
    """Opportunities whose life began within the minute before the scan."""
    rejected_totals: Mapping[str, int] = field(default_factory=dict)
    """Since the service's start, by reason."""
