"""The simulated full market as batches in memory: what the simulator's wire shows, read by the venue's own adapter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from p2p_pipeline.p2p.capture.sweeps.report import SweepReport, SweepStatus, batch_id_of, batch_moment
from p2p_pipeline.p2p.markets import Market, MarketSide, Offer, Side, Source, snapshot_id
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.simulator.binance_wire import BinanceWire
from p2p_pipeline.p2p.simulator.catalogue import Catalogue, CatalogueOptions
from p2p_pipeline.p2p.simulator.currencies import ASSETS, FIATS
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.warehouse.batch import Batch, ExtractionError, MarketRead, ReadOffer

FIRST_SWEEP = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


class SimulatedMarket:
    """All markets of the simulated venue at any moment."""

    def __init__(self, total_offers: int, seed: int = 1, fiats: Sequence[str] = tuple(FIATS)) -> None:
        self._wire = BinanceWire(Catalogue(CatalogueOptions(seed=seed, total_offers=total_offers)))
        self._venue = BinanceVenue()
        self._payments = PaymentMap.load()
        self.market_sides = [
            MarketSide(Market("binance", asset, fiat), side) for fiat in fiats for asset in ASSETS for side in Side
        ]

    def reads(self, started_at: datetime) -> Iterator[MarketRead]:
        """What a sweep at a moment reads, market side after market side."""
        for market_side in self.market_sides:
            book = self._wire.ordered_book(market_side.market, market_side.side, started_at.timestamp())
            body, _ = self._wire.search_page(book, 1, max(1, len(book)), started_at.timestamp())
            page = self._venue.read_search(body, market_side.market, market_side.side, 1)
            offers = tuple(ReadOffer(offer, self._codes(offer)) for _, offer in page.offers)
            yield read_of(market_side, started_at, offers)

    def _codes(self, offer: Offer) -> tuple[str, ...]:
        return tuple(
            self._payments.code("binance", payment, offer.fiat, {}) or f"binance:{payment.native_id}"
            for payment in offer.payments
        )


def read_of(
    market_side: MarketSide, started_at: datetime, offers: tuple[ReadOffer, ...], *, is_complete: bool = True
) -> MarketRead:
    """One market side as a sweep that began at a moment read it."""
    return MarketRead(
        market_side=market_side,
        snapshot_id=snapshot_id(market_side, started_at),
        extracted_at=started_at + timedelta(seconds=1),
        is_complete=is_complete,
        offers=offers,
        digest=f"{len(offers)}",
    )


def batch_of_reads(
    started_at: datetime, reads: Sequence[MarketRead], errors: tuple[ExtractionError, ...] = (), digest: str = ""
) -> Batch:
    """A batch in memory."""
    batch_id = batch_id_of(started_at)
    markets = {read.market_side.market for read in reads}
    report = SweepReport(
        batch_id=batch_id,
        venue="binance",
        status=SweepStatus.COMPLETE,
        started_at=batch_moment(batch_id),
        ended_at=batch_moment(batch_id) + timedelta(seconds=60),
        fiats=len({market.fiat for market in markets}),
        markets=len(markets),
        markets_complete=len(markets),
        sides=len(reads),
        sides_complete=sum(read.is_complete for read in reads),
        offers=sum(len(read.offers) for read in reads),
        requests=len(reads),
        seconds=60.0,
    )
    return Batch(report, Source.SIMULATED, reads, errors, digest)
