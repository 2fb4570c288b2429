"""The spread means one thing: the board, the day's table in Dagster, round trips and the history say the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.orchestration.tables.day_view import market_table
from p2p_pipeline.p2p.actions.process import process_days
from p2p_pipeline.p2p.answers.board import board_rows
from p2p_pipeline.p2p.answers.now import AnswerDesk
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.history.schema import HISTORY, SPREAD
from p2p_pipeline.p2p.metrics.pricing.schema import ROUND_TRIPS
from p2p_pipeline.p2p.metrics.pricing.spread import spread_of
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.quality.venue_day import VenueDay
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import MarketSettings, Settings
from p2p_pipeline_tests.p2p.raw.example_snapshots import DAY, KEY, MARKET, example_snapshot
from p2p_pipeline_tests.p2p.venues.answers import bybit_ad, bybit_answer

SETTINGS = Settings(markets=(MarketSettings(market=MARKET),))
PRICES = {Side.BUY: "80.00", Side.SELL: "76.00"}
LOST = 0.05
"""Of 80 paid 76 come back."""


def stored_market(folder: Path) -> RawReader:
    store = RawStore(folder)
    for side, price in PRICES.items():
        ad = bybit_ad(
            side=1 if side is Side.BUY else 0, price=price, minAmount="1", maxAmount="9000000", lastQuantity="100000"
        )
        store.append([replace(c, body=bybit_answer(ad)) for c in example_snapshot(0, side=side, pages=1)])
    return store.reader


def test_the_board_dagster_round_trips_and_the_history_tell_one_spread(tmp_path: Path) -> None:
    reader, lake, payments = stored_market(tmp_path), Lake(tmp_path / "lake"), PaymentMap.load()
    (snapshot,) = reader.newest_first(next(iter(SETTINGS.market_sides("bybit"))))
    now = snapshot.snapshot_at + timedelta(seconds=5)
    process_days(reader, lake, [DAY], SETTINGS, payments, now, False)

    board = {row.spread for row in board_rows(AnswerDesk(reader, payments), reader, SETTINGS, now)}
    costs = lake.read(ROUND_TRIPS, DAY, KEY).column("cost").to_pylist()
    history = [row["value"] for row in lake.read(HISTORY, DAY, KEY).to_pylist() if row["measure"] == SPREAD]
    assert list(board) == [pytest.approx(LOST)]
    assert costs == [pytest.approx(LOST, abs=1e-3)] * len(costs) != []
    assert [float(value) for value in history] == [pytest.approx(LOST, abs=1e-3)] * len(costs)
    day = VenueDay(MARKET.venue, DAY, now, SETTINGS, reader, lake)
    assert market_table(day.markets(), now).count("| 5.00 % |") == 2


@given(st.decimals("0.01", "1000000", places=8), st.decimals("0.01", "1000000", places=8))
def test_what_is_lost_and_what_comes_back_are_the_whole(buy: Decimal, sell: Decimal) -> None:
    lost = spread_of(buy, sell)
    assert lost < 1
    assert float(buy) * (1 - lost) == pytest.approx(float(sell))
    assert (lost > 0) == (buy > sell)
