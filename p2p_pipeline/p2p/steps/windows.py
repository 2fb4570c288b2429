"""Rollups to advice: `windows` and `walk_forward` of a market, as of a day."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.schema import EXECUTABLE, ROLLUPS
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey
from p2p_pipeline.p2p.metrics.timing.advice import Advice, advise_and_walk
from p2p_pipeline.p2p.metrics.timing.gains import GainHistory
from p2p_pipeline.p2p.metrics.timing.holes import WeekSeen, weeks_seen
from p2p_pipeline.p2p.metrics.timing.judgement import judge
from p2p_pipeline.p2p.metrics.timing.local_hours import SeriesUnusable, local_hours, needs_short_periods
from p2p_pipeline.p2p.metrics.timing.remembered import Judge
from p2p_pipeline.p2p.metrics.timing.rows import walk_forward_rows, window_rows
from p2p_pipeline.p2p.metrics.timing.schema import WALK_FORWARD, WINDOWS
from p2p_pipeline.p2p.metrics.timing.walk_forward import ScoredWeek
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.continuing import StepReport, continuing, step_report, write_partition
from p2p_pipeline.p2p.steps.series import available_series, imported_key, read_series
from p2p_pipeline.p2p.trading_hours import ALL_DAY, TradingHours
from p2p_pipeline.p2p.versions import TIMING_VERSION

_HOUR, _FIVE_MINUTES = 3600, 300


@dataclass(frozen=True, slots=True)
class WindowsAnswer:
    """One series, the advice from it, and how such advice did on weeks it had not seen."""

    series: Series
    advice: Advice
    weeks: list[ScoredWeek]
    trading: TradingHours = ALL_DAY
    """The hours in which the person can trade: what everything is against."""
    seen: tuple[WeekSeen, ...] = ()
    """Every week the series touches, and whether it was judged."""


def read_timed(lake: Lake, key: SeriesKey, timezone: str, first: date | None, last: date | None) -> Series:
    """The series between two UTC days, as finely as the time zone's hours need."""
    return read_series(lake, key, first, last, _FIVE_MINUTES if needs_short_periods(timezone) else _HOUR)


def advised(
    series: Series,
    settings: Settings,
    timezone: str,
    trading: TradingHours | None = None,
    judging: Judge = judge,
) -> WindowsAnswer:
    """The advice from a series, and how such advice did on weeks it had not seen; the settings' hours unless given."""
    analytics, trading = settings.analytics, trading or trading_hours(settings)
    asked = (series, timezone, analytics.confidence, analytics.minimum_weeks, 0, trading, judging)
    advice, weeks = advise_and_walk(*asked)
    return WindowsAnswer(series, advice, weeks, trading, _seen(series, timezone, trading, weeks, settings))


def _seen(
    series: Series, timezone: str, trading: TradingHours, weeks: list[ScoredWeek], settings: Settings
) -> tuple[WeekSeen, ...]:
    try:
        history = GainHistory.of(local_hours(series, timezone), series.key.market_side.side, trading)
    except SeriesUnusable:
        return ()
    judged = {week.first_day for week in weeks}
    return tuple(weeks_seen(history, judged, settings.analytics.minimum_weeks))


def trading_hours(settings: Settings) -> TradingHours:
    """The hours in which the settings say that a person can trade."""
    return TradingHours.parse(settings.analytics.trading_hours)


def build_windows(lake: Lake, market_key: str, as_of: date, settings: Settings, now: datetime) -> StepReport:
    """Make `windows` and `walk_forward` of a market, from all days up to `as_of`, under that day.

    Every executable series and every imported one has its advice; where there is too little history, a row says so.
    Nothing is made anew while the rollups and the settings are as they were.
    """
    started = time.perf_counter()
    analytics = settings.analytics
    facts = {
        "timing_version": TIMING_VERSION,
        "asked": f"{settings.timezone} {analytics.confidence} {analytics.minimum_weeks} {trading_hours(settings)}",
        "sources": _rollups_version(lake, market_key, as_of),
    }
    tables = (WINDOWS, WALK_FORWARD)
    if all(continuing(lake, table, as_of, market_key, facts) for table in tables):
        return step_report(
            as_of, market_key, {table.name: (0, lake.rows(table, as_of, market_key)) for table in tables}, started
        )
    windows, weeks = [WINDOWS.empty()], [WALK_FORWARD.empty()]
    for key in timed_series(lake, Market.parse(market_key)):
        found = advised(read_timed(lake, key, settings.timezone, None, as_of), settings, settings.timezone)
        windows.append(window_rows(found.series, found.advice, now, found.trading, found.seen))
        weeks.append(walk_forward_rows(found.series, found.weeks, settings.timezone, found.trading))
    report = {}
    with lake.writing(market_key):
        for table, rows in ((WINDOWS, windows), (WALK_FORWARD, weeks)):
            new = pa.concat_tables(rows)
            report[table.name] = write_partition(lake, table, as_of, market_key, table.empty(), new, facts)
    return step_report(as_of, market_key, report, started)


def _rollups_version(lake: Lake, market_key: str, as_of: date) -> str:
    """Changes when any day of the market's rollups does, collected or imported."""
    keys = {market_key, imported_key(market_key)}
    days = [part for part in lake.partitions(ROLLUPS) if part.market_key in keys and part.day <= as_of]
    told = [(part.market_key, part.day, lake.facts(ROLLUPS, part.day, part.market_key)) for part in days]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def timed_series(lake: Lake, market: Market) -> list[SeriesKey]:
    """The series of a market that advice is made from: executable prices, and all that were imported."""
    imported = lake.read_range(ROLLUPS, imported_key(market.key), None, None, ["measure"])
    measures = {EXECUTABLE, *imported["measure"].unique().to_pylist()}
    sides = [MarketSide(market, side) for side in Side]
    found = [entry.key for side in sides for entry in available_series(lake, side)]
    return [key for key in found if key.measure in measures]
