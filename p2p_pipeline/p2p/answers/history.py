"""A price over time: what is asked, what is found, and its JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from p2p_pipeline.kernel.texts import duration_text, number_text
from p2p_pipeline.kernel.told import Told, joined
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.combos.routes import COMBO_VENUE, fiat_of_sizes
from p2p_pipeline.p2p.metrics.history.period_name import PeriodName
from p2p_pipeline.p2p.metrics.history.periods import Gap, Period, days_of, gaps_of, periods_of, sharpened
from p2p_pipeline.p2p.metrics.history.schema import ASSET_NEAR_BEST, EXECUTABLE, OFFERS, SINGLE, SPREAD
from p2p_pipeline.p2p.metrics.history.series import SeriesKey
from p2p_pipeline.p2p.steps.series import (
    AvailableSeries,
    NoSeries,
    available_series,
    choose_series,
    newest_day,
    read_rollups,
)

USUAL_DAYS = 7
SHARP_GAPS_WITHIN = timedelta(days=32)
"""The bounds of gaps are told to five minutes in a range up to this long, beyond it to the hour."""


STORED_SECONDS = {PeriodName.FIVE_MINUTES: 300, PeriodName.HOUR: 3600, PeriodName.DAY: 3600}
"""Which rollups a period is shown from."""


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


def find_history(
    lake: Lake,
    wanted: MarketSide,
    named: tuple[str, str | None, Decimal | None],
    asked: tuple[tuple[date | None, date | None], PeriodName, ZoneInfo],
) -> ShownSeries:
    """The series nearest to what was named, over the days asked for or the last week; raises NoSeries."""
    days, period, zone = asked
    key = choose_series(lake, wanted, *named)
    newest = newest_day(lake, key)
    start, end = _moments(days, newest or datetime.now(UTC).date(), zone)
    rows = read_rollups(lake, key, start.date(), end.date(), STORED_SECONDS[period])
    periods = [found for found in periods_of(rows) if start <= found.start < end]
    if not periods:
        raise NoSeries(
            "there is no {measure} of {wanted} between {start:%Y-%m-%d %H:%M %Z} and {end:%Y-%m-%d %H:%M %Z}; "
            "the newest is of {newest}: choose other days with --from, --to",
            measure=key.measure,
            wanted=wanted,
            start=start.astimezone(zone),
            end=end.astimezone(zone),
            newest=newest,
        )
    missing = gaps_of(periods)
    if missing and period is not PeriodName.FIVE_MINUTES and end - start <= SHARP_GAPS_WITHIN:
        missing = sharpened(missing, periods_of(read_rollups(lake, key, start.date(), end.date(), 300)))
    gaps = missing
    if period is PeriodName.DAY:
        hours, periods = periods, days_of(periods, zone)
        gaps = sharpened(gaps_of(periods), hours)
    return ShownSeries(key, rows["amount_fiat"][-1].as_py(), period, zone, periods, gaps, missing)


def _moments(days: tuple[date | None, date | None], newest: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the start of the first day to the end of the last one, in the time zone; without days the last week."""
    last = days[1] or max(newest, days[0] or newest)
    first = days[0] or last - timedelta(days=USUAL_DAYS - 1)
    start, after = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    return start.astimezone(UTC), after.astimezone(UTC)


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


def history_object(shown: ShownSeries) -> dict[str, Any]:
    """The series as JSON; times are UTC."""
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
        "first": shown.periods[0].start,
        "last": shown.periods[-1].end,
        "observations": sum(period.observations for period in shown.periods),
        "periods": [asdict(period) for period in shown.periods],
        "gaps": [{"start": gap.seen_until, "end": gap.seen_from, "seconds": gap.seconds} for gap in shown.missing],
    }


def points_object(shown: ShownSeries) -> dict[str, Any]:
    """The series as JSON for a chart: a point for each period with a value; a gap is an absent point, never a value."""
    told = history_object(shown)
    told["points"] = [
        {
            "starts_at": period["start"],
            "value": period["median"],
            "observations": period["observations"],
            **{name: period[name] for name in ("low", "high", "seen", "coverage")},
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
