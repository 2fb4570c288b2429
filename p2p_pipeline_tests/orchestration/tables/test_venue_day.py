"""Which slots of a day are missing: of what is collected all, of what was recorded or made up those of its pace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market, Side, slots_of_day
from p2p_pipeline.p2p.offers.schema import SNAPSHOTS
from p2p_pipeline.p2p.quality.judging import JUDGES
from p2p_pipeline.p2p.quality.outcome import QualityOutcome
from p2p_pipeline.p2p.quality.venue_day import VenueDay
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.settings import MarketSettings, Settings
from p2p_pipeline_tests.p2p.quality.made_up import snapshot, snapshots

KEY = "bybit.USDT-RUB"
TODAY = datetime(2026, 9, 2, tzinfo=UTC)
YESTERDAY = TODAY - timedelta(days=1)
SETTINGS = Settings(markets=(MarketSettings(market=Market.parse(KEY)),))
AN_HOUR = 120
ALL_DAY = range(24 * AN_HOUR)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def keep(
    lake: Lake,
    day: datetime,
    numbers: range | list[int],
    source: str = "live",
    failed: range = range(0),
    key: str = KEY,
) -> None:
    first = slots_of_day(day.date()).start
    rows = [
        snapshot(
            first + number,
            side,
            market_key=key,
            snapshot_id=f"{key}:{side}:{day.day}-{number}",
            source=source,
            stop_reason="failed" if number in failed else "book_end",
        )
        for number in numbers
        for side in Side
    ]
    lake.write(SNAPSHOTS, day.date(), key, snapshots(*rows), {})


def slot_gaps(lake: Lake, now: datetime, day: datetime = TODAY, settings: Settings = SETTINGS) -> QualityOutcome:
    return JUDGES["slot_gaps"](VenueDay("bybit", day.date(), now, settings, RawReader(lake.root), lake))


NEXT_DAY = TODAY + timedelta(days=1, minutes=10)


@pytest.mark.parametrize(
    "alive", [range(6 * AN_HOUR), range(6 * AN_HOUR, 24 * AN_HOUR)], ids=["dead from six", "dead until six"]
)
def test_a_collector_that_was_dead_for_hours_is_a_gap_wherever_in_the_day(lake: Lake, alive: range) -> None:
    keep(lake, YESTERDAY, ALL_DAY)
    keep(lake, TODAY, alive)
    missing = 2 * (len(ALL_DAY) - len(alive))
    assert slot_gaps(lake, NEXT_DAY).observed.startswith(f"{missing} missing")
    assert not slot_gaps(lake, NEXT_DAY).passed


def test_a_configured_market_without_a_file_that_day_misses_the_whole_day(lake: Lake) -> None:
    keep(lake, YESTERDAY, ALL_DAY)
    assert slot_gaps(lake, NEXT_DAY).observed == "5760 missing (100.0 %)"


def test_failed_tries_do_not_set_the_pace(lake: Lake) -> None:
    probes = range(AN_HOUR, 24 * AN_HOUR, 10)
    keep(lake, TODAY, [*range(AN_HOUR), *probes], failed=probes)
    assert slot_gaps(lake, NEXT_DAY).observed.startswith(f"{2 * 23 * AN_HOUR} missing")


def test_a_day_is_wanted_from_where_collecting_began_and_until_now(lake: Lake) -> None:
    keep(lake, TODAY, range(6 * AN_HOUR, 7 * AN_HOUR))
    assert slot_gaps(lake, TODAY + timedelta(hours=7)).passed
    assert slot_gaps(lake, TODAY + timedelta(hours=8)).observed.startswith("238 missing")


@pytest.mark.parametrize(("source", "pace"), [("simulated", AN_HOUR), ("imported", 1)])
def test_the_history_before_the_first_collection_is_no_outage(lake: Lake, source: str, pace: int) -> None:
    keep(lake, YESTERDAY, range(0, 24 * AN_HOUR, pace), source)
    keep(lake, TODAY, range(6 * AN_HOUR, 7 * AN_HOUR), "simulated")
    assert slot_gaps(lake, TODAY + timedelta(hours=7)).passed
    assert slot_gaps(lake, TODAY, YESTERDAY).passed


def test_the_day_a_demo_starts_on_passes_with_its_coarse_hours(lake: Lake) -> None:
    keep(lake, YESTERDAY, range(0, 24 * AN_HOUR, AN_HOUR), "simulated")
    coarse = range(0, 10 * AN_HOUR, AN_HOUR)
    keep(lake, TODAY, [*coarse, *range(10 * AN_HOUR - 7, 10 * AN_HOUR + 40)], "simulated")
    assert slot_gaps(lake, TODAY + timedelta(seconds=30 * (10 * AN_HOUR + 41))).passed


def test_a_market_that_is_only_recorded_is_judged_by_its_own_pace(lake: Lake) -> None:
    keep(lake, TODAY, range(0, 24 * AN_HOUR, 4), "imported", key="bybit.USDT-VND")
    assert slot_gaps(lake, NEXT_DAY).observed == "0 missing (0.0 %)"
