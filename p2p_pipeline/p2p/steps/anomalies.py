"""Rollups to `anomalies`: which hours of a market's day were unusual, each judged by the weeks before it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.schema import ROLLUPS
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey
from p2p_pipeline.p2p.metrics.unusual.day import HISTORY_DAYS, MarketHours, anomaly_rows
from p2p_pipeline.p2p.metrics.unusual.grid import HOUR_SECONDS
from p2p_pipeline.p2p.metrics.unusual.outages import FORGOTTEN_HOURS
from p2p_pipeline.p2p.metrics.unusual.schema import ANOMALIES
from p2p_pipeline.p2p.metrics.unusual.tags import DayCalendar, tags_of
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.continuing import StepReport, continuing, step_report, write_partition
from p2p_pipeline.p2p.steps.series import imported_key
from p2p_pipeline.p2p.versions import ANOMALY_VERSION

_SERIES = ("side", "measure", "profile", "step")
_COLUMNS = [*_SERIES, "amount_fiat", "period_start", "median", "observations", "seen"]


def build_anomalies(
    lake: Lake, market_key: str, day: date, settings: Settings, now: datetime, full: bool = False
) -> StepReport:
    """Judge every hour of a day, of every series of a market, up to `now`; the day's partition is replaced.

    It reads the hourly rollups of the day and of the eight weeks before it, nothing else, and does nothing when these
    and the settings are as they were. A day without any history of the market gets an empty partition.
    """
    started = time.perf_counter()
    with lake.writing(market_key):
        last_hour = _last_hour(lake, market_key, day, now)
        known = _facts(lake, market_key, day, settings, last_hour)
        if not full and continuing(lake, ANOMALIES, day, market_key, known):
            rows = 0, lake.rows(ANOMALIES, day, market_key)
        else:
            made = ANOMALIES.table_of(list(_rows(lake, market_key, day, settings, last_hour)))
            rows = write_partition(lake, ANOMALIES, day, market_key, ANOMALIES.empty(), made, known)
    return step_report(day, market_key, {ANOMALIES.name: rows}, started)


def is_judged(lake: Lake, market_key: str, day: date, settings: Settings, now: datetime) -> bool:
    """Whether the lake has a day as `build_anomalies` would leave it."""
    known = _facts(lake, market_key, day, settings, _last_hour(lake, market_key, day, now))
    return bool(continuing(lake, ANOMALIES, day, market_key, known))


def judged_day(lake: Lake, market_key: str, day: date, settings: Settings, now: datetime) -> pa.Table:
    """What `build_anomalies` would write of a day, written nowhere."""
    return ANOMALIES.table_of(list(_rows(lake, market_key, day, settings, _last_hour(lake, market_key, day, now))))


def judgeable_days(lake: Lake, market_key: str) -> list[date]:
    """The days of a market that have rollups, collected or imported: those that `build_anomalies` has work on."""
    both = {market_key, imported_key(market_key)}
    return sorted({found.day for found in lake.partitions(ROLLUPS) if found.market_key in both})


def hours_of_market(lake: Lake, market_key: str, day: date, last_hour: int) -> MarketHours:
    """The hourly rollups of a market from eight weeks before a day up to an hour (since 1970 UTC) of it."""
    first = day - timedelta(days=HISTORY_DAYS)
    wanted = compute.field("period_seconds") == HOUR_SECONDS
    tables = [
        lake.read_range(ROLLUPS, key, first, day, _COLUMNS, wanted) for key in (imported_key(market_key), market_key)
    ]
    frame = pd.concat([table.to_pandas() for table in tables], ignore_index=True)
    frame["start"] = frame["period_start"].astype("datetime64[s, UTC]").astype("int64")
    frame = frame[frame["start"] <= last_hour * HOUR_SECONDS]
    market = Market.parse(market_key)
    return MarketHours(
        series=list(_series_in(frame, market)),
        looks={side: _looks_in(frame, MarketSide(market, side)) for side in Side},
        first_hour=_hour_of(first),
        day_hour=_hour_of(day),
        last_hour=last_hour,
    )


def _rows(lake: Lake, market_key: str, day: date, settings: Settings, last_hour: int) -> Iterator[dict[str, object]]:
    hours = hours_of_market(lake, market_key, day, last_hour)
    zone = ZoneInfo(settings.timezone)
    calendar = DayCalendar.of(Market.parse(market_key).fiat, settings.analytics, zone)
    asked = range(hours.day_hour, last_hour + 1)
    tags = tags_of(calendar, [calendar.local_day(hour * HOUR_SECONDS) for hour in asked])
    yield from anomaly_rows(hours, tags, zone)


def _last_hour(lake: Lake, market_key: str, day: date, now: datetime) -> int:
    """The last hour of a day that can be judged: the newest one that is over, or has been seen already."""
    seen = _newest_seen(lake, market_key, day)
    hour_of_now = int(now.timestamp()) // HOUR_SECONDS
    newest = hour_of_now if seen == hour_of_now else hour_of_now - 1
    last = min(_hour_of(day) + 23, newest)
    days = judgeable_days(lake, market_key)
    own = lake.path(ROLLUPS, day, market_key)
    since = day - timedelta(hours=FORGOTTEN_HOURS)
    is_collected = own.exists() or any(
        found.market_key == market_key and since <= found.day <= day for found in lake.partitions(ROLLUPS)
    )
    if not is_collected and seen is not None and (not days or days[-1] <= day):
        # A recorded series simply ends: that is no outage.
        last = min(last, seen)
    return last


def _newest_seen(lake: Lake, market_key: str, day: date) -> int | None:
    wanted = compute.field("period_seconds") == HOUR_SECONDS
    found = [
        compute.max(lake.read_range(ROLLUPS, key, day, day, ["period_start"], wanted)["period_start"]).as_py()
        for key in (market_key, imported_key(market_key))
    ]
    return max((int(moment.timestamp()) // HOUR_SECONDS for moment in found if moment is not None), default=None)


def _facts(lake: Lake, market_key: str, day: date, settings: Settings, last_hour: int) -> dict[str, str]:
    days = [day - timedelta(days=back) for back in range(HISTORY_DAYS + 1)]
    sources = [lake.facts(ROLLUPS, one, key) for one in days for key in (market_key, imported_key(market_key))]
    analytics = settings.analytics
    chosen = (settings.timezone, analytics.events, sorted(analytics.holiday_countries.items()))
    return {
        "anomaly_version": ANOMALY_VERSION,
        "sources": hashlib.sha256(repr((sources, chosen)).encode()).hexdigest()[:16],
        "last_hour": str(last_hour),
    }


def _hour_of(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) // HOUR_SECONDS


def _series_in(frame: pd.DataFrame, market: Market) -> Iterator[Series]:
    valued = frame[frame["observations"] > 0]
    # Of the same hour the last one counts: the collected one.
    valued = valued.drop_duplicates([*_SERIES, "start"], keep="last").sort_values("start", kind="stable")
    for (side, measure, profile, step), rows in valued.groupby(list(_SERIES), dropna=False, sort=True):
        amount = rows["amount_fiat"].iloc[-1]
        yield Series(
            key=SeriesKey(
                MarketSide(market, Side(side)),
                measure,
                None if pd.isna(profile) else str(profile),
                None if pd.isna(step) else int(step),
            ),
            amount_fiat=amount if isinstance(amount, Decimal) else None,
            period_seconds=HOUR_SECONDS,
            starts=rows["start"].to_numpy(dtype=np.int64),
            values=rows["median"].to_numpy(dtype=np.float64),
            observations=rows["observations"].to_numpy(dtype=np.int64),
        )


def _looks_in(frame: pd.DataFrame, market_side: MarketSide) -> Series:
    looks = frame[frame["side"] == str(market_side.side)].groupby("start")["seen"].max()
    return Series(
        key=SeriesKey(market_side, "looks"),
        amount_fiat=None,
        period_seconds=HOUR_SECONDS,
        starts=looks.index.to_numpy(dtype=np.int64),
        values=looks.to_numpy(dtype=np.float64),
        observations=np.ones(len(looks), dtype=np.int64),
    )
