"""Settings: defaults that work, a few lines to add a market, and errors that name their line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.settings import Settings, SettingsError, load_settings, parse_settings
from p2p_pipeline_tests.shared_files import REPOSITORY


def test_without_a_file_bybit_rub_and_vnd_are_collected_on_both_sides() -> None:
    sides = Settings().market_sides("bybit")
    assert [str(side) for side in sides] == [
        "bybit.USDT-RUB BUY",
        "bybit.USDT-RUB SELL",
        "bybit.USDT-VND BUY",
        "bybit.USDT-VND SELL",
    ]
    assert Settings().market_sides("binance") == ()


def test_a_market_and_a_profile_are_a_few_lines() -> None:
    settings = parse_settings(
        """
timezone: Europe/Moscow
markets:
  - market: binance.USDT-BOB
    profile: bank
    amounts_fiat: [700, 7000.50]
    amounts_asset: [100, 1000]
profiles:
  bank: {payment_methods: [bank_transfer], min_completion_rate: 0.9, min_orders_30d: 10, merchants_only: true}
"""
    )
    entry = settings.markets[0]
    assert entry.market == Market("binance", "USDT", "BOB")
    assert entry.amounts_fiat == (Decimal(700), Decimal("7000.5"))
    bank = settings.profile("bank")
    assert bank.admits(["bank_transfer"], 0.95, 20, is_merchant=True)
    assert not bank.admits(["cash_in_person"], 0.95, 20, is_merchant=True)
    assert not bank.admits(["bank_transfer"], None, 20, is_merchant=True)
    assert settings.market_sides("binance")[1].side is Side.SELL


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("timezone: Mars\n", 1, "Europe/Moscow"),
        ("markets:\n  - market: bybit.USDTRUB\n", 2, "venue.ASSET-FIAT"),
        ("markets:\n  - market: kraken.USDT-RUB\n", 2, "known are bybit, binance"),
        ("markets:\n  - market: bybit.USDT-RUB\n    minimum_offers: many\n", 3, "'many'"),
        ("markets:\n  - market: bybit.USDT-RUB\n    profile: mine\n", 1, "known are wide, strict"),
        ("markets:\n  - market: bybit.USDT-RUB\n  - market: bybit.USDT-RUB\n", 1, "listed twice"),
        ("markets:\n  - market: bybit.USDT-RUB\n    amounts_fiat: [1]\n", 2, "give both or neither"),
        ("timezone: UTC\ncolection: {}\n", 2, "'colection' is no setting"),
        ("collection:\n  budget_seconds: 99\n", 2, "less than or equal to 25"),
        ("collection:\n  interval_seconds: 45\n", 2, "multiple of 30"),
        ("timezone: UTC\ntimezone: UTC\n", 2, "given twice"),
        ("profiles:\n  wide: {}\n", 1, "admits every offer"),
        ("venues:\n  okx: {}\n", 1, "known are bybit, binance"),
        ("markets: [\n", 2, "mend the YAML"),
        ("- bybit\n", 1, "name: value"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(text: str, line: int, says: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_settings(text)
    assert f"settings.yaml line {line}:" in str(error.value)
    assert says in str(error.value)


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        parse_settings("timezone: Mars\nspeed: 9\n")
    assert "line 1" in str(error.value)
    assert "line 2" in str(error.value)


def test_a_named_file_that_does_not_exist_is_an_error_and_an_unnamed_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(environment={}) == Settings()
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(environment={"P2P_SETTINGS": "missing.yaml"})


def test_an_empty_file_means_the_defaults() -> None:
    assert parse_settings("# nothing yet\n") == Settings()


def test_the_settings_file_of_the_repository_is_the_defaults_written_out() -> None:
    shipped = load_settings(REPOSITORY / "settings.yaml", environment={})
    assert shipped == Settings()
