"""The warehouse means by a spread what all else means: the share lost by buying and selling back, 1 - sell / buy."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.pricing.spread import spread_of
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.questions.catalogue import answer, question_named
from p2p_pipeline.p2p.warehouse.views import refresh_views
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import SIDES, made_offer, made_read, moment_of, sound_batch

PRICES = {Side.BUY: ("80", "90", "110"), Side.SELL: ("76", "72", "50")}
"""The best price, the median and the worst. Of 80 paid 76 come back, of the medians' 90 72."""
LOST, MEDIAN_LOST = spread_of(Decimal(80), Decimal(76)), spread_of(Decimal(90), Decimal(72))


def read_of(market_side: MarketSide, prices: tuple[str, ...]) -> Any:
    offers = [made_offer(market_side, number, price=Decimal(price)) for number, price in enumerate(prices)]
    return made_read(market_side, moment_of(0), offers)


@pytest.fixture
def connection(warehouse: WarehouseServer) -> Iterator[psycopg.Connection[Any]]:
    with connect(warehouse) as found:
        sides = [side for side in SIDES if str(side.market) == str(SIDES[0].market)]
        load_batch(found, sound_batch(0, [read_of(side, PRICES[side.side]) for side in sides]))
        found.commit()
        refresh_views(found, is_everything=True)
        yield found


def test_both_views_and_the_history_of_a_market_tell_one_spread(connection: psycopg.Connection[Any]) -> None:
    assert pytest.approx(0.05) == LOST
    assert pytest.approx(0.2) == MEDIAN_LOST
    for view in ("market_spread", "market_spread_hourly"):
        query = f"SELECT spread_share, median_spread_share, spread FROM {view}"
        [(lost, median_lost, difference)] = connection.execute(query.encode()).fetchall()
        assert (view, lost, median_lost) == (view, pytest.approx(LOST), pytest.approx(MEDIAN_LOST))
        assert difference == 4
    history = answer(connection, question_named("market_history"))
    [row] = history.rows
    assert row[history.columns.index("spread_share")] == pytest.approx(LOST)


def test_every_column_of_a_spread_says_what_it_is_a_share_of(connection: psycopg.Connection[Any]) -> None:
    told = connection.execute(
        "SELECT attrelid::regclass::text, attname, col_description(attrelid, attnum) FROM pg_attribute "
        "JOIN pg_class ON pg_class.oid = attrelid WHERE attname LIKE '%spread_share' AND relkind IN ('v', 'm')"
    ).fetchall()
    assert len(told) == 4
    assert all("1 - sell / buy" in comment for _, _, comment in told), told
