"""The rows of `anomalies` for one day of one market, from the hours of the weeks before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from p2p_pipeline.kernel.told import Told, joined
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.history.series import Series
from p2p_pipeline.p2p.metrics.unusual.grid import HOUR_SECONDS, Floats, HourGrid, hour_grid
from p2p_pipeline.p2p.metrics.unusual.judge import LOST_HOURS, Verdict
from p2p_pipeline.p2p.metrics.unusual.level import LevelChoice, choose_level
from p2p_pipeline.p2p.metrics.unusual.market_judge import judged_together
from p2p_pipeline.p2p.metrics.unusual.measures import Kind, from_level, kind_of, to_level
from p2p_pipeline.p2p.metrics.unusual.outages import FORGOTTEN_HOURS, collapsed_hours, silent_hours
from p2p_pipeline.p2p.metrics.unusual.seasonality import Seasonality, seasonality
from p2p_pipeline.p2p.metrics.unusual.spread_of_errors import ALARM_SIGMAS, ENOUGH_HOURS
from p2p_pipeline.p2p.metrics.unusual.states import State
from p2p_pipeline.p2p.metrics.unusual.together import Member
from p2p_pipeline.p2p.metrics.unusual.words import (
    Seen,
    change_words,
    difference,
    normal_words,
    record_words,
    series_words,
    shown_value,
    unusual_words,
    when_words,
)

HISTORY_DAYS = 56
"""How many days before a day its usual is taken from."""
JUDGED_DAYS = 35
"""From how many days before on the hours are gone through, so that the usual errors are known when the day begins."""


@dataclass(frozen=True, eq=False)
class MarketHours:
    """What one market showed in the hours up to some moment: nothing later may be in it."""

    series: Sequence[Series]
    """Hourly or finer, of both sides."""
    looks: Mapping[Side, Series]
    """How often each side was looked at (`values`), by hour; hours without a look may be missing."""
    first_hour: int
    """Hours since 1970 UTC: where the history begins, at most `HISTORY_DAYS` before `day_hour`."""
    day_hour: int
    """The first hour of the day that is asked about."""
    last_hour: int
    """The last hour to be judged: the day's last, or the newest one today."""

    @property
    def _length(self) -> int:
        return self.last_hour - self.first_hour + 1

    @cached_property
    def silent(self) -> dict[Side, NDArray[np.bool_]]:
        """In which hours each side was not looked at for so long that it is an outage."""
        return {side: silent_hours(self._looks(side)) for side in Side}

    @cached_property
    def collapsed(self) -> tuple[NDArray[np.bool_], dict[Side, Floats], dict[Side, Floats]]:
        """In which hours both sides were nearly empty, the offers that were usual by side, and those there were."""
        offers = {
            series.key.market_side.side: hour_grid(series, self.first_hour, self.last_hour).values
            for series in self.series
            if series.key.measure == "offers"
        }
        found, usual = collapsed_hours(offers)
        return (found if len(offers) == 2 else np.zeros(self._length, dtype=bool)), usual, offers

    def is_watched(self, series: Series) -> bool:
        """Whether a series has a value in the week before the asked day, or on it."""
        since = (self.day_hour - FORGOTTEN_HOURS) * HOUR_SECONDS
        return bool(((series.starts >= since) & (series.starts < (self.last_hour + 1) * HOUR_SECONDS)).any())

    def _looks(self, side: Side) -> Floats:
        if side not in self.looks:
            return np.zeros(self._length)
        return np.nan_to_num(hour_grid(self.looks[side], self.first_hour, self.last_hour).values)


@dataclass(frozen=True, slots=True, eq=False)
class JudgedSeries:
    """One series' asked hours with all that is needed to tell about them."""

    series: Series
    kind: Kind
    seen: HourGrid
    """From the history's first hour to the last asked one."""
    grid: HourGrid
    """The same without the hours of an outage: what was judged."""
    seasonality: Seasonality
    verdicts: list[Verdict]
    """Of the last hours of the grid."""


def judge_series(hours: MarketHours, *wanted: Series) -> list[JudgedSeries]:
    """Fit what is usual on the time before the day, and judge the day's hours one after the other, side by side.

    No hour is judged with anything that came after it: the rhythm and the length of the level are those of the days
    before the day; the level, the size of usual errors and how the measures hang together are followed from hour to
    hour.
    """
    if not wanted:
        return []
    begin = max(hours.day_hour - JUDGED_DAYS * 24, hours.first_hour)
    parts = [_usual_of(hours, series, begin) for series in wanted]
    members = [
        Member(series.key.market_side.side, series.key.measure, part.kind)
        for series, part in zip(wanted, parts, strict=True)
    ]
    levels, offsets = (
        np.stack(rows, axis=1) for rows in zip(*((one.levels, one.offsets) for one in parts), strict=True)
    )
    verdicts = judged_together(members, [one.chosen for one in parts], begin, levels, offsets)[hours.day_hour - begin :]
    return [
        JudgedSeries(series, part.kind, part.seen, part.grid, part.seasonality, [row[place] for row in verdicts])
        for place, (series, part) in enumerate(zip(wanted, parts, strict=True))
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Usual:
    """What was learned of a series before the day, and the levels to be gone through."""

    kind: Kind
    seen: HourGrid
    grid: HourGrid
    seasonality: Seasonality
    chosen: LevelChoice
    levels: Floats
    offsets: Floats


def _usual_of(hours: MarketHours, series: Series, begin: int) -> _Usual:
    kind = kind_of(series.key.measure)
    grid = hour_grid(series, hours.first_hour, hours.last_hour)
    is_out = hours.collapsed[0] | hours.silent[series.key.market_side.side]
    kept = HourGrid(grid.first_hour, np.where(is_out, np.nan, grid.values))
    levels = to_level(kind, kept.values)
    before = HourGrid(grid.first_hour, levels[: hours.day_hour - hours.first_hour])
    found = seasonality(before)
    part = HourGrid(begin, levels[begin - hours.first_hour :])
    chosen = choose_level(before.values - found.at(before.hours))
    return _Usual(kind, grid, kept, found, chosen, part.values, found.at(part.hours))


def anomaly_rows(hours: MarketHours, tags: Sequence[tuple[str, ...]], zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """The rows of the asked hours, of every series that had a value within a week; `tags` has an entry an asked hour.

    Times within the reasons are in `zone`.
    """
    market = judge_series(hours, *(series for series in hours.series if hours.is_watched(series)))
    for found in market:
        for place in range(len(found.verdicts)):
            yield _row(hours, market, found, place, tags[place], zone)


def _row(
    hours: MarketHours,
    market_series: Sequence[JudgedSeries],
    found: JudgedSeries,
    place: int,
    tags: tuple[str, ...],
    zone: ZoneInfo,
) -> dict[str, Any]:
    series, key, verdict = found.series, found.series.key, found.verdicts[place]
    market = key.market_side.market
    index = hours.day_hour - hours.first_hour + place
    value = float(found.seen.values[index])
    others = _moved_too(market_series, verdict, place, index)
    state, reason = _told(hours, found, index, verdict, others, zone)
    band = _band(found.kind, verdict)
    return {
        "market_key": market.key,
        "venue": market.venue,
        "asset": market.asset,
        "fiat": market.fiat,
        "side": str(key.market_side.side),
        "measure": key.measure,
        "profile": key.profile,
        "step": key.step,
        "amount_fiat": series.amount_fiat,
        "hour_start": datetime.fromtimestamp((hours.day_hour + place) * HOUR_SECONDS, UTC),
        "value": value if np.isfinite(value) else None,
        "expected": band[1],
        "usual_low": band[0],
        "usual_high": band[2],
        "score": verdict.score,
        "state": str(state),
        "reason": reason,
        "regime_since": (
            datetime.fromtimestamp(verdict.since_hour * HOUR_SECONDS, UTC) if verdict.since_hour is not None else None
        ),
        "tags": list(tags),
        "rhythm": str(found.seasonality.rhythm),
        "daily_strength": found.seasonality.daily_strength,
        "weekly_strength": found.seasonality.weekly_strength,
        "history_hours": int(np.isfinite(found.grid.values[:index]).sum()),
        "joint_score": verdict.joint_score,
        "judged_with": others,
    }


def _moved_too(market: Sequence[JudgedSeries], verdict: Verdict, place: int, index: int) -> list[str]:
    """The other series that were off in an odd hour, for people; the oddest first."""
    if verdict.state not in {State.UNUSUAL, State.REGIME_CHANGE}:
        return []
    others = sorted(
        (market[other] for other in verdict.moved_too), key=lambda one: -abs(one.verdicts[place].score or 0)
    )
    return [_moved_words(other, place, index) for other in others]


def _moved_words(other: JudgedSeries, place: int, index: int) -> str:
    expected = _band(other.kind, other.verdicts[place])[1] or 0.0
    far = difference(other.kind, float(other.grid.values[index]), expected)
    return Told("{series} ({difference})", series=series_words(other.series), difference=far)


def _band(kind: Kind, verdict: Verdict) -> tuple[float | None, float | None, float | None]:
    if verdict.expected is None or verdict.sigma is None:
        return None, None, None
    levels = verdict.expected + ALARM_SIGMAS * verdict.sigma * np.array([-1.0, 0.0, 1.0])
    low, middle, high = (float(value) for value in from_level(kind, levels))
    return (max(low, 0.0) if kind is Kind.COUNT else low), middle, high


def _told(
    hours: MarketHours, found: JudgedSeries, index: int, verdict: Verdict, others: Sequence[str], zone: ZoneInfo
) -> tuple[State, str]:
    side = found.series.key.market_side.side
    if hours.silent[side][index]:
        return State.OUTAGE, Told(
            "nobody saw the market: the venue was silent or collecting stood still (told for a week at most; then it "
            "counts as no longer watched)"
        )
    collapsed, usual, offers = hours.collapsed
    if collapsed[index]:
        buy, sell = (
            Told(
                "{offers:.0f} on {side} where {usual:.0f} are usual",
                offers=float(offers[one][index]),
                side=one,
                usual=float(usual[one][index]),
            )
            for one in Side
        )
        return State.OUTAGE, Told(
            "the book was nearly empty on both sides: offers {buy} and {sell}", buy=buy, sell=sell
        )
    value = float(found.grid.values[index])
    if verdict.state is State.NO_DATA:
        return State.NO_DATA, Told("no value in this hour")
    if verdict.expected is None:
        return (
            State.NOT_ENOUGH_HISTORY,
            joined(", ", [shown_value(found.kind, value), _why_too_early(found.grid.values[:index])]),
        )
    return verdict.state, _judged_words(found, index, verdict, others, zone)


def _why_too_early(past: Floats) -> Told:
    seen = int(np.isfinite(past).sum())
    if seen <= ENOUGH_HOURS:
        return Told("with {seen} hours seen before: too few to say what is usual", seen=seen)
    return Told(
        "seen again after a gap of more than {hours} hours: what is usual now isn't known yet", hours=LOST_HOURS
    )


def _judged_words(found: JudgedSeries, index: int, verdict: Verdict, others: Sequence[str], zone: ZoneInfo) -> str:
    key, value = found.series.key, float(found.grid.values[index])
    low, expected, high = (end or 0.0 for end in _band(found.kind, verdict))
    seen = Seen(found.kind, key.measure, key.market_side.side, value, expected, (low, high))
    when = when_words(found.seasonality, found.grid.first_hour + index, zone)
    if verdict.state is State.UNUSUAL:
        return unusual_words(seen, when, record_words(found.grid.values[:index], value, value > expected), others)
    if verdict.state is State.REGIME_CHANGE:
        return change_words(seen, verdict, others, zone)
    return normal_words(seen, when)
