"""A market by its newest books: both sides in figures, who makes the offers, what they are paid by."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.known_markets import is_market_key
from p2p_pipeline.p2p.answers.now import AnswerDesk, BookView, NoSnapshot
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.combos.routes import COMBO_VENUE
from p2p_pipeline.p2p.metrics.history.schema import HISTORY
from p2p_pipeline.p2p.metrics.markets.figures import (
    KnownFrom,
    MarketFigures,
    SideFigures,
    advertisers_of,
    side_figures,
)
from p2p_pipeline.p2p.metrics.markets.hands import Advertiser, PaidBy, biggest_advertisers, paid_by
from p2p_pipeline.p2p.offers.schema import SNAPSHOTS
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.steps.series import market_key_of

MOST_ADVERTISERS = 10


@dataclass(frozen=True, slots=True)
class BookSummary:
    """One side of a market as its newest book has it."""

    side: Side
    snapshot_id: str
    figures: SideFigures
    advertisers: list[Advertiser]
    """The biggest."""
    payment_methods: list[PaidBy]

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            "side": self.side,
            "snapshot_id": self.snapshot_id,
            **self.figures.to_json(),
            "biggest_advertisers": [one.to_json() for one in self.advertisers],
            "payment_methods": [one.to_json() for one in self.payment_methods],
        }


def book_summaries(desk: AnswerDesk, market: Market) -> list[BookSummary]:
    """The sides of which there is a book; none where nothing was collected."""
    return [_summary(side, view) for side, view in _views(desk, market)]


def figures_by_books(desk: AnswerDesk, market: Market) -> MarketFigures:
    """A market's figures from its newest books."""
    views = _views(desk, market)
    sides = {side: _figures(side, view) for side, view in views}
    everybody = advertisers_of(seen.offer for _, view in views for seen in view.offers)
    known_from = KnownFrom.BOOK if views else KnownFrom.NOWHERE
    return MarketFigures(market, known_from, sides.get(Side.BUY), sides.get(Side.SELL), len(everybody))


def stored_markets(reader: RawReader, lake: Lake) -> set[Market]:
    """Every market that was ever collected or imported here, but for what only sweeps read."""
    keys = {key for day in reader.days() for key in reader.file_keys(day)}
    keys |= {market_key_of(part.market_key) for table in (SNAPSHOTS, HISTORY) for part in lake.partitions(table)}
    markets = {Market.parse(key) for key in keys if is_market_key(key)}
    return {market for market in markets if market.venue != COMBO_VENUE}


def markets_by_books(desk: AnswerDesk, markets: Iterable[Market]) -> list[MarketFigures]:
    """The figures of each, by key."""
    return [figures_by_books(desk, market) for market in sorted(markets, key=lambda market: market.key)]


def _views(desk: AnswerDesk, market: Market) -> list[tuple[Side, BookView]]:
    found = []
    for side in Side:
        with suppress(NoSnapshot):
            found.append((side, desk.newest(MarketSide(market, side))))
    return found


def _figures(side: Side, view: BookView) -> SideFigures:
    offers = [seen.offer for seen in view.offers]
    return side_figures(side, offers, view.snapshot_at, is_complete=view.snapshot["is_complete"])


def _summary(side: Side, view: BookView) -> BookSummary:
    offers = [seen.offer for seen in view.offers]
    return BookSummary(
        side,
        view.snapshot["snapshot_id"],
        _figures(side, view),
        biggest_advertisers(side, offers, MOST_ADVERTISERS),
        paid_by(side, [(seen.offer, seen.payment_methods) for seen in view.offers]),
    )
