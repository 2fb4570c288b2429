"""The exchanges' settings refuse what could only be a mistake, with the line and what to write instead."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from p2p_pipeline.exchanges.settings import (
    CROSSES,
    FORTY,
    ExchangesSettings,
    ExchangesSettingsError,
    chosen_exchanges,
    chosen_symbols,
    exchanges_settings,
    parse_exchanges_settings,
)
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline_tests.shared_files import REPOSITORY

PACKAGE = REPOSITORY / "p2p_pipeline"


def test_with_nothing_configured_fourteen_exchanges_forty_symbols_and_three_crosses_for_cycles_are_watched(
    tmp_path: Path,
) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("timezone: UTC\n")
    for settings in (exchanges_settings(None), exchanges_settings(file)):
        assert settings.watch == NAMES
        assert len(set(NAMES)) == 14
        assert settings.symbols == FORTY + CROSSES
        assert (len(set(FORTY)), len(set(CROSSES))) == (40, 3)
        for cross in CROSSES:
            assert {f"{asset}/USDT" for asset in cross.split("/")} <= set(settings.symbols), "a cycle closes"
        assert settings.notionals == tuple(map(Decimal, (100, 1_000, 10_000)))


def test_the_settings_file_of_the_repository_is_the_defaults_written_out() -> None:
    shipped = REPOSITORY / "settings.yaml"
    assert exchanges_settings(shipped) == ExchangesSettings()
    written = yaml.safe_load(shipped.read_text(encoding="utf-8"))["exchanges"]
    assert set(ExchangesSettings.model_fields) - set(written) == {"source"}


def test_the_demo_watches_the_same() -> None:
    assert exchanges_settings(PACKAGE / "p2p" / "simulator" / "demo_settings.yaml") == ExchangesSettings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("watch: [binance, krakken]", "'krakken' is no exchange that is known; known are binance, okx"),
        ("symbols: [btc/usdt]", "write BASE/QUOTE in upper case, such as BTC/USDT"),
        ("symbols: [BTCUSDT]", "'BTCUSDT' is no symbol"),
        ("notionals: [0.1, lots]", "notionals"),
        ("notionals: [0]", "notionals"),
        ("notionals: []", "notionals"),
        ("notionals: [10, 10]", "10 is listed twice; keep one"),
        ("symbols: [BTC/USDT, BTC/USDT]", "BTC/USDT is listed twice; keep one"),
        ("taker_fees_pct: {binanse: 0.1}", "'binanse' is no exchange that is known"),
        ("inventory: {binanse: {BTC: 1}}", "'binanse' is no exchange that is known"),
        ("too_good_pct: 0", "too_good_pct"),
        ("watch: []", "watch"),
        ("symbols: []", "symbols"),
        ("symbols: [BTC/BTC]", "'BTC/BTC' is no symbol"),
        ("{min_net_edge_pct: 3, too_good_pct: 2}", "2 is below min_net_edge_pct, 3: nothing could be told"),
        ("{wanted_edge_pct: -1, leave_edge_pct: 0}", "0 is above wanted_edge_pct, -1: candidates would leave"),
        ("{symbols: [BTC/USDT], watch_depth: [ETH/USDT]}", "ETH/USDT is not among the symbols"),
        ("scan_seconds: 0.0001", "scan_seconds"),
        ("max_age_seconds: .inf", "max_age_seconds"),
        ("frames_max_gib: 1e-9", "frames_max_gib"),
        ("start: {btc: 1}", "'btc' is no asset; write it in upper case, such as BTC"),
        ("inventory: {okx: {btc: 1}}", "'btc' is no asset"),
        ("quote_per_usd: {BTC: 0}", "quote_per_usd"),
        ("no_such_name: 1", "no_such_name"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(ExchangesSettingsError) as error:
        parse_exchanges_settings(f"exchanges:\n  {text}\n", "settings.yaml")
    assert told in str(error.value)
    assert "settings.yaml line 2" in str(error.value)


def test_one_edge_alone_is_held_against_the_other_ones_usual_value() -> None:
    for text in ("min_net_edge_pct: 11", "wanted_edge_pct: -1"):
        with pytest.raises(ExchangesSettingsError, match=r"settings\.yaml line 1: "):
            parse_exchanges_settings(f"exchanges:\n  {text}\n", "settings.yaml")


def test_a_file_that_is_no_list_of_names_or_no_yaml_is_told_with_its_line() -> None:
    for text in ("- a\n", "exchanges: {"):
        with pytest.raises(ExchangesSettingsError, match="line"):
            parse_exchanges_settings(text, "settings.yaml")


def test_a_settings_file_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExchangesSettingsError, match="can't be read"):
        exchanges_settings(tmp_path)


def test_amounts_are_exact() -> None:
    text = "exchanges: {min_net_edge_pct: '0.1', slippage_pct: 0.05, notionals: ['100.10']}"
    settings = parse_exchanges_settings(text, "settings.yaml")
    assert (settings.min_net_edge_pct, settings.slippage_pct) == (Decimal("0.1"), Decimal("0.05"))
    assert settings.notionals == (Decimal("100.10"),)


def test_the_section_is_no_mistake_to_those_who_read_the_other_trades_settings() -> None:
    assert parse_settings("exchanges: {watch: [okx]}\n").markets
    assert parse_exchanges_settings("markets: []\n", "settings.yaml") == ExchangesSettings()


def test_the_command_lines_exchanges_are_known_ones() -> None:
    assert chosen_exchanges("okx, kraken") == ("okx", "kraken")
    with pytest.raises(InvalidInput, match="'krakken' is not known; known are binance"):
        chosen_exchanges("okx,krakken")


def test_symbols_of_a_command_line_are_told_apart_and_each_is_named_once() -> None:
    assert chosen_symbols("BTC/USDT, ETH/USDT") == ("BTC/USDT", "ETH/USDT")
    for wrong in ("", ",", "BTC/USDT,BTC/USDT"):
        with pytest.raises(InvalidInput, match=r"names no symbol|BTC/USDT is listed twice"):
            chosen_symbols(wrong)
    for wrong in ("BTC/BTC", "BTCUSDT", "btc/usdt", "BTC/", "/USDT", "BTC/USDT/X"):
        with pytest.raises(InvalidInput, match="write BASE/QUOTE in upper case"):
            chosen_symbols(wrong)
