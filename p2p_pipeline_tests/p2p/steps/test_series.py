"""Reading series: the one that was meant, by measure, profile and amount, or the sentence that says what there is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source
from p2p_pipeline.p2p.metrics.history.schema import HISTORY, ROLLUPS
from p2p_pipeline.p2p.metrics.history.series import SeriesKey
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import Settings, parse_settings
from p2p_pipeline.p2p.steps.history import build_history, build_rollups
from p2p_pipeline.p2p.steps.import_series import import_series
from p2p_pipeline.p2p.steps.offers import build_offers
from p2p_pipeline.p2p.steps.quotes import build_depth, build_quotes
from p2p_pipeline.p2p.steps.series import (
    NoSeries,
    available_series,
    choose_series,
    imported_key,
    newest_day,
    read_rollups,
    read_series,
)
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page

DAY = date(2024, 10, 25)
NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)
MARKET = Market.parse("binance.USDT-BOB")
BUY, SELL = MarketSide(MARKET, Side.BUY), MarketSide(MARKET, Side.SELL)
SETTINGS = parse_settings(
    "markets: [{market: binance.USDT-BOB, amounts_fiat: [100, 1000, 20000], amounts_asset: [10, 100, 2000]}]\n"
)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Ten looks at BUY from noon on, thirty seconds apart, and one an hour later; two at SELL; an imported vwap."""
    folder = tmp_path_factory.mktemp("series")
    store = RawStore(folder)
    for step in (*range(10), 120):
        asks = page([ad(n, price=f"10.{50 + n + step % 3}") for n in range(3)])
        store.append(captures(NOON + timedelta(seconds=30 * step), asks, source=Source.LIVE))
    store.append(captures(NOON + timedelta(seconds=90), b"<html>Access Denied</html>", status=403, side=Side.SELL))
    store.append(captures(NOON, page([ad(1, price="10.40", tradeType="BUY")]), side=Side.SELL, source=Source.LIVE))
    lake = Lake(folder / "lake")
    build_offers(store.reader, lake, DAY, MARKET.key, PaymentMap.load())
    build_quotes(lake, DAY, MARKET.key, SETTINGS)
    build_depth(lake, DAY, MARKET.key)
    build_history(lake, DAY, MARKET.key, SETTINGS)
    build_rollups(lake, DAY, MARKET.key, SETTINGS)
    file = folder / "series.csv"
    file.write_text(
        "observed_at,side,vwap\n2024-10-25T11:10Z,BUY,9\n2024-10-25T12:10Z,BUY,8\n2024-10-26T12:10Z,BUY,9.5\n",
        encoding="utf-8",
    )
    import_series(folder / "kept", lake, file, MARKET, datetime(2026, 1, 1, tzinfo=UTC))
    return lake


def test_the_usual_series_is_of_the_wide_profile_and_the_middle_amount(lake: Lake) -> None:
    assert choose_series(lake, BUY, "executable") == SeriesKey(BUY, "executable", "wide", 1)


@pytest.mark.parametrize(("amount", "step"), [(1, 0), (150, 0), (320, 1), (4000, 1), (5000, 2), (10**9, 2)])
def test_an_amount_means_the_size_that_is_nearest_by_ratio(lake: Lake, amount: int, step: int) -> None:
    assert choose_series(lake, BUY, "single", "strict", Decimal(amount)) == SeriesKey(BUY, "single", "strict", step)


def test_a_series_has_its_size_and_each_period_that_somebody_saw(lake: Lake) -> None:
    series = read_series(lake, SeriesKey(BUY, "executable", "wide", 1))
    assert series.amount_fiat == 1000
    assert series.starts.tolist() == [NOON.timestamp(), NOON.timestamp() + 3600]
    assert series.observations.tolist() == [10, 1]
    assert series.values.tolist() == [10.51, 10.5]
    assert len(read_series(lake, series.key, period_seconds=300)) == 2
    assert len(read_series(lake, series.key, last=DAY - timedelta(days=1))) == 0


def test_a_period_in_which_the_amount_could_never_be_placed_is_not_in_the_series_but_was_seen(lake: Lake) -> None:
    key = SeriesKey(BUY, "executable", "wide", 2)
    assert len(read_series(lake, key)) == 0
    assert read_rollups(lake, key, None, None, 3600)["seen"].to_pylist() == [10, 1]


def test_where_collected_and_imported_values_meet_the_collected_ones_count(lake: Lake) -> None:
    series = read_series(lake, SeriesKey(BUY, "vwap"))
    assert len(series) == 4
    assert series.values[0] == 9.0
    assert series.values[1] > 10
    assert newest_day(lake, series.key) == DAY + timedelta(days=1)
    (vwap,) = [entry for entry in available_series(lake, BUY) if entry.key.measure == "vwap"]
    assert (vwap.first_day, vwap.last_day, vwap.observations) == (DAY, DAY + timedelta(days=1), 14)


def test_a_measure_that_only_older_days_have_is_found_too(lake: Lake) -> None:
    assert choose_series(lake, BUY, "offers") == SeriesKey(BUY, "offers")
    assert newest_day(lake, SeriesKey(BUY, "offers")) == DAY
    assert newest_day(lake, SeriesKey(BUY, "low")) is None


def test_the_spread_is_a_series_of_the_buying_side(lake: Lake) -> None:
    assert len(read_series(lake, choose_series(lake, BUY, "spread"))) == 1
    with pytest.raises(NoSeries, match="'spread'"):
        choose_series(lake, SELL, "spread")


def test_a_blocked_look_is_no_look(lake: Lake) -> None:
    assert read_rollups(lake, SeriesKey(SELL, "offers"), None, None, 3600)["seen"].to_pylist() == [1]


@pytest.mark.parametrize(
    ("measure", "profile", "said"),
    [
        ("price", None, "there is asset_near_best, best, executable, median"),
        ("executable", "mine", "for the profile 'mine'; there is strict, wide"),
        ("vwap", "wide", "of the whole book"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(lake: Lake, measure: str, profile: str | None, said: str) -> None:
    with pytest.raises(NoSeries, match=said):
        choose_series(lake, BUY, measure, profile)


def test_a_market_without_history_is_told_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NoSeries, match=r"p2p import-series FILE --market binance\.USDT-BOB"):
        choose_series(Lake(tmp_path), BUY, "executable")


def test_a_period_that_is_not_stored_is_a_mistake_of_the_caller(lake: Lake) -> None:
    with pytest.raises(ValueError, match="300 and 3600"):
        read_series(lake, SeriesKey(BUY, "vwap"), period_seconds=60)


def test_making_a_markets_own_history_anew_leaves_the_imported_one_alone(lake: Lake) -> None:
    places = [lake.month_path(table, DAY, imported_key(MARKET.key)) for table in (HISTORY, ROLLUPS)]
    before = [place.read_bytes() for place in places]
    own = lake.path(HISTORY, DAY, MARKET.key).read_bytes()
    assert build_history(lake, DAY, MARKET.key, SETTINGS, full=True).new_rows["history"] > 0
    assert build_rollups(lake, DAY, MARKET.key, SETTINGS).new_rows == {"rollups": 0}
    assert [place.read_bytes() for place in places] == before
    assert lake.path(HISTORY, DAY, MARKET.key).read_bytes() == own


def test_another_interval_makes_the_rollups_anew(lake: Lake) -> None:
    slow = Settings.model_validate({"collection": {"interval_seconds": 60}})
    assert build_rollups(lake, DAY, MARKET.key, slow).new_rows["rollups"] > 0
    key = SeriesKey(BUY, "executable", "wide", 1)
    assert read_rollups(lake, key, None, None, 3600)["coverage"].to_pylist() == pytest.approx([5 / 60, 1 / 60])
    assert build_rollups(lake, DAY, MARKET.key, SETTINGS).new_rows["rollups"] > 0
    assert read_rollups(lake, key, None, None, 3600)["coverage"].to_pylist() == pytest.approx([10 / 120, 1 / 120])
