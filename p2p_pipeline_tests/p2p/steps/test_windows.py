"""Advice as tables of the lake, from imported and executable series."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.windows import answer_windows
from p2p_pipeline.p2p.lake_sql import query
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.metrics.history.schema import ROLLUPS
from p2p_pipeline.p2p.metrics.history.series import SeriesKey
from p2p_pipeline.p2p.metrics.timing.schema import WALK_FORWARD, WINDOWS
from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline.p2p.steps.import_series import import_series
from p2p_pipeline.p2p.steps.summaries import summarize
from p2p_pipeline.p2p.steps.windows import build_windows, timed_series
from p2p_pipeline_tests.p2p.metrics.timing.simulated_series import MARKET, WEEK
from p2p_pipeline_tests.p2p.steps.rhythm_file import FIRST, WEEKS, series_file

NOW = datetime(2024, 3, 1, tzinfo=UTC)
LAST_DAY = (FIRST + timedelta(weeks=WEEKS) - timedelta(days=1)).date()
SETTINGS = parse_settings("timezone: UTC")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with the imported file."""
    folder = tmp_path_factory.mktemp("windows")
    lake = Lake(folder / "lake")
    import_series(folder / "imported_series", lake, series_file(folder), MARKET, NOW)
    return lake


def test_every_series_has_its_advice_and_what_is_too_short_says_so(lake: Lake) -> None:
    report = build_windows(lake, MARKET.key, LAST_DAY, SETTINGS, NOW)
    assert report.total_rows == {"windows": 25, "walk_forward": 4}
    rows = lake.read(WINDOWS, LAST_DAY, MARKET.key)
    assert WINDOWS.failures(rows) == {}
    assert WALK_FORWARD.failures(lake.read(WALK_FORWARD, LAST_DAY, MARKET.key)) == {}
    (short,) = [row for row in rows.to_pylist() if row["measure"] == "short"]
    assert (short["verdict"], short["hour"]) == ("none", None)
    assert short["reason"] == "not enough history: 3 weeks of 4"


def test_the_recommended_hours_are_a_query(lake: Lake) -> None:
    build_windows(lake, MARKET.key, LAST_DAY, SETTINGS, NOW)
    wanted = f"SELECT hour, improvement, caution FROM windows WHERE is_recommended AND date = '{LAST_DAY}'"
    found = query(lake.root, wanted).to_pylist()
    assert 6 in {row["hour"] for row in found}
    assert all(abs(row["hour"] - 6) <= 3 and row["improvement"] > 0 for row in found)
    assert all("recorded elsewhere" in row["caution"] for row in found)
    judged = f"SELECT realised FROM walk_forward WHERE measure = 'ask' AND date = '{LAST_DAY}'"
    weeks = [row["realised"] for row in query(lake.root, judged).to_pylist()]
    assert len(weeks) == 4
    assert np.mean(weeks) == pytest.approx(0.0036, abs=0.001)


def test_making_it_again_replaces_it_and_days_after_it_do_not_count(lake: Lake) -> None:
    early = date(2024, 2, 2)
    build_windows(lake, MARKET.key, early, SETTINGS, NOW)
    first = lake.read(WINDOWS, early, MARKET.key)
    build_windows(lake, MARKET.key, early, SETTINGS, NOW)
    assert lake.read(WINDOWS, early, MARKET.key) == first
    assert {round(row["weeks"] * 7) for row in first.to_pylist() if row["measure"] == "ask"} == {33}


def test_a_series_imported_later_gets_its_advice_and_without_news_nothing_is_made_anew(tmp_path: Path) -> None:
    lake, folder = Lake(tmp_path / "lake"), tmp_path / "imported_series"
    whole = series_file(tmp_path).read_text().splitlines()
    for number, column in enumerate((2, 3)):
        part = tmp_path / f"part{number}.csv"
        part.write_text("\n".join(",".join(line.split(",")[place] for place in (0, 1, column)) for line in whole))
        import_series(folder, lake, part, MARKET, NOW)
        summarize(lake, "timing", SETTINGS, NOW + timedelta(days=400))
        assert build_windows(lake, MARKET.key, LAST_DAY, SETTINGS, NOW).new_rows["windows"] == 0
    assert set(lake.read(WINDOWS, LAST_DAY, MARKET.key)["measure"].to_pylist()) == {"ask", "short"}
    berlin = parse_settings("timezone: Europe/Berlin")
    assert build_windows(lake, MARKET.key, LAST_DAY, berlin, NOW).new_rows["windows"] > 0


def test_the_settings_hours_are_what_the_tables_are_against(lake: Lake) -> None:
    by_day = parse_settings("timezone: UTC\nanalytics: {trading_hours: 8-22}")
    assert build_windows(lake, MARKET.key, LAST_DAY, by_day, NOW).new_rows["windows"] > 0
    rows = [row for row in lake.read(WINDOWS, LAST_DAY, MARKET.key).to_pylist() if row["measure"] == "ask"]
    assert {row["trading_hours"] for row in rows} == {"8-22"}
    assert {row["hour"] for row in rows} == set(range(8, 22))
    assert {(row["weeks_touched"], row["weeks_judged"], row["is_of_weekdays"]) for row in rows} == {(8, 4, False)}
    assert {row["trading_hours"] for row in lake.read(WALK_FORWARD, LAST_DAY, MARKET.key).to_pylist()} == {"8-22"}


def test_counts_and_spreads_of_offers_are_no_prices_to_time(lake: Lake) -> None:
    assert [key.measure for key in timed_series(lake, MARKET)] == ["ask", "short"]
    assert lake.partitions(ROLLUPS)


def test_a_range_of_days_is_advised_from_these_days_alone(lake: Lake) -> None:
    key = SeriesKey(MarketSide(MARKET, Side.BUY), "ask")
    found = answer_windows(lake, key, SETTINGS, "Asia/Kathmandu", date(2024, 1, 8), date(2024, 2, 11))
    assert found.series.period_seconds == 300
    assert found.advice.observations == 5 * WEEK
    assert datetime.fromtimestamp(int(found.series.starts[0]), ZoneInfo("Asia/Kathmandu")).date() == date(2024, 1, 8)
    assert datetime.fromtimestamp(int(found.series.starts[-1]), ZoneInfo("Asia/Kathmandu")).date() == date(2024, 2, 11)
    assert {hour.hour for hour in found.advice.hours} & {11, 12}
