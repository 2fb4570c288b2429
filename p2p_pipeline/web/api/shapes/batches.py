"""`/batches`: the sweeps that the warehouse has taken in."""

from __future__ import annotations

from p2p_pipeline.web.api.shapes.units import Paged, Seconds, Shape, Time


class Batch(Shape):
    """One sweep of one worker's share of a venue, as it was loaded."""

    batch_id: int
    """The sweep's beginning in milliseconds since 1970."""
    venue: str
    status: str
    """`complete`, `partial`, `failed` or `interrupted`."""
    source: str
    """`live`, `imported` or `simulated`."""
    started_at: Time
    ended_at: Time
    loaded_at: Time
    worker: int
    """Which share of the fiats, of `workers`."""
    workers: int
    fiats: int
    markets: int
    """Markets that were due."""
    markets_complete: int
    """Those of them that were read to their end."""
    offers: int
    offers_new: int
    offers_changed: int
    offers_closed: int
    quarantined: int
    requests: int
    failed_requests: int
    errors: int
    seconds: Seconds
    """How long the sweep took."""
    load_seconds: Seconds


class Batches(Paged):
    """The newest first."""

    items: list[Batch]
