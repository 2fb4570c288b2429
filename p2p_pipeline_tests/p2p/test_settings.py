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
        ("collection:\n  budget_seconds: 99\n", 2, "a number of at most 25"),
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
    assert shipped.model_copy(update={"exchanges": None}) == Settings()


LAUGHS = b"a: &a [1,1,1,1,1,1,1,1,1,1]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + step, 98 + step, b",".join([b"*%c" % (97 + step)] * 10)) for step in range(9)
)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (
            b"analytics:\n  events:\n    - {name: x, first: 2026-02-30, last: 2026-03-01}\n",
            3,
            "'2026-02-30' is no date",
        ),
        (b"timezone: UTC\n# caf\xe9\n", 2, "save the file as UTF-8"),
        (b"timezone: UTC\nx: \x01\n", 2, "control character U+0001"),
        (bytes(range(256)), 2, "save the file as UTF-8"),
        (b"timezone: UTC\n? [a, b]\n: 1\n", 2, "a name must be one word"),
        (b"timezone: UTC\nmarkets: &a [*a]\n", 2, "an alias stands within its own value"),
        (b"a: " + b"[" * 5000 + b"]" * 5000, 1, "nested more than 30 deep"),
        (b"".join(b" " * depth + b"a:\n" for depth in range(2000)), 31, "nested more than 30 deep"),
        (LAUGHS, 5, "aliases make more than 100,000 values"),
        (b"retention: {runs_keep_days: !!int x}", 1, "'x' is no number"),
        (b"a: !!python/object:os.system x", 1, "mend the YAML there"),
        (b"1: 2\n", 1, "is no name of a setting"),
    ],
)
def test_a_file_that_is_no_good_yaml_is_told_in_one_sentence_with_its_line(text: bytes, line: int, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text)
    (sentence,) = str(caught.value).splitlines()
    assert sentence.startswith(f"settings.yaml line {line}: ")
    assert says in sentence


@pytest.mark.parametrize(
    ("text", "write"),
    [
        ("quality: {stale_after_seconds: 1.5}", "a whole number"),
        ("markets: 5", "a list such as"),
        ("collection: 5", "lines of `name: value`"),
        ("sweep: {venue: kraken}", "one of 'binance'"),
        ("sweep: {is_scheduled: perhaps}", "true or false"),
        ("sweep: {concurrency: 0}", "a number of at least 1"),
        ("analytics: {events: [{name: x, first: soon, last: 2026-03-01}]}", "a date such as"),
        ("analytics: {combos: [{source: r, target: VND, amounts: [1]}]}", "text that fits"),
        ("timezone: [1]", "text"),
        ("quality: {max_price_deviation: x}", "a number"),
    ],
)
def test_what_to_write_is_said_in_our_words(text: str, write: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text)
    assert f"; write {write}" in str(caught.value)
    for foreign in ("Input should", "input should", "valid", "instance", "unable"):
        assert foreign not in str(caught.value)


def test_a_folder_or_an_unreadable_file_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a folder"):
        load_settings(tmp_path)
    loop = tmp_path / "loop.yaml"
    loop.symlink_to(loop)
    with pytest.raises(SettingsError):
        load_settings(loop)


def test_settings_that_lie_with_the_data_are_used_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "settings.yaml").write_text("timezone: Europe/Moscow")
    assert load_settings(environment={}, data_folder=data).timezone == "Europe/Moscow"
    (data / "settings.yaml").write_text("timezone: Asia/Tokyo")
    assert load_settings(environment={}, data_folder=data).timezone == "Asia/Tokyo"
    assert load_settings(tmp_path / "settings.yaml", {}, data).timezone == "Europe/Moscow"
    named = {"P2P_SETTINGS": str(tmp_path / "settings.yaml")}
    assert load_settings(environment=named, data_folder=data).timezone == "Europe/Moscow"
