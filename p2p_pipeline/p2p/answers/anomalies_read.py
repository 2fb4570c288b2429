"""What was unusual, for who may only read: days that nobody judged yet are judged here and kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.table import MOMENT
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.anomalies import TOLD_STATES, SeriesChoice, Unusual, middle_steps, range_of, unusual_in
from p2p_pipeline.p2p.markets import Market, MarketSide
from p2p_pipeline.p2p.metrics.history.schema import EXECUTABLE
from p2p_pipeline.p2p.metrics.unusual.schema import ANOMALIES
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.anomalies import is_judged, judgeable_days, judged_day
from p2p_pipeline.p2p.steps.series import NoSeries

MOST_JUDGED_DAYS = 8
"""A day takes up to a second to judge: more than a week of them is work for `p2p anomalies`, which keeps it."""
LOOKED_AT_DAYS = 32
"""In a longer range a day that the lake has counts as judged; whether it still is would take a second to see."""
RIGHT_NOW = timedelta(hours=3)
"""An hour that began at most this long ago is still spoken of as now."""


class NotJudged(InvalidInput):
    """Too many days of a range are not judged yet."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of a range without judging it all."""

    found: Unusual | None
    """None where no hour was judged."""
    unjudged: list[date]
    """Days that have history and are not judged; nothing is said of them."""


def unusual_read(
    lake: Lake,
    market: Market,
    choice: SeriesChoice,
    days: tuple[date | None, date | None],
    settings: Settings,
    now: datetime,
) -> Unusual:
    """As `p2p anomalies` finds it. Raises NoSeries, and NotJudged where that would take too long."""
    first, last = range_of(lake, market, days, now)
    outdated = _outdated_days(lake, market, (first, last), settings, now)
    unjudged = sorted({*unjudged_days(lake, market, (first, last)), *outdated})
    if len(unjudged) > MOST_JUDGED_DAYS:
        raise NotJudged(
            "{count} days from {first} to {last} are not judged yet, and at most {most_judged_days} are at once; "
            "ask for fewer days, or run `p2p anomalies --market {market} --from {first} --to {last}` once",
            count=len(unjudged),
            first=first,
            last=last,
            most_judged_days=MOST_JUDGED_DAYS,
            market=market.key,
        )
    fresh = {day: judged_day(lake, market.key, day, settings, now) for day in unjudged}
    return unusual_in(lake, market, choice, (first, last), fresh)


def unusual_known(
    lake: Lake, market: Market, choice: SeriesChoice, days: tuple[date | None, date | None], now: datetime
) -> Judged:
    """The same as far as it was judged already, and of which days it wasn't. Raises NoSeries.

    A day that the lake has counts as judged, though its newest hours may not be in it yet.
    """
    first, last = range_of(lake, market, days, now)
    found = None
    with suppress(NoSeries):
        found = unusual_in(lake, market, choice, (first, last))
    return Judged(found, unjudged_days(lake, market, (first, last)))


def unjudged_days(lake: Lake, market: Market, days: tuple[date, date]) -> list[date]:
    """The days of a range that have history and no judgement."""
    judged = {found.day for found in lake.partitions(ANOMALIES) if found.market_key == market.key}
    return [day for day in judgeable_days(lake, market.key) if days[0] <= day <= days[1] and day not in judged]


def _outdated_days(
    lake: Lake, market: Market, days: tuple[date, date], settings: Settings, now: datetime
) -> list[date]:
    """The days whose judgement is of less history than there is now, today without any history yet included."""
    first, last = days
    since = max(first, last - timedelta(days=LOOKED_AT_DAYS))
    there = {day for day in judgeable_days(lake, market.key) if since <= day <= last}
    if first <= now.date() <= last:
        there.add(now.date())
    return sorted(day for day in there if not is_judged(lake, market.key, day, settings, now))


def unusual_now(lake: Lake, market_side: MarketSide, now: datetime) -> Mapping[str, Any] | None:
    """The row of `anomalies` that says why a market side is unusual right now; None while it isn't, or nobody knows.

    What an amount costs comes first, then the measure that is farthest off. Reads two days at most, judges nothing.
    """
    since = now - RIGHT_NOW
    hour = compute.field("hour_start")
    wanted = (compute.field("side") == str(market_side.side)) & (hour >= pa.scalar(since, MOMENT))
    wanted &= hour <= pa.scalar(now, MOMENT)
    rows = lake.read_range(ANOMALIES, market_side.market.key, since.date(), now.date(), None, wanted).to_pylist()
    newest = max((row["hour_start"] for row in rows), default=None)
    rows = [row for row in rows if row["hour_start"] == newest]
    middle, choice = middle_steps(rows), SeriesChoice()
    told = [row for row in rows if row["state"] in TOLD_STATES and choice.admits(row, middle)]
    return min(told, key=lambda row: (row["measure"] != EXECUTABLE, -abs(row["score"] or 0.0)), default=None)
