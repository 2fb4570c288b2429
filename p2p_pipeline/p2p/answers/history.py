"""A price over time: what is asked, what is found, and its JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from p2p_pipeline.kernel.texts import duration_text, number_text
from p2p_pipeline.kernel.told import Told, joined
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.time_range import Bound, moments_of
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.combos.routes import COMBO_VENUE, fiat_of_sizes
from p2p_pipeline.p2p.metrics.history.period_name import PeriodName, period_for
from p2p_pipeline.p2p.metrics.history.periods import (
    PERIOD_COLUMNS,
    Gap,
    Period,
    gaps_of,
    gathered,
    periods_of,
    sharpened,
)
from p2p_pipeline.p2p.metrics.history.schema import ASSET_NEAR_BEST, EXECUTABLE, OFFERS, SINGLE, SPREAD
from p2p_pipeline.p2p.metrics.history.series import SeriesKey
from p2p_pipeline.p2p.steps.series import (
    AvailableSeries,
    NoSeries,
    available_series,
    choose_series,
    imported_starts,
    newest_day,
    read_looks,
    read_rollups,
)

SHARP_GAPS_WITHIN = timedelta(days=32)
"""The bounds of gaps are told to five minutes in a range up to this long, beyond it to the hour."""


_PERIOD_FIELDS = tuple(field.name for field in fields(Period))


@dataclass(frozen=True, slots=True)
class ShownSeries:
    """All that is printed or drawn of one series."""

    key: SeriesKey
    amount_fiat: Decimal | None
    period: PeriodName
    zone: ZoneInfo
    periods: list[Period]
    gaps: list[Gap]
    """Between the periods shown: of days only whole ones, which is why `missing` may be more."""
    missing: list[Gap]
    """Between the periods that are stored."""
    asked: tuple[datetime, datetime]
    """From when to when it was asked for, the end not included."""
    imported: list[tuple[datetime, datetime]]
    """From when to when its values come from an imported file, not from looks of this program."""


def find_history(
    lake: Lake,
    wanted: MarketSide,
    named: tuple[str, str | None, Decimal | None],
    asked: tuple[tuple[Bound, Bound], PeriodName | None, ZoneInfo],
    *,
    is_sharp: bool = True,
) -> ShownSeries:
    """The series nearest to what was named, over the range asked for or the last week; raises NoSeries.

    Without a period it is the finest one whose points a chart can show. See `series_between` for `is_sharp`.
    """
    bounds, period, zone = asked
    key = choose_series(lake, wanted, *named)
    newest = newest_day(lake, key)
    start, end = moments_of(bounds, newest or datetime.now(UTC).date(), zone)
    finest = period_for(end - start)
    # A series may be kept no finer than by the hour.
    tried = [period] if period else [name for name in PeriodName if name.seconds >= finest.seconds]
    found = (series_between(lake, key, (start, end), name, zone, is_sharp=is_sharp) for name in tried)
    shown = next((one for one in found if one is not None), None)
    if shown is None:
        raise NoSeries(
            "there is no {measure} of {wanted} between {start:%Y-%m-%d %H:%M %Z} and {end:%Y-%m-%d %H:%M %Z}; "
            "the newest is of {newest}: choose other days with --from, --to",
            measure=key.measure,
            wanted=wanted,
            start=start.astimezone(zone),
            end=end.astimezone(zone),
            newest=newest,
        )
    return shown


def series_between(
    lake: Lake,
    key: SeriesKey,
    asked: tuple[datetime, datetime],
    period: PeriodName,
    zone: ZoneInfo,
    *,
    is_sharp: bool = True,
) -> ShownSeries | None:
    """One series between two moments (the second not included); None where there is nothing.

    Unless `is_sharp` the looks around a gap are told to its period only, which spares a second reading.
    """
    start, end = asked
    rows = _stored(lake, key, asked, period)
    periods = [found for found in periods_of(rows) if start <= found.start < end]
    if not periods:
        return None
    missing = gaps_of(periods)
    is_of_hours = period.stored_seconds == PeriodName.HOUR.seconds
    if missing and is_sharp and is_of_hours and end - start <= SHARP_GAPS_WITHIN:
        finer = _stored(lake, key, asked, PeriodName.FIVE_MINUTES)
        missing = sharpened(missing, periods_of(finer))
    imported = _imported(lake, key, periods, period)
    gaps = missing
    if period.seconds > PeriodName.HOUR.seconds:
        hours, periods = periods, gathered(periods, period, zone)
        gaps = sharpened(gaps_of(periods), hours)
    return ShownSeries(
        key, rows["amount_fiat"][-1].as_py(), period, zone, periods, gaps, missing, asked=asked, imported=imported
    )


def gaps_within(lake: Lake, shown: ShownSeries) -> list[Gap]:
    """The gaps of a series, also those within its hours: to five minutes in a range up to a month."""
    start, end = shown.asked
    if shown.period.stored_seconds < PeriodName.HOUR.seconds or end - start > SHARP_GAPS_WITHIN:
        return shown.missing
    periods = periods_of(_stored(lake, shown.key, shown.asked, PeriodName.FIVE_MINUTES))
    return gaps_of([period for period in periods if start <= period.start < end]) if periods else shown.missing


def _stored(lake: Lake, key: SeriesKey, asked: tuple[datetime, datetime], period: PeriodName) -> pa.Table:
    first, last = (moment.date() for moment in asked)
    if period is PeriodName.LOOK:
        return read_looks(lake, key, first, last)
    return read_rollups(lake, key, first, last, period.stored_seconds, [*PERIOD_COLUMNS, "amount_fiat"])


def _imported(
    lake: Lake, key: SeriesKey, periods: Sequence[Period], period: PeriodName
) -> list[tuple[datetime, datetime]]:
    """From when to when the periods are imported ones."""
    step = max(period.stored_seconds, PeriodName.FIVE_MINUTES.seconds)
    starts = imported_starts(lake, key, periods[0].start.date(), periods[-1].start.date(), step)
    found: list[tuple[datetime, datetime]] = []
    for is_imported, group in groupby(periods, lambda one: int(one.start.timestamp()) // step * step in starts):
        if is_imported:
            stretch = list(group)
            found.append((stretch[0].start, stretch[-1].end))
    return found


_OF_ALL = Told("{measure} of all stated {side} prices")
_TITLES = {
    (EXECUTABLE, "BUY"): Told("Buying {asset} for about {size}: the best split{of_profile}"),
    (EXECUTABLE, "SELL"): Told("Selling {asset} for about {size}: the best split{of_profile}"),
    (SINGLE, "BUY"): Told("Buying {asset} for about {size}: the best single offer{of_profile}"),
    (SINGLE, "SELL"): Told("Selling {asset} for about {size}: the best single offer{of_profile}"),
    SPREAD: Told("Buying {asset} for {size} and selling it back: the share lost{of_profile}"),
    OFFERS: Told("How many {side} offers there are"),
    ASSET_NEAR_BEST: Told("{asset} within 1 % of the best {side} price"),
}


def title_of(shown: ShownSeries) -> str:
    """What the series is of, in words."""
    market, side = shown.key.market_side.market, shown.key.market_side.side
    size = (
        ""
        if shown.amount_fiat is None
        else Told("{amount} {fiat}", amount=number_text(shown.amount_fiat), fiat=fiat_of_sizes(market))
    )
    of_profile = Told(", profile {profile}", profile=shown.key.profile) if shown.key.profile else ""
    if market.venue == COMBO_VENUE:
        return Told(
            "Changing {size} into {fiat} over the best route{of_profile}",
            size=size,
            fiat=market.fiat,
            of_profile=of_profile,
        )
    values = {"asset": market.asset, "size": size, "of_profile": of_profile, "side": side, "measure": shown.key.measure}
    return Told(_TITLES.get((shown.key.measure, side)) or _TITLES.get(shown.key.measure, _OF_ALL), **values)


def unit_of(shown: ShownSeries) -> str:
    """What the numbers count."""
    market = shown.key.market_side.market
    special = {SPREAD: Told("share lost"), OFFERS: Told("offers"), ASSET_NEAR_BEST: market.asset}
    return special.get(shown.key.measure, Told("{fiat} per {asset}", fiat=market.fiat, asset=market.asset))


def caution_of(shown: ShownSeries) -> str | None:
    """What an aggregate is not; None for prices that an amount really had."""
    if shown.key.step is not None or shown.key.measure in (OFFERS, ASSET_NEAR_BEST):
        return None
    return Told("an aggregate of stated prices: nobody may have been able to trade at it")


def listed_series(lake: Lake, market: Market, side: Side | None) -> list[AvailableSeries]:
    """Which series of a market there are, of one side or of both."""
    sides = [side] if side else list(Side)
    return [entry for one in sides for entry in available_series(lake, MarketSide(market, one))]


def listed_series_object(market: Market, listed: list[AvailableSeries]) -> dict[str, Any]:
    """The list as `p2p history --list --json` prints it."""
    rows = [
        {
            "side": entry.key.market_side.side,
            "measure": entry.key.measure,
            "profile": entry.key.profile,
            "step": entry.key.step,
            "amount_fiat": entry.amount_fiat,
            "first_day": entry.first_day,
            "last_day": entry.last_day,
            "observations": entry.observations,
        }
        for entry in listed
    ]
    return {"market_key": market.key, "series": rows}


def period_object(period: Period) -> dict[str, Any]:
    """A period as JSON: all that it has, by name."""
    # asdict copies each value: of a year of hours that alone takes most of a second.
    return {name: getattr(period, name) for name in _PERIOD_FIELDS}


def named_object(shown: ShownSeries) -> dict[str, Any]:
    """Which series it is, and how it is shown."""
    key = shown.key
    return {
        "market_key": key.market_side.market.key,
        "side": key.market_side.side,
        "measure": key.measure,
        "profile": key.profile,
        "step": key.step,
        "amount_fiat": shown.amount_fiat,
        "unit": unit_of(shown),
        "caution": caution_of(shown),
        "period": shown.period,
        "timezone": shown.zone.key,
    }


def history_object(shown: ShownSeries) -> dict[str, Any]:
    """The series as JSON; times are UTC."""
    return {
        **named_object(shown),
        "first": shown.periods[0].start,
        "last": shown.periods[-1].end,
        "observations": sum(period.observations for period in shown.periods),
        "periods": [period_object(period) for period in shown.periods],
        "gaps": [{"start": gap.seen_until, "end": gap.seen_from, "seconds": gap.seconds} for gap in shown.missing],
        "imported": [{"start": start, "end": end} for start, end in shown.imported],
    }


def points_object(shown: ShownSeries) -> dict[str, Any]:
    """The series as JSON for a chart: a point for each period with a value; a gap is an absent point, never a value."""
    told = history_object(shown)
    told["points"] = [
        {
            "starts_at": period["start"],
            "value": period["median"],
            "observations": period["observations"],
            "low": period["low"],
            "high": period["high"],
            "seen": period["seen"],
            "coverage": period["coverage"],
        }
        for period in told.pop("periods")
        if period["median"] is not None
    ]
    return told


def summary_of(shown: ShownSeries) -> Told:
    """The whole in one sentence."""
    valued = [period for period in shown.periods if period.median is not None]
    missing = duration_text(sum(gap.seconds for gap in shown.missing))
    values = sum(period.observations for period in valued)
    parts = [
        Told(
            "{values:,} values in 1 period", "{values:,} values in {count:,} periods", values=values, count=len(valued)
        )
    ]
    empty = len(shown.periods) - len(valued)
    if empty:
        parts.append(Told("{empty} looked at without a value", empty=empty))
    gaps = Told("{span} missing in 1 gap", "{span} missing in {count:,} gaps", span=missing, count=len(shown.missing))
    parts.append(gaps if shown.missing else Told("no gap"))
    return joined("; ", parts)
