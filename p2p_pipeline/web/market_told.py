"""One market in full, for its page and the API."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.p2p.answers.market_books import BookSummary, book_summaries, figures_by_books
from p2p_pipeline.p2p.answers.market_hours import hours_of_history
from p2p_pipeline.p2p.answers.swept_markets import MarketChange, swept_hours
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.markets.figures import KnownFrom, MarketFigures
from p2p_pipeline.p2p.metrics.markets.hours import MarketHours
from p2p_pipeline.p2p.metrics.markets.ranking import Rank, ranks_of
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.listed_markets import ListedMarkets, listed_markets


@dataclass(frozen=True, slots=True)
class MarketTold:
    """All that is known of a market."""

    figures: MarketFigures
    is_watched: bool
    missing: str
    """Why there is nothing of sweeps; empty where there is a warehouse with some."""
    ranks: list[Rank]
    """Its places among those that were swept with it."""
    books: list[BookSummary]
    """Its newest books, of the sides that have one."""
    hours: MarketHours | None
    changes: list[MarketChange]
    version: Hashable = field(compare=False)

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            **self.figures.to_json(),
            "is_watched": self.is_watched,
            "missing": self.missing or None,
            "ranks": [rank.to_json() for rank in self.ranks],
            "books": [book.to_json() for book in self.books],
            "history": self.hours.to_json() if self.hours else None,
            "changes": [change.to_json() for change in self.changes],
        }


async def market_told(edges: Edges, market: Market) -> MarketTold:
    """A market; raises NoSnapshot where nothing is known of it."""
    listed = await listed_markets(edges)
    version = (listed.version, await edges.workers.ask("lake's version", lambda: lake_version(edges)))
    return await edges.workers.ask_once(("market", market), version, lambda: _told(edges, market, listed, version))


def _told(edges: Edges, market: Market, listed: ListedMarkets, version: Hashable) -> MarketTold:
    figures = listed.of(market) or figures_by_books(edges.desk, market)
    books = book_summaries(edges.desk, market)
    hours = _hours(edges, figures)
    if figures.known_from is KnownFrom.NOWHERE and market not in listed.watched and hours is None:
        # Says which markets there are, and what to do.
        edges.desk.newest(MarketSide(market, Side.BUY))
    is_swept = figures.known_from is KnownFrom.SWEEP
    return MarketTold(
        figures,
        market in listed.watched,
        listed.missing,
        ranks_of(figures, listed.swept.markets) if listed.swept and is_swept else [],
        books,
        hours,
        [one for one in listed.swept.changes if one.market == market] if listed.swept else [],
        version,
    )


def _hours(edges: Edges, figures: MarketFigures) -> MarketHours | None:
    if figures.known_from is KnownFrom.SWEEP:
        reference = figures.premium.reference if figures.premium else ""
        try:
            return swept_hours(edges.paths, figures.market, edges.now(), reference)
        except ClearError:
            # Away since the list was made: what the lake has is shown.
            pass
    return hours_of_history(edges.lake, figures.market)
