"""`p2p combo`, and what `p2p now` says of other profiles: their contracts, on simulated days."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from p2p_pipeline.cli import app
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.lake_sql import query
from p2p_pipeline.p2p.metrics.pricing.strictness_history import STRICTNESS_SQL
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.history import HistoryPlan, generate_history
from p2p_pipeline.p2p.steps.combos import build_combos
from p2p_pipeline.p2p.steps.offers import build_offers
from p2p_pipeline.p2p.steps.quotes import build_quotes

DAY = date(2026, 11, 18)
AT = "2026-11-18T12:00Z"
SETTINGS = """
markets: [{market: bybit.USDT-RUB, amounts_fiat: [10000, 50000], amounts_asset: [100, 500]},
          {market: bybit.USDT-VND, amounts_fiat: [2500000, 12500000], amounts_asset: [100, 500]},
          {market: binance.USDT-VND, amounts_fiat: [2500000, 12500000], amounts_asset: [100, 500]}]
profiles:
  strict: {min_completion_rate: 0.95, min_orders_30d: 50}
  my_bank: {payment_methods: [tbank, sbp, vietcombank, bank_transfer]}
"""
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hours of three markets every ten minutes, with a gap of forty minutes, raw and processed."""
    folder = tmp_path_factory.mktemp("simulated")
    settings = parse_settings(SETTINGS)
    markets = tuple(entry.market for entry in settings.markets)
    store = RawStore(folder)
    for end in (datetime(2026, 11, 18, 10, 40, tzinfo=UTC), datetime(2026, 11, 18, 12, tzinfo=UTC)):
        plan = HistoryPlan(markets, 1 / 36, timedelta(minutes=10), end)
        generate_history(store, plan, CatalogueOptions(offers_per_side=40))
    lake = Lake(folder / "lake")
    for market in markets:
        build_offers(RawReader(folder), lake, DAY, market.key, PaymentMap.load())
        build_quotes(lake, DAY, market.key, settings)
    build_combos(lake, DAY, settings.analytics.combos[0], settings)
    return folder


@pytest.fixture
def run(simulated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`p2p --data-dir SIMULATED …` in this process."""
    (tmp_path / "settings.yaml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    for name in ("P2P_DATA_DIR", "P2P_SETTINGS", "P2P_SOURCE"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words: CliRunner().invoke(app, ["--data-dir", str(simulated), *words])


def exact(text: str) -> dict[str, Any]:
    """JSON with exact numbers."""
    found: dict[str, Any] = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    return found


def rub_to_vnd(run: Run, *words: str) -> dict[str, Any]:
    """`p2p combo --json` for 50,000 RUB at noon."""
    result = run("combo", "--from", "RUB", "--to", "vnd", "--amount", "50000", "--at", AT, *words, "--json")
    assert result.exit_code == 0, result.output
    return exact(result.stdout)


def test_all_routes_are_listed_best_first_and_each_accounts_for_every_unit(run: Run) -> None:
    found = rub_to_vnd(run)
    assert (found["is_executable"], found["reason"], len(found["routes"])) == (True, None, 2)
    rates = [route["effective_rate"] for route in found["routes"]]
    assert rates == sorted(rates, reverse=True)
    for route in found["routes"]:
        buy, sell = (route["legs"][leg]["best_split"]["legs"] for leg in ("buy", "sell"))
        assert sum(leg["fiat"] for leg in buy) + route["left_over_source"] == 50_000
        assert sum(leg["asset"] for leg in buy) == route["bought_asset"]
        sold = sum(leg["asset"] for leg in sell)
        assert sold + route["fee_asset"] + route["left_over_asset"] == route["bought_asset"]
        assert sum(leg["fiat"] for leg in sell) == route["target_received"]
        assert float(route["effective_rate"]) == pytest.approx(
            float(route["target_received"] / (50_000 - route["left_over_source"]))
        )
        assert float(route["loss_against_mid"]) == pytest.approx(
            1 - float(route["effective_rate"] / route["mid_rate"]), abs=1e-12
        )
        assert route["snapshot_times"]["buy"].startswith("2026-11-18T11:50:00")
        sides = ("bybit.USDT-RUB BUY", f"{route['sell_market_key']} SELL")
        assert route["warnings"] == [f"the newest book of {side} is 10 min old" for side in sides]
    crossing = {route["sell_market_key"]: (route["needs_transfer"], route["fee_asset"]) for route in found["routes"]}
    assert crossing == {"bybit.USDT-VND": (False, 0), "binance.USDT-VND": (True, 1)}


def test_fewer_splits_and_a_profile_of_payment_methods_hold_for_both_legs(run: Run) -> None:
    best = rub_to_vnd(run)["routes"][0]["effective_rate"]
    for words in (("--max-splits", "1"), ("--profile", "my_bank"), ("--profile", "strict")):
        found = rub_to_vnd(run, *words)
        assert found["routes"][0]["effective_rate"] <= best
        if words[0] == "--max-splits":
            assert all(len(leg["best_split"]["legs"]) == 1 for leg in found["routes"][0]["legs"].values())


def test_the_history_now_and_the_command_agree_on_the_rate_of_the_same_slot(run: Run, simulated: Path) -> None:
    (stored,) = query(
        simulated / "lake",
        "SELECT value FROM history WHERE market_key = 'combo.RUB-VND' AND profile = 'wide' AND amount_fiat = 50000 "
        "ORDER BY observed_at DESC LIMIT 1",
    ).to_pylist()
    assert float(rub_to_vnd(run)["routes"][0]["effective_rate"]) == pytest.approx(float(stored["value"]), rel=1e-9)


def test_an_amount_that_no_route_can_take_has_its_reason_and_what_could_be_done(run: Run) -> None:
    huge = exact(run("combo", "--from", "RUB", "--to", "VND", "--amount", "900000000", "--at", AT, "--json").stdout)
    assert (huge["is_executable"], huge["reason"]) == (False, "buy:above_total_capacity")
    assert huge["routes"][0]["left_over_source"] > 0
    shown = run("combo", "--from", "RUB", "--to", "VND", "--amount", "1", "--at", AT)
    assert shown.exit_code == 3
    assert "No route can take it all. buy: 1 is below every offer's minimum" in shown.stdout


def test_the_table_shows_routes_splits_and_what_to_beware_of(run: Run) -> None:
    shown = run("combo", "--from", "RUB", "--to", "VND", "--amount", "50000", "--at", AT).stdout
    assert "fee 1 USDT to move" in shown
    assert "left over:" in shown
    assert "mid rate" in shown
    assert "Beware: the newest book of bybit.USDT-RUB BUY is 10 min old." in shown
    assert shown.count("orders in 30 days") >= 3


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--from", "RUB", "--to", "EUR", "--amount", "5"), 1, "no configured market trades EUR; configured markets:"),
        (("--from", "RUB", "--to", "RUB", "--amount", "5"), 2, "name two different fiats"),
        (("--from", "R", "--to", "VND", "--amount", "5"), 2, "write its code"),
        (("--from", "RUB", "--to", "VND", "--amount", "0"), 2, "number above 0"),
        (("--from", "RUB", "--to", "VND", "--amount", "5", "--at", "2020-01-01"), 1, "at or before 2020-01-01"),
        (("--from", "RUB", "--to", "VND", "--amount", "5", "--profile", "x"), 1, "known are wide, strict, my_bank"),
        (("--from", "VND", "--to", "RUB", "--amount", "5", "--history"), 1, "there is no history of combo.VND-RUB"),
        (("--from", "RUB", "--to", "VND", "--amount", "5", "--history", "--from-day", "2030-01-01"), 1, "between"),
    ],
)
def test_what_can_not_be_answered_is_one_sentence_and_the_right_exit_code(
    run: Run, words: tuple[str, ...], code: int, told: str
) -> None:
    result = run("combo", *words)
    assert result.exit_code == code, result.output
    assert told in " ".join(result.stderr.replace("│", " ").split())


def test_the_history_is_told_by_day_with_what_could_be_placed(run: Run) -> None:
    words = ("combo", "--from", "RUB", "--to", "VND", "--amount", "45000", "--history")
    found = exact(run(*words, "--json").stdout)
    assert (found["market_key"], found["side"], found["amount"]) == ("combo.RUB-VND", "SELL", 50_000)
    (day,) = found["history"]
    assert (day["day"], day["seen"], day["executable"]) == ("2026-11-18", 8, 8)
    assert day["low"] <= day["median"] <= day["high"]
    shown = run(*words).stdout
    assert "the kept size nearest to 45,000" in shown
    assert "100.0%" in shown


def test_a_combo_is_a_price_to_the_other_commands_with_sizes_in_the_fiat_that_is_spent(run: Run) -> None:
    shown = run("history", "--market", "combo.RUB-VND", "--side", "SELL", "--amount", "50000")
    assert "Changing 50,000 RUB into VND over the best route, profile wide, VND per RUB" in shown.stdout
    advised = run("windows", "--market", "combo.RUB-VND", "--side", "SELL", "--measure", "executable")
    assert "executable of 50,000 RUB" in advised.stdout


def test_the_plot_is_a_picture_of_1200_by_700(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rate.png"
    result = run("combo", "--from", "RUB", "--to", "VND", "--amount", "50000", "--at", AT, "--plot", str(file))
    assert result.exit_code == 0, result.output
    assert struct.unpack(">II", file.read_bytes()[16:24]) == (1200, 700)


def test_now_says_what_each_other_profile_costs_and_keeps_every_key_it_had(run: Run) -> None:
    words = ("now", "--market", "bybit.USDT-RUB", "--side", "BUY", "--amount", "50000")
    found = exact(run(*words, "--json").stdout)
    assert {"market_key", "side", "snapshot_at", "best_single", "best_split", "is_executable", "reason"} <= set(found)
    named = {entry["profile"]: entry for entry in found["profiles"]}
    assert list(named) == ["wide", "strict", "my_bank"]
    assert named["wide"]["price"] == found["best_split"]["price"]
    for profile in ("strict", "my_bank"):
        alone = exact(run(*words, "--profile", profile, "--json").stdout)
        assert named[profile]["price"] == alone["best_split"]["price"]
        assert float(named[profile]["cost_against_wide"]) == pytest.approx(
            float(named[profile]["price"] / named["wide"]["price"]) - 1
        )
        assert named[profile]["cost_against_wide"] >= 0
    shown = run(*words).stdout
    assert "\nstrict costs " in shown
    assert "\nmy_bank costs " in shown


def test_now_shows_what_strictness_usually_costs_when_asked(run: Run, simulated: Path) -> None:
    words = ("now", "--market", "bybit.USDT-VND", "--side", "SELL", "--amount", "450", "--usual")
    found = exact(run(*words, "--json").stdout)
    usual = {entry["profile"]: entry["usual"] for entry in found["profiles"]}
    assert usual["wide"] is None
    # Seven looks came before the newest one, which is now.
    assert (usual["strict"]["amount"], usual["strict"]["looks"]) == (500, 7)
    assert "the week before, for 500" in run(*words).stdout
    costs = [
        row["cost"]
        for row in query(simulated / "lake", STRICTNESS_SQL).to_pylist()
        if (row["market_key"], row["side"], row["profile"]) == ("bybit.USDT-VND", "SELL", "strict")
        and row["amount_fiat"] == 12_500_000
    ]
    assert len(costs) == 8
    assert float(usual["strict"]["median"]) == pytest.approx(sorted(costs[:7])[3])


def test_now_says_of_a_profile_that_can_not_place_the_amount_why(run: Run, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("profiles: {never: {min_orders_30d: 100000000}}\n")
    shown = run("now", "--market", "bybit.USDT-RUB", "--side", "BUY", "--amount", "50000").stdout
    assert "never can't place it: The profile admits none of the" in shown


def test_a_market_without_a_snapshot_is_a_route_that_says_so(run: Run, simulated: Path, tmp_path: Path) -> None:
    shutil.copytree(simulated / "raw", tmp_path / "data" / "raw")
    for file in (tmp_path / "data" / "raw").rglob("binance.USDT-VND*"):
        file.unlink()
    words = ["--data-dir", str(tmp_path / "data"), "combo", "--from", "RUB", "--to", "VND", "--amount", "50000"]
    found = orjson.loads(CliRunner().invoke(app, [*words, "--at", AT, "--json"]).stdout)
    assert found["is_executable"]
    assert [route["reason"] for route in found["routes"]] == [None, "sell:no_snapshot"]
    assert "there is no snapshot of binance.USDT-VND SELL" in found["routes"][1]["explanation"]
