"""Combos as tables: every slot that saw both legs, and the same bytes however they are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import compute

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.lake_sql import query
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.combos.day_tables import combo_history
from p2p_pipeline.p2p.metrics.combos.routes import combo_series_side
from p2p_pipeline.p2p.metrics.combos.schema import COMBOS
from p2p_pipeline.p2p.metrics.history.schema import EXECUTABLE, HISTORY, ROLLUPS
from p2p_pipeline.p2p.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.p2p.settings import Settings, parse_settings
from p2p_pipeline.p2p.steps.combos import build_combos
from p2p_pipeline.p2p.steps.compact import compact_closed_months
from p2p_pipeline.p2p.steps.series import choose_series, read_series
from p2p_pipeline.p2p.tables import TABLES

DAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
RUB, VND = Market("bybit", "USDT", "RUB"), Market("bybit", "USDT", "VND")
BINANCE = Market("binance", "USDT", "VND")
KEY = "combo.RUB-VND"
SETTINGS = parse_settings(
    """
markets: [{market: bybit.USDT-RUB}, {market: bybit.USDT-VND}, {market: binance.USDT-VND}]
profiles:
  strict: {min_completion_rate: 0.95, min_orders_30d: 50}
  my_bank: {payment_methods: [tbank]}
analytics:
  combos: [{source: RUB, target: VND, amounts: [50000, 10000]}]
"""
)
(COMBO,) = SETTINGS.analytics.combos


@dataclass(frozen=True)
class Look:
    """One snapshot to be: its time after noon and its offers' prices, of which the first is strict and takes tbank."""

    market: Market
    side: Side
    seconds: float
    prices: Sequence[str]
    stop_reason: str = "book_end"


def both_legs(seconds: float, buy: str = "80", sell: str = "26000") -> list[Look]:
    """All four sides of two markets, a second apart."""
    sides = ((RUB, Side.BUY, buy), (RUB, Side.SELL, "79"), (VND, Side.SELL, sell), (VND, Side.BUY, "26200"))
    return [Look(market, side, seconds + place, [price]) for place, (market, side, price) in enumerate(sides)]


def store(lake: Lake, looks: Sequence[Look]) -> None:
    """Write `snapshots` and `offers` of the looks, by market, in the order given."""
    for market in (RUB, VND, BINANCE):
        own = [look for look in looks if look.market == market]
        snapshots = SNAPSHOTS.table_of([_snapshot(look, number) for number, look in enumerate(own)])
        offers = [_offer(look, number) for look in own for number in range(len(look.prices))]
        lake.write(SNAPSHOTS, DAY, market.key, snapshots, {"parse_version": "1"})
        lake.write(OFFERS, DAY, market.key, OFFERS.table_of(offers), {"parse_version": "1"})


def _side_values(look: Look) -> dict[str, Any]:
    moment = NOON + timedelta(seconds=look.seconds)
    market_side = MarketSide(look.market, look.side)
    return {
        "snapshot_id": f"{market_side}:{look.seconds}",
        "snapshot_at": moment,
        "market_key": look.market.key,
        "venue": look.market.venue,
        "asset": look.market.asset,
        "fiat": look.market.fiat,
        "side": look.side.value,
    }


def _snapshot(look: Look, number: int) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(SNAPSHOTS.arrow_schema.names, 0) | {"is_complete": False, "stated_total": None}
    row |= {name: [] for name in ("unknown_fields", "missing_fields", "unknown_payments")}
    slot = int((NOON + timedelta(seconds=look.seconds)).timestamp()) // 30
    named = {"stop_reason": look.stop_reason, "source": "simulated", "raw_path": "x", "raw_offset": number}
    return row | _side_values(look) | named | {"slot": slot, "pages": 1, "offers": len(look.prices)}


def _offer(look: Look, number: int) -> dict[str, Any]:
    is_rub, is_first = look.market.fiat == "RUB", number == 0
    most = Decimal(100_000 if is_rub else 900_000_000)
    row: dict[str, Any] = dict.fromkeys(OFFERS.arrow_schema.names, None) | _side_values(look)
    row |= {name: [] for name in ("payment_methods_from_remark", "native_payments")}
    row |= {"offer_id": str(number), "position": number, "price": Decimal(look.prices[number]), "min_fiat": Decimal(1)}
    row |= {"max_fiat": most, "stated_max_fiat": most, "available_asset": Decimal(10**6)}
    row |= {"payment_methods": ["tbank" if is_first else "cash"], "completion_rate": 0.99 if is_first else 0.5}
    row |= {"orders_30d": 500, "is_merchant": True, "is_promoted": False}
    return row | {"fiat_scale": 2 if is_rub else 0, "asset_scale": 2}


def build(lake: Lake, *, settings: Settings = SETTINGS, full: bool = False) -> list[dict[str, Any]]:
    """Build the combo's day; gives its rows."""
    build_combos(lake, DAY, COMBO, settings, full)
    rows: list[dict[str, Any]] = lake.read(COMBOS, DAY, KEY).to_pylist()
    return rows


def wide(rows: Sequence[dict[str, Any]], amount: int = 50_000) -> list[dict[str, Any]]:
    """The rows of the whole book for one amount."""
    return [row for row in rows if row["profile"] == "wide" and row["amount_fiat"] == amount]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    return Lake(tmp_path / "lake")


def test_a_slot_that_saw_both_legs_has_a_row_for_each_route_size_and_profile(lake: Lake) -> None:
    store(lake, [*both_legs(0), Look(BINANCE, Side.SELL, 3, ["26100"])])
    rows = build(lake)
    assert len(rows) == 2 * 2 * 3
    assert not COMBOS.failures(lake.read(COMBOS, DAY, KEY))
    binance, bybit = wide(rows)
    assert (bybit["bought_asset"], bybit["received_target_fiat"]) == (Decimal(625), Decimal(625 * 26_000))
    assert (bybit["effective_rate"], bybit["needs_transfer"], bybit["fee_asset"]) == (325.0, False, Decimal(0))
    assert bybit["loss_against_mid"] == pytest.approx(1 - (26_000 / 80) / (26_100 / 79.5))
    assert (binance["needs_transfer"], binance["received_target_fiat"]) == (True, Decimal(624 * 26_100))
    assert binance["loss_against_mid"] is None


def test_legs_more_than_a_minute_apart_are_no_combo(lake: Lake) -> None:
    store(lake, [Look(RUB, Side.BUY, 0, ["80"]), Look(VND, Side.SELL, 60.0, ["26000"])])
    assert [row["apart_seconds"] for row in wide(build(lake))] == [60.0]
    store(lake, [Look(RUB, Side.BUY, 0, ["80"]), Look(VND, Side.SELL, 60.5, ["26000"])])
    assert build(lake) == []


def test_a_failed_look_is_no_book_and_an_empty_one_is_a_reason(lake: Lake) -> None:
    failed = Look(VND, Side.SELL, 1, [], stop_reason="failed")
    blocked = Look(RUB, Side.BUY, 600, [], stop_reason="soft_block")
    older = Look(VND, Side.SELL, 30, ["26000"])
    store(lake, [Look(RUB, Side.BUY, 0, ["80"]), failed, older, blocked, Look(VND, Side.SELL, 601, ["26000"])])
    (row,) = wide(build(lake))
    assert (row["apart_seconds"], row["is_executable"]) == (30.0, True)
    store(lake, [Look(RUB, Side.BUY, 0, ["80"]), Look(VND, Side.SELL, 1, [])])
    (row,) = wide(build(lake))
    assert (row["reason"], row["effective_rate"]) == ("sell:no_offers", None)


def test_a_profile_of_payment_methods_is_priced_with_only_its_offers(lake: Lake) -> None:
    store(lake, [Look(RUB, Side.BUY, 0, ["81", "80"]), Look(VND, Side.SELL, 1, ["25900", "26000"])])
    rates = {row["profile"]: row["effective_rate"] for row in build(lake) if row["step"] == 1}
    assert rates["wide"] == 325.0
    # 50,000 / 81 = 617.28 USDT, sold at 25,900.
    assert rates["my_bank"] == rates["strict"] == pytest.approx(617.28 * 25_900 / 50_000)


def test_the_history_of_a_combo_is_the_best_route_of_each_slot_and_reads_like_any_price(lake: Lake) -> None:
    looks = [*both_legs(0), Look(BINANCE, Side.SELL, 3, ["26100"]), *both_legs(30, buy="81"), *both_legs(3600)]
    looks.append(Look(RUB, Side.BUY, 7200, ["80"]))
    store(lake, [*looks, Look(VND, Side.SELL, 7200, [])])
    build(lake)
    rows = lake.read(HISTORY, DAY, KEY)
    assert not HISTORY.failures(rows)
    wanted = (compute.field("profile") == "wide") & (compute.field("step") == 1)
    values = rows.filter(wanted)["value"].to_pylist()
    # In two slots the way through Binance is better, in spite of the fee: 624 x 26,100 / 50,000 and 616.28 x 26,100.
    assert values == [Decimal("325.728"), Decimal("321.69816"), Decimal(325), None]
    assert lake.read(ROLLUPS, DAY, KEY).num_rows > 0
    series = read_series(
        lake, choose_series(lake, combo_series_side("RUB", "VND"), EXECUTABLE, "wide", Decimal(40_000))
    )
    assert series.key.market_side.side is Side.SELL
    assert series.amount_fiat == 50_000
    assert series.values.tolist() == [pytest.approx((325.728 + 321.69816) / 2), 325.0]
    found = query(lake.root, "SELECT count(*) AS n FROM history WHERE market_key = 'combo.RUB-VND'")
    assert found.to_pylist() == [{"n": rows.num_rows}]


def test_going_on_in_small_steps_gives_the_same_bytes_as_one_whole_rebuild(tmp_path: Path) -> None:
    looks = [look for step in range(5) for look in both_legs(30 * step, buy=f"8{step}")]
    # A leg that arrives late becomes the nearer partner of a row already there, and one arrives out of its order.
    looks = [*looks[:6], *looks[7:], looks[6], Look(BINANCE, Side.SELL, 40, ["26300"]), Look(VND, Side.SELL, 5, ["1"])]
    in_steps, whole = Lake(tmp_path / "in_steps"), Lake(tmp_path / "whole")
    for count in range(len(looks) + 1):
        store(in_steps, looks[:count])
        build(in_steps)
    store(whole, looks)
    rows = build(whole, full=True)
    assert len(rows) == len(build(in_steps)) > 30
    for table in (COMBOS, HISTORY, ROLLUPS):
        # The rollups' facts name what they were made of, so equal bytes mean equal everything.
        assert in_steps.path(table, DAY, KEY).read_bytes() == whole.path(table, DAY, KEY).read_bytes(), table.name


def test_a_compacted_day_without_a_new_look_is_not_written_again(lake: Lake) -> None:
    store(lake, both_legs(0))
    rows = build(lake)
    compact_closed_months(lake, TABLES.values(), NOON + timedelta(days=90), 7)
    assert rows
    assert build(lake) == rows
    assert build(lake, full=True) == rows
    assert list(lake.root.glob("*/date=*")) == []


def test_only_new_slots_are_made_when_a_day_goes_on(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    store(lake, [look for step in range(20) for look in both_legs(30 * step)])
    build(lake)
    asked: list[datetime | None] = []

    def noting(plan: Any, days: Any, since: datetime | None = None) -> pa.Table:
        asked.append(since)
        return COMBOS.empty()

    monkeypatch.setattr("p2p_pipeline.p2p.steps.combos.combo_rows", noting)
    build(lake)
    assert asked == []
    store(lake, [look for step in range(21) for look in both_legs(30 * step)])
    build(lake)
    assert asked == [NOON + timedelta(seconds=600 - 60)]


@pytest.mark.parametrize(
    "changed",
    [
        "markets: [{market: bybit.USDT-RUB}, {market: bybit.USDT-VND}]",
        "profiles: {strict: {min_completion_rate: 0.9}}\nmarkets: [{market: bybit.USDT-RUB}, {market: bybit.USDT-VND}]",
    ],
)
def test_other_routes_or_profiles_make_the_day_anew(lake: Lake, changed: str) -> None:
    store(lake, [*both_legs(0), Look(BINANCE, Side.SELL, 3, ["26100"])])
    build(lake)
    settings = parse_settings(changed)
    rows = build(lake, settings=settings)
    assert {row["sell_market_key"] for row in rows} == {VND.key}
    assert {row["profile"] for row in rows} == set(settings.profile_names)


def test_a_combo_without_a_configured_route_has_no_rows(lake: Lake) -> None:
    assert build(lake, settings=parse_settings("markets: [{market: bybit.USDT-RUB}]")) == []
    assert combo_history(COMBOS.empty()).num_rows == 0
