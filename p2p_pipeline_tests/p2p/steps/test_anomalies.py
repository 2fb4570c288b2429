"""A day is judged from the lake as it could be known then, cheaply, and again only when something changed."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.metrics.unusual.schema import ANOMALIES
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.anomalies import build_anomalies, hours_of_market, judgeable_days
from p2p_pipeline.p2p.steps.series import imported_key
from p2p_pipeline_tests.p2p.steps.calm_series import DAYS, FIRST, KEY, Values, calm_values, store

LAST = FIRST + timedelta(days=DAYS - 1)
LATER = datetime(2025, 6, 1, tzinfo=UTC)


def build(lake: Lake, day: date = LAST, now: datetime = LATER, full: bool = False) -> list[dict[str, Any]]:
    build_anomalies(lake, KEY, day, Settings(), now, full)
    rows: list[dict[str, Any]] = lake.read(ANOMALIES, day, KEY).to_pylist()
    return rows


def test_a_day_has_a_row_an_hour_and_series_and_fits_its_table(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    store(lake, calm_values())
    rows = build(lake)
    assert len(rows) == 4 * 24
    assert ANOMALIES.failures(lake.read(ANOMALIES, LAST, KEY)) == {}
    assert {row["state"] for row in rows} == {"normal"}
    assert {row["amount_fiat"] for row in rows if row["measure"] == "executable"} == {Decimal(700)}


def test_a_day_is_judged_again_only_when_its_weeks_or_the_settings_changed(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    values = calm_values()
    store(lake, values)
    assert build_anomalies(lake, KEY, LAST, Settings(), LATER).new_rows["anomalies"] == 96
    assert build_anomalies(lake, KEY, LAST, Settings(), LATER).new_rows["anomalies"] == 0
    values["BUY", "executable", 0][24 * 20 + 3] *= 1.3
    store(lake, values, days=[20])
    assert build_anomalies(lake, KEY, LAST, Settings(), LATER).new_rows["anomalies"] == 96
    other = Settings.model_validate({"timezone": "America/La_Paz"})
    assert build_anomalies(lake, KEY, LAST, other, LATER).new_rows["anomalies"] == 96
    assert build_anomalies(lake, KEY, LAST, other, LATER, full=True).new_rows["anomalies"] == 96


def test_what_comes_later_changes_no_row_of_a_day(tmp_path: Path) -> None:
    short, long = Lake(tmp_path / "short"), Lake(tmp_path / "long")
    values = calm_values(DAYS + 5)
    store(short, {name: series[: 24 * DAYS] for name, series in values.items()})
    for series in values.values():
        series[24 * DAYS :] *= 3
    store(long, values)
    assert build(short) == build(long)


def test_today_ends_at_the_newest_whole_hour_and_its_rows_do_not_change_afterwards(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    values = calm_values()
    cut = {name: series.copy() for name, series in values.items()}
    for series in cut.values():
        series[24 * (DAYS - 1) + 10 :] = np.nan
    store(lake, cut)
    at_ten = build(lake, now=datetime(2025, 2, 5, 10, 20, tzinfo=UTC))
    assert max(row["hour_start"].hour for row in at_ten) == 9
    store(lake, values, days=[DAYS - 1])
    assert [row for row in build(lake) if row["hour_start"].hour < 10] == at_ten


def test_a_market_that_falls_silent_today_has_an_outage_without_any_new_row_in_the_lake(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    store(lake, calm_values())
    rows = build(lake, LAST + timedelta(days=1), datetime(2025, 2, 6, 4, 30, tzinfo=UTC))
    assert len(rows) == 4 * 4
    assert {row["state"] for row in rows} == {"outage"}


def test_an_imported_series_that_ends_is_no_outage_and_collected_values_count_before_imported_ones(
    tmp_path: Path,
) -> None:
    lake = Lake(tmp_path)
    values: Values = {("BUY", "vwap", None): calm_values()["BUY", "executable", 0].copy()}
    values["BUY", "vwap", None][24 * (DAYS - 1) + 8 :] = np.nan
    store(lake, values, imported_key(KEY))
    rows = build(lake)
    assert [row["hour_start"].hour for row in rows] == list(range(8))
    assert {row["state"] for row in rows} == {"normal"}
    assert judgeable_days(lake, KEY)[-1] == LAST
    store(lake, {("BUY", "vwap", None): np.full(24 * DAYS, 9.0)}, KEY, days=[DAYS - 1])
    last_hour = int(datetime(2025, 2, 5, 23, tzinfo=UTC).timestamp()) // 3600
    (series,) = hours_of_market(lake, KEY, LAST, last_hour).series
    assert set(series.values[-24:].tolist()) == {9.0}
    assert len(series) == 24 * DAYS


def test_a_market_without_history_gets_an_empty_partition(tmp_path: Path) -> None:
    assert build(Lake(tmp_path)) == []


def test_a_day_costs_the_same_after_a_long_history_as_after_eight_weeks(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    store(lake, calm_values(70))
    near, far = FIRST + timedelta(days=58), FIRST + timedelta(days=69)
    seconds = {day: min(_seconds(lake, day) for _ in range(2)) for day in (near, far)}
    assert seconds[far] < 2 * seconds[near] + 0.2


def _seconds(lake: Lake, day: date) -> float:
    started = time.process_time()
    build(lake, day, full=True)
    return time.process_time() - started


def test_unknown_holidays_in_the_settings_are_told_before_anything_is_written(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    store(lake, calm_values(2))
    wrong = Settings.model_validate({"analytics": {"holiday_countries": {"BOB": "ZZ"}}})
    with pytest.raises(ValueError, match="holiday_countries has 'ZZ' for BOB"):
        build_anomalies(lake, KEY, FIRST, wrong, LATER)
    assert lake.partitions(ANOMALIES) == []
