"""Days are tagged as people in the fiat's country live them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from p2p_pipeline.p2p.metrics.unusual.countries import country_of, holidays_of, weekend_of, zone_of
from p2p_pipeline.p2p.metrics.unusual.tags import UNKNOWN, DayCalendar, tags_of
from p2p_pipeline.p2p.settings_analytics import AnalyticsSettings, EventSettings
from p2p_pipeline.p2p.simulator.currencies import FIATS

HOME = ZoneInfo("Europe/Berlin")
AMBIGUOUS = {"EUR", "USD", "XAF", "XOF"}


def calendar(fiat: str, **analytics: object) -> DayCalendar:
    return DayCalendar.of(fiat, AnalyticsSettings.model_validate(analytics), HOME)


@pytest.mark.parametrize("fiat", sorted(set(FIATS) - AMBIGUOUS))
def test_every_fiat_of_one_country_has_its_country_time_zone_weekend_and_holidays(fiat: str) -> None:
    country = country_of(fiat, {})
    assert country == FIATS[fiat].country
    assert zone_of(country) is not None
    assert weekend_of(country)
    # Of a year of peace: under martial law Ukraine's are suspended.
    assert len(holidays_of(country, range(2019, 2020))) >= 4


@pytest.mark.parametrize("fiat", sorted(AMBIGUOUS))
def test_a_fiat_of_many_countries_has_none_until_the_settings_name_one(fiat: str) -> None:
    unknown = calendar(fiat)
    assert tags_of(unknown, [date(2025, 12, 25)]) == [(UNKNOWN,)]
    assert unknown.zone is HOME
    assert "holiday" in tags_of(calendar(fiat, holiday_countries={fiat: "DE"}), [date(2025, 12, 25)])[0]


def test_a_country_without_known_holidays_in_the_settings_says_what_to_write() -> None:
    with pytest.raises(ValueError, match=r"holiday_countries has 'XX' for EUR.*such as DE"):
        calendar("EUR", holiday_countries={"EUR": "XX"})


@pytest.mark.parametrize(
    ("fiat", "weekend"),
    [
        ("BOB", {5, 6}),
        ("RUB", {5, 6}),
        ("EGP", {4, 5}),
        ("SAR", {4, 5}),
        ("BDT", {4, 5}),
        ("AED", {5, 6}),
        ("NPR", {5}),
    ],
)
def test_the_weekend_is_the_country_s(fiat: str, weekend: set[int]) -> None:
    monday = date(2025, 6, 2)
    days = [monday.replace(day=2 + number) for number in range(7)]
    tags = tags_of(calendar(fiat), days)
    assert {number for number in range(7) if "weekend" in tags[number]} == weekend


def test_holidays_are_named_and_events_are_of_their_fiats() -> None:
    events = (
        EventSettings(name="fuel shortage", first=date(2025, 8, 5), last=date(2025, 8, 7), fiats=("BOB",)),
        EventSettings(name="payday", first=date(2025, 8, 6), last=date(2025, 8, 6)),
    )
    days = [date(2025, 8, 6), date(2025, 8, 7), date(2025, 8, 8)]
    independence, mourning, after = tags_of(calendar("BOB", events=events), days)
    assert independence[0] == "holiday"
    assert independence[1].startswith("holiday: ")
    assert independence[2:] == ("event: fuel shortage", "event: payday")
    assert "event: payday" not in mourning
    assert after == ()
    assert "event: fuel shortage" not in tags_of(calendar("VND", events=events), days)[0]


def test_a_moment_belongs_to_the_country_s_day_not_to_the_reader_s_or_to_utc_s() -> None:
    late = int(datetime(2025, 6, 7, 20, tzinfo=UTC).timestamp())
    assert calendar("VND").local_day(late) == date(2025, 6, 8)
    assert calendar("BOB").local_day(late) == date(2025, 6, 7)
    assert calendar("USD").local_day(late + 3 * 3600) == date(2025, 6, 8)


def test_no_days_have_no_tags() -> None:
    assert tags_of(calendar("BOB"), []) == []
