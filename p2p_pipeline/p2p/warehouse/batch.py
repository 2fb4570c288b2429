"""A sweep as the warehouse takes it in: plain values, whether they come from the raw store or from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from p2p_pipeline.p2p.capture.sweeps.report import SweepReport
from p2p_pipeline.p2p.markets import MarketSide, Offer, Source


@dataclass(frozen=True, slots=True)
class ReadOffer:
    """One offer of a market side, with its payment methods in canonical codes, in the order of `offer.payments`."""

    offer: Offer
    payment_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarketRead:
    """One side of one market as one sweep read it."""

    market_side: MarketSide
    snapshot_id: str
    extracted_at: datetime
    """When its first page arrived: the rows' `extraction_timestamp`."""
    is_complete: bool
    """Read to the book's end with as many ads as the venue counts: only then is an offer that is not in it gone."""
    offers: tuple[ReadOffer, ...]
    """Each offer id once."""
    quarantined: int = 0
    digest: str = ""
    """Of the captures it was read from: the same bytes give the same one."""


@dataclass(frozen=True, slots=True)
class ExtractionError:
    """A request that brought no answer, a market side that was not asked at all, or why a whole sweep failed."""

    at: datetime
    fiat: str | None
    asset: str | None
    side: str | None
    page: int | None
    error_type: str
    """The capture's outcome (`timeout`, `rate_limited`, …), or `not_asked`, `incomplete` (a part of a market side is
    missing), `sweep_failed` (nothing could be read at all), `quarantined`, `damaged`, `bug`."""
    message: str
    retry_count: int
    """Which try it was, from 0."""
    is_resolved: bool
    """Whether a later try brought the answer."""
    stack_trace: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One sweep, ready to be loaded. `reads` is gone through once and may be made while it is."""

    report: SweepReport
    source: Source
    reads: Iterable[MarketRead]
    errors: Sequence[ExtractionError] = ()
    """Complete once `reads` has been gone through."""
    content_digest: str = ""
    """What the batch consists of, where that is known before it is read; else the loader makes it of the reads'."""
    final_report: Callable[[], SweepReport] | None = None
    """Gives the report once `reads` has been gone through, where only that tells: of a sweep that was killed."""

    @property
    def batch_id(self) -> int:
        """See SweepReport."""
        return self.report.batch_id


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What loading one batch did. All zero but `batch_id` for one that was there already."""

    batch_id: int
    is_new: bool
    offers_extracted: int = 0
    offers_inserted: int = 0
    """Offers that were not open before."""
    offers_updated: int = 0
    """Open offers that changed."""
    offers_closed: int = 0
    errors: int = 0
    seconds: float = 0.0
