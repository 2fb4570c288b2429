"""All swept markets in figures, their prices hour by hour, and the sweeps themselves: what pages and the API list."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.metrics.markets.figures import KnownFrom, MarketFigures, Premium, SideFigures
from p2p_pipeline.p2p.metrics.markets.hours import BEST_OF_SWEEPS, HourOfMarket, MarketHours
from p2p_pipeline.p2p.warehouse.statements import rows, statements

_FILE = "markets.sql"
_IMPLIED = "implied by "
_DOLLAR_TOKEN = "USDT"  # noqa: S105 - what fiat_premium is of


def figures_version(connection: Connection[tuple[Any, ...]]) -> Hashable:
    """A value that changes whenever `all_figures` may; no look into offers."""
    [found] = rows(connection, _FILE, "version")
    return tuple(str(part) for part in found)


def all_figures(connection: Connection[tuple[Any, ...]]) -> list[MarketFigures]:
    """Every market that sweeps read in the 24 hours up to the newest one, by its key. Counts all open offers."""
    premiums = {
        (venue, fiat): Premium(share, rate, reference_rate, reference, day)
        for venue, fiat, share, rate, reference_rate, reference, day in rows(connection, _FILE, "premiums")
    }
    with connection.transaction():
        # Starting workers takes longer than they save, and others wait for the processors.
        connection.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        sides = rows(connection, _FILE, "sides")
    found: dict[Market, MarketFigures] = {}
    for venue, asset, fiat, side_name, *figures, advertisers in sides:
        market = Market(venue, asset, fiat)
        premium = premiums.get((venue, fiat)) if asset == _DOLLAR_TOKEN else None
        known = found.get(market) or MarketFigures(market, KnownFrom.SWEEP, None, None, advertisers, premium)
        side = SideFigures(*figures)
        found[market] = replace(known, buy=side) if side_name == Side.BUY else replace(known, sell=side)
    return [found[market] for market in sorted(found, key=lambda market: market.key)]


def hours_of_market(
    connection: Connection[tuple[Any, ...]], market: Market, since: datetime, reference: str
) -> MarketHours:
    """A market's prices since then, an hour each; the premium is held against what `Premium.reference` names."""
    found = rows(
        connection,
        _FILE,
        "prices",
        since=since,
        venue=market.venue,
        asset=market.asset,
        fiat=market.fiat,
        implied_by=reference.removeprefix(_IMPLIED) if reference.startswith(_IMPLIED) else "",
        source=reference,
    )
    is_token = market.asset == _DOLLAR_TOKEN
    hours = [HourOfMarket(hour, buy, sell, premium if is_token else None) for hour, buy, sell, premium in found]
    return MarketHours(hours, BEST_OF_SWEEPS)


def batches_before(
    connection: Connection[tuple[Any, ...]], before: int | None, limit: int, venue: str | None, status: str | None
) -> list[dict[str, Any]]:
    """Sweeps, the newest first, from one on that is not among them; None for the newest."""
    with connection.cursor(row_factory=dict_row) as cursor:
        asked = {"before": before, "limit": limit, "venue": venue, "status": status}
        return cursor.execute(statements(_FILE)["batches"], asked).fetchall()
