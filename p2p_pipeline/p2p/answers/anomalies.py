"""Reading `anomalies`: the newest hour of each series, the stretches of a range, and the effects of special days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.kernel.table import MOMENT
from p2p_pipeline.kernel.texts import number_text
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import WIDE, Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.series import SeriesKey
from p2p_pipeline.p2p.metrics.unusual.effects import TagEffect, effects_by_tag
from p2p_pipeline.p2p.metrics.unusual.events import Event, events_of
from p2p_pipeline.p2p.metrics.unusual.measures import kind_of
from p2p_pipeline.p2p.metrics.unusual.schema import ANOMALIES
from p2p_pipeline.p2p.metrics.unusual.spans import SERIES_COLUMNS, Span, spans_of
from p2p_pipeline.p2p.metrics.unusual.states import State
from p2p_pipeline.p2p.metrics.unusual.tags import DayCalendar
from p2p_pipeline.p2p.metrics.unusual.words import difference, shown_value
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.anomalies import build_anomalies, judgeable_days
from p2p_pipeline.p2p.steps.series import NoSeries, read_series

_RANGE_DAYS = 7
_STILL_COLLECTED_DAYS = 7
_SEED = 1
TOLD_STATES = (State.UNUSUAL, State.REGIME_CHANGE, State.OUTAGE)
"""The states of which stretches are made."""


@dataclass(frozen=True, slots=True)
class SeriesChoice:
    """Which series a person wants to hear of."""

    side: Side | None = None
    measure: str | None = None
    is_every_size: bool = False
    """Else of measures with sizes only the middle one of the profile `wide`."""

    def admits(self, row: Mapping[str, Any], middle_steps: Mapping[tuple[str, str], int]) -> bool:
        """Whether a row of `anomalies` is of such a series."""
        if (self.side and row["side"] != self.side) or (self.measure and row["measure"] != self.measure):
            return False
        if self.is_every_size or row["step"] is None:
            return True
        middle = middle_steps.get((row["side"], row["measure"]))
        return bool(row["profile"] == WIDE.name and row["step"] == middle)


@dataclass(frozen=True, slots=True)
class Unusual:
    """What a range of days had."""

    market: Market
    first: date
    last: date
    now: list[dict[str, Any]]
    """The newest row of each series."""
    spans: list[Span]
    events: list[Event]
    """The spans again, those that began together as one."""


def unusual_between(
    folder: Path,
    market: Market,
    choice: SeriesChoice,
    days: tuple[date | None, date | None],
    settings: Settings,
    progress: Callable[[int, int], None] = lambda *_: None,
    now: datetime | None = None,
) -> Unusual:
    """Judge what of a range isn't judged yet, and give all of it.

    Without a last day it is the newest one (today, while the market is being collected); without a first day a week
    is shown. `progress` is told how many days have been looked at, and of how many.
    Raises NoSeries, with what to run, when there is nothing.
    """
    now = now or datetime.now(UTC)
    lake = Lake(folder)
    first, last = range_of(lake, market, days, now)
    _judge(lake, market, first, last, settings, now, progress)
    return unusual_in(lake, market, choice, (first, last))


def unusual_in(
    lake: Lake,
    market: Market,
    choice: SeriesChoice,
    days: tuple[date, date],
    fresh: Mapping[date, pa.Table] | None = None,
) -> Unusual:
    """What was unusual in days that are judged: in the lake, or in `fresh`, which counts instead. Raises NoSeries."""
    first, last = days

    def read(columns: list[str] | None, wanted: compute.Expression | None = None) -> pa.Table:
        stored = lake.read_range(ANOMALIES, market.key, first, last, columns, wanted)
        for day in fresh or ():
            began = compute.field("hour_start") >= pa.scalar(datetime(day.year, day.month, day.day, tzinfo=UTC), MOMENT)
            after = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
            stored = stored.filter(~(began & (compute.field("hour_start") < pa.scalar(after, MOMENT))))
        made = [table if wanted is None else table.filter(wanted) for table in (fresh or {}).values()]
        return pa.concat_tables([stored, *(table.select(stored.column_names) for table in made)])

    newest = _newest_hours(read([*SERIES_COLUMNS, "hour_start"]))
    middle = middle_steps(newest)
    admitted = {series_of(row): row["hour_start_max"] for row in newest if choice.admits(row, middle)}
    if not admitted:
        known = ", ".join(sorted({f"{row['side']} {row['measure']}" for row in newest})) or "nothing"
        raise NoSeries(
            "{market} has no such series from {first} to {last}; there is {known}",
            market=market,
            first=first,
            last=last,
            known=known,
        )
    # Of a year of hours of every series only these few are told.
    told = compute.field("state").isin([str(state) for state in TOLD_STATES]) | compute.field("hour_start").isin(
        pa.array(sorted(set(admitted.values())), MOMENT)
    )
    rows = sorted((row for row in read(None, told).to_pylist() if series_of(row) in admitted), key=_order)
    now = [row for row in rows if row["hour_start"] == admitted[series_of(row)]]
    spans = spans_of(row for row in rows if row["state"] in TOLD_STATES)
    return Unusual(market, first, last, sorted(now, key=_series_order), spans, events_of(spans))


def every_row(lake: Lake, found: Unusual) -> list[dict[str, Any]]:
    """Every row of `anomalies` of the found series, by time: for a drawing."""
    series = {series_of(row) for row in found.now}
    rows = lake.read_range(ANOMALIES, found.market.key, found.first, found.last).to_pylist()
    return sorted((row for row in rows if series_of(row) in series), key=_order)


def series_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Which series a row is of."""
    return tuple(row[name] for name in SERIES_COLUMNS)


def _newest_hours(rows: pa.Table) -> list[dict[str, Any]]:
    """Each series of the rows, with its newest hour as `hour_start_max`."""
    grouped = rows.group_by(list(SERIES_COLUMNS), use_threads=False).aggregate([("hour_start", "max")])
    return list(grouped.to_pylist())


def effects_of(
    folder: Path, market: Market, found: Unusual, days: tuple[date | None, date | None], settings: Settings
) -> list[tuple[dict[str, Any], TagEffect]]:
    """The effects of special days on each of the found series, over all of its history or the given days.

    Raises ValueError when the settings name a country that isn't known.
    """
    lake = Lake(folder)
    calendar = DayCalendar.of(market.fiat, settings.analytics, ZoneInfo(settings.timezone))
    effects = []
    for row in found.now:
        key = SeriesKey(MarketSide(market, Side(row["side"])), row["measure"], row["profile"], row["step"])
        series = read_series(lake, key, *days)
        effects += [(row, effect) for effect in effects_by_tag(series, calendar, settings.analytics.confidence, _SEED)]
    return effects


def range_of(lake: Lake, market: Market, days: tuple[date | None, date | None], now: datetime) -> tuple[date, date]:
    """The days that are meant: without a last day the newest one, without a first day a week. Raises NoSeries."""
    there = judgeable_days(lake, market.key)
    if not there:
        raise NoSeries(
            "there is no history of {market}: collect it and run `p2p process`, or bring a series with `p2p "
            "import-series FILE --market {key}`",
            market=market,
            key=market.key,
        )
    first, last = days
    newest = there[-1]
    if newest < now.date() <= newest + timedelta(days=_STILL_COLLECTED_DAYS):
        newest = now.date()
    last = min(last or newest, newest)
    first = max(first or last - timedelta(days=_RANGE_DAYS - 1), there[0])
    if first > last:
        raise NoSeries(
            "{market} has history from {first} to {last} only; choose days within it",
            market=market,
            first=there[0],
            last=there[-1],
        )
    return first, last


def _judge(
    lake: Lake,
    market: Market,
    first: date,
    last: date,
    settings: Settings,
    now: datetime,
    progress: Callable[[int, int], None],
) -> None:
    asked = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    # Every day, for those that are as they were are only looked at.
    for done, day in enumerate(asked):
        progress(done, len(asked))
        build_anomalies(lake, market.key, day, settings, now)


def middle_steps(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """The middle size of each side and measure under the profile `wide`."""
    steps: dict[tuple[str, str], set[int]] = {}
    for row in rows:
        if row["step"] is not None and row["profile"] == WIDE.name:
            steps.setdefault((row["side"], row["measure"]), set()).add(row["step"])
    return {key: sorted(found)[(len(found) - 1) // 2] for key, found in steps.items()}


def _series_order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["side"], row["measure"], row["profile"] or "", -1 if row["step"] is None else row["step"]


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["hour_start"], *_series_order(row)


def span_text(span: Span) -> str:
    """The series of a span for people."""
    row = {**dict(zip(SERIES_COLUMNS, span.series, strict=True)), "amount_fiat": span.amount_fiat}
    return series_text(row)


def also_text(span: Span) -> str:
    """A measure that took part in an event, and how far off it was: `SELL vwap 10.71, 4.9 % above (+5.1)`."""
    kind, peak = kind_of(span.peak["measure"]), span.peak
    if peak["score"] is None or peak["value"] is None or peak["expected"] is None:
        return span_text(span)
    value = float(peak["value"])
    far = difference(kind, value, float(peak["expected"]))
    return f"{span_text(span)} {shown_value(kind, value)}, {far} ({peak['score']:+.1f})"


def series_text(row: Mapping[str, Any]) -> str:
    """A series for people: `BUY executable 7,000 wide`."""
    size = f" {number_text(row['amount_fiat'])} {row['profile']}" if row["amount_fiat"] is not None else ""
    return f"{row['side']} {row['measure']}{size}"
