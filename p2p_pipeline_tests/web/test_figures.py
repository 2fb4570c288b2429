"""Figures for people: the places, signs and spaces of each kind, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from p2p_pipeline.web.figures import Figures, places_of
from p2p_pipeline.web.words.languages import Words

EN = Figures(Words("en"), ZoneInfo("UTC"))
RU = Figures(Words("ru"), ZoneInfo("Europe/Moscow"))


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("amount", "code", "english", "russian"),
    [
        ("2541000", "VND", "2,541,000 VND", "2 541 000 VND"),
        ("615.7", "RUB", "615.70 RUB", "615,70 RUB"),
        ("10000.4", "RUB", "10,000 RUB", "10 000 RUB"),
        ("12.3456", "KWD", "12.346 KWD", "12,346 KWD"),
        ("900", "VND", "900 VND", "900 VND"),
    ],
)
def test_fiat_has_its_own_digits_and_its_code(amount: str, code: str, english: str, russian: str) -> None:
    assert spaced(EN.fiat(Decimal(amount), code)) == english
    assert spaced(RU.fiat(Decimal(amount), code)) == russian


@pytest.mark.parametrize(
    ("amount", "code", "english"),
    [("615.7613", "USDT", "615.76 USDT"), ("0.0123456", "BTC", "0.01235 BTC"), ("12.5", "BTC", "12.5 BTC")],
)
def test_an_asset_has_as_many_places_as_it_is_worth(amount: str, code: str, english: str) -> None:
    assert spaced(EN.asset(Decimal(amount), code)) == english


@pytest.mark.parametrize(
    ("share", "english"), [(0.0042, "+0.42 %"), (-0.0042, "\u22120.42 %"), (-0.00001, "0.00 %"), (0.0, "0.00 %")]
)
def test_a_share_has_its_sign_and_nothing_is_never_less_than_nothing(share: float, english: str) -> None:
    assert spaced(EN.share(share)) == english


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (0.4, "now", "сейчас"),
        (12, "12 s", "12 с"),
        (200, "3 min", "3 мин"),
        (8000, "2 h", "2 ч"),
        (200_000, "2 d", "2 д"),
    ],
)
def test_an_age_is_in_its_largest_unit(seconds: float, english: str, russian: str) -> None:
    assert (spaced(EN.age(seconds)), spaced(RU.age(seconds))) == (english, russian)


def test_a_time_is_in_the_readers_zone_and_has_a_date_only_on_other_days() -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert RU.clock(now.replace(hour=9), now) == "12:00:00"
    assert RU.clock(now.replace(day=29, hour=20), now) == "2026-11-29 23:00:00"


def test_a_column_of_prices_has_the_places_of_its_finest() -> None:
    assert places_of([Decimal("83.1"), Decimal("83.125"), Decimal(26352)]) == 3
    assert places_of([]) == 2


def test_a_number_below_nothing_has_a_minus_and_no_hyphen() -> None:
    assert (EN.plain(Decimal("-0.25")), RU.plain(Decimal("-0.25"))) == ("\u22120.25", "\u22120,25")
