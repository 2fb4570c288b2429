"""Who may only read hears the same of a market as `p2p anomalies`, and leaves the lake as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.anomalies import SeriesChoice, Unusual, unusual_between
from p2p_pipeline.p2p.answers.anomalies_read import (
    MOST_JUDGED_DAYS,
    NotJudged,
    unusual_known,
    unusual_now,
    unusual_read,
)
from p2p_pipeline.p2p.answers.anomaly_objects import answer_object
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.unusual.schema import ANOMALIES
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.anomalies import build_anomalies
from p2p_pipeline_tests.p2p.steps.calm_series import DAYS, FIRST, KEY, calm_values, store

BOB = Market.parse(KEY)
LAST = FIRST + timedelta(days=DAYS - 1)
LATER = datetime(2025, 6, 1, tzinfo=UTC)
EVENING = datetime(LAST.year, LAST.month, LAST.day, 23, 50, tzinfo=UTC)
DAYS_ASKED = (LAST - timedelta(days=1), LAST)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A calm market that jumped in the last hours of its last two days."""
    values = calm_values()
    for back in (0, 24):
        values["BUY", "executable", 0][24 * DAYS - back - 2 : 24 * DAYS - back] *= 1.08
    values["SELL", "offers", None][24 * DAYS - 30 : 24 * DAYS - 26] = np.nan
    found = Lake(tmp_path)
    store(found, values)
    return found


def read(lake: Lake) -> Unusual:
    return unusual_read(lake, BOB, SeriesChoice(), DAYS_ASKED, Settings(), LATER)


def test_reading_finds_what_judging_finds_and_keeps_nothing(lake: Lake) -> None:
    build_anomalies(lake, KEY, LAST, Settings(), LATER)
    before = lake.partitions(ANOMALIES)
    found = answer_object(read(lake), None)
    assert lake.partitions(ANOMALIES) == before
    assert found["spans"]
    assert found == answer_object(
        unusual_between(lake.root, BOB, SeriesChoice(), DAYS_ASKED, Settings(), now=LATER), None
    )


def test_a_day_that_was_judged_of_less_is_judged_anew_for_the_answer(lake: Lake) -> None:
    noon = datetime(LAST.year, LAST.month, LAST.day, 12, tzinfo=UTC)
    build_anomalies(lake, KEY, LAST, Settings(), noon)
    newest = max(row["hour_start"] for row in read(lake).now)
    assert newest == EVENING.replace(minute=0)


def test_too_many_days_to_judge_are_told_with_what_to_run(lake: Lake) -> None:
    days = LAST - timedelta(days=MOST_JUDGED_DAYS), LAST
    with pytest.raises(NotJudged, match=f"p2p anomalies --market {KEY} --from {days[0]} --to {LAST}"):
        unusual_read(lake, BOB, SeriesChoice(), days, Settings(), LATER)
    build_anomalies(lake, KEY, LAST, Settings(), LATER)
    known = unusual_known(lake, BOB, SeriesChoice(), (FIRST, LAST), LATER)
    assert known.found is not None
    assert (len(known.unjudged), known.found.events[-1].start.date()) == (DAYS - 1, LAST)


def test_a_market_is_unusual_now_only_while_it_is(lake: Lake) -> None:
    build_anomalies(lake, KEY, LAST, Settings(), EVENING)
    row = unusual_now(lake, MarketSide(BOB, Side.BUY), EVENING)
    assert row is not None
    assert (row["measure"], row["state"]) == ("executable", "unusual")
    assert unusual_now(lake, MarketSide(BOB, Side.BUY), EVENING - timedelta(hours=6)) is None
    assert unusual_now(lake, MarketSide(BOB, Side.BUY), EVENING + timedelta(hours=4)) is None
    assert unusual_now(lake, MarketSide(Market("bybit", "USDT", "RUB"), Side.BUY), EVENING) is None
