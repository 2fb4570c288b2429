"""`p2p history`: a price over time, how much it varied, and where nobody looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from p2p_pipeline.commands.context import context_of, fail, failing_clearly, print_json
from p2p_pipeline.commands.day_range import days_between
from p2p_pipeline.commands.now import parsed_amount, parsed_market
from p2p_pipeline.commands.options import TimezoneOption
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.combos.routes import fiat_of_sizes
from p2p_pipeline.p2p.plots.style import PlotOption

if TYPE_CHECKING:
    from p2p_pipeline.lake.lake import Lake
    from p2p_pipeline.p2p.metrics.history.periods import Gap, Period
    from p2p_pipeline.p2p.metrics.history.series import SeriesKey

USUAL_DAYS = 7
SHARP_GAPS_WITHIN = timedelta(days=32)
"""The bounds of gaps are told to five minutes in a range up to this long, beyond it to the hour."""


class PeriodName(StrEnum):
    """How finely a series is shown."""

    FIVE_MINUTES = "5m"
    HOUR = "1h"
    DAY = "1d"


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


def history(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="For example bybit.USDT-RUB.")],
    side: Annotated[
        Side | None, typer.Option(case_sensitive=False, help="BUY pays fiat for the asset, SELL gives it.")
    ] = None,
    measure: Annotated[str, typer.Option(help="Which price; --list shows them.")] = "executable",
    profile: Annotated[str | None, typer.Option(help="For prices of an amount: which offers count; wide.")] = None,
    amount: Annotated[str | None, typer.Option(help="The size in fiat; the nearest one kept is shown.")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")] = None,
    period: Annotated[PeriodName, typer.Option(help="How finely.")] = PeriodName.HOUR,
    timezone: TimezoneOption = None,
    list_all: Annotated[bool, typer.Option("--list", help="Show which series there are.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
    plot: PlotOption = None,
) -> None:
    """Show a price over time: the last 7 days there are, or those between two days, both included."""
    wanted, size = parsed_market(market), parsed_amount(amount) if amount else None
    started = context_of(context)
    days = days_between(first, last)

    from p2p_pipeline.lake.lake import Lake

    lake = Lake(started.paths.lake)
    if list_all:
        _print_list(lake, wanted, side, as_json)
        return
    if side is None:
        raise typer.BadParameter("name a side, BUY or SELL", param_hint="--side")
    zone = ZoneInfo(timezone or started.settings.timezone)
    shown = _found(lake, MarketSide(wanted, side), (measure, profile, size), (days, period, zone))

    from p2p_pipeline.commands.history_text import history_object, print_history

    if as_json:
        print_json(history_object(shown))
    else:
        print_history(shown)
    if plot is not None:
        from p2p_pipeline.p2p.plots.history import draw_history

        draw_history(plot, shown)


def _found(
    lake: Lake,
    wanted: MarketSide,
    named: tuple[str, str | None, Decimal | None],
    asked: tuple[tuple[date | None, date | None], PeriodName, ZoneInfo],
) -> ShownSeries:
    from p2p_pipeline.lake.month_file import DamagedMonth
    from p2p_pipeline.p2p.metrics.history.periods import days_of, gaps_of, periods_of, sharpened
    from p2p_pipeline.p2p.steps.series import NoSeries, choose_series, newest_day, read_rollups

    days, period, zone = asked
    with failing_clearly(NoSeries, DamagedMonth):
        key = choose_series(lake, wanted, *named)
        newest = newest_day(lake, key)
        start, end = _moments(days, newest or datetime.now(UTC).date(), zone)
        rows = read_rollups(lake, key, start.date(), end.date(), STORED_SECONDS[period])
    periods = [found for found in periods_of(rows) if start <= found.start < end]
    if not periods:
        fail(
            f"there is no {key.measure} of {wanted} between {start.astimezone(zone):%Y-%m-%d %H:%M %Z} and "
            f"{end.astimezone(zone):%Y-%m-%d %H:%M %Z}; the newest is of {newest}: choose other days with --from, --to"
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


def _print_list(lake: Lake, market: Market, side: Side | None, as_json: bool) -> None:
    from p2p_pipeline.commands.context import number_text
    from p2p_pipeline.lake.month_file import DamagedMonth
    from p2p_pipeline.p2p.steps.series import available_series

    sides = [side] if side else list(Side)
    with failing_clearly(DamagedMonth):
        listed = [entry for one in sides for entry in available_series(lake, MarketSide(market, one))]
    if as_json:
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
        print_json({"market_key": market.key, "series": rows})
        return
    if not listed:
        fail(
            f"there is no history of {market}: collect it and run `p2p process`, or bring a series with "
            f"`p2p import-series FILE --market {market.key}`"
        )
    typer.echo(
        f"{'side':<5} {'measure':<16} {'profile':<8} {fiat_of_sizes(market):>14} {'first':<10} {'last':<10} "
        f"{'values':>10}"
    )
    for entry in listed:
        amount = "" if entry.amount_fiat is None else number_text(entry.amount_fiat)
        typer.echo(
            f"{entry.key.market_side.side:<5} {entry.key.measure:<16} {entry.key.profile or '':<8} {amount:>14} "
            f"{entry.first_day} {entry.last_day} {entry.observations:>10,}"
        )
