"""All markets that are known here, for the page and the API: of sweeps where there is a warehouse, else of the books.

What the warehouse says is counted once for each sweep that it takes in, what books say once for each of their slots.
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.p2p.answers.market_books import markets_by_books, stored_markets
from p2p_pipeline.p2p.answers.swept_markets import SweptMarkets, swept_markets, swept_version
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.metrics.markets.figures import MarketFigures
from p2p_pipeline.web.api.data_versions import LOOK_SECONDS, lake_version, stored_version
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.workers import Lane

AWAY_SECONDS = 10.0
"""A warehouse that is away is not asked again before: a server that does not answer would hold up each page."""
NOTHING_SWEPT = "no sweep has been loaded yet; `p2p sweep` asks for every market once and loads it"


@dataclass(frozen=True, slots=True)
class ListedMarkets:
    """Every market, by its key."""

    markets: list[MarketFigures]
    watched: frozenset[Market]
    swept: SweptMarkets | None
    missing: str
    """Why there is nothing of sweeps and what to do; empty where there is."""
    version: Hashable = field(compare=False)
    """Of all that they are made from."""

    def of(self, market: Market) -> MarketFigures | None:
        """One of them."""
        return next((one for one in self.markets if one.market == market), None)

    def to_json(self, one: MarketFigures) -> dict[str, Any]:
        """One of them as the API gives it."""
        return {**one.to_json(), "is_watched": one.market in self.watched}


def warehouse_version(edges: Edges) -> Hashable:
    """Of what the warehouse says, looked at once a second; the sentence where there is none, or it is away."""
    seen = edges.warehouse_seen
    patience = AWAY_SECONDS if seen is not None and isinstance(seen[1], str) else LOOK_SECONDS
    if seen is None or time.monotonic() - seen[0] >= patience:
        try:
            version: Hashable = ("warehouse", swept_version(edges.paths))
        except ClearError as error:
            version = str(error)
        seen = edges.warehouse_seen = (time.monotonic(), version)
    return seen[1]


async def listed_markets(edges: Edges) -> ListedMarkets:
    """All that are known; a warehouse that is away costs only what it alone knows."""
    ask, ask_once = edges.workers.ask, edges.workers.ask_once
    of_sweeps = await ask("warehouse version", lambda: warehouse_version(edges), lane=Lane.WAREHOUSE)
    swept, missing = None, of_sweeps if isinstance(of_sweeps, str) else ""
    if not missing:
        swept = await ask_once("swept markets", of_sweeps, lambda: swept_markets(edges.paths), lane=Lane.WAREHOUSE)
        missing = "" if swept.markets else NOTHING_SWEPT
    watched = frozenset(entry.market for entry in edges.settings.markets)
    days, of_lake = await ask("stored days", lambda: (tuple(edges.reader.days()), lake_version(edges)))
    stored = await ask_once("stored markets", (days, of_lake), lambda: stored_markets(edges.reader, edges.lake))
    by_sweep = {one.market: one for one in swept.markets} if swept else {}
    by_books = sorted((stored | watched) - by_sweep.keys(), key=lambda market: market.key)
    of_books = await ask("books' version", lambda: stored_version(edges, by_books))
    question = ("markets by books", *by_books)
    others = await ask_once(question, of_books, lambda: markets_by_books(edges.desk, by_books))
    markets = sorted((*by_sweep.values(), *others), key=lambda one: one.market.key)
    return ListedMarkets(markets, watched, swept, missing, (of_sweeps, of_lake, of_books))
