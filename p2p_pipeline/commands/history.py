"""`p2p history`: a price over time, how much it varied, and where nobody looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from p2p_pipeline.commands.context import context_of, fail, print_json
from p2p_pipeline.commands.options import PlotOption, TimezoneOption, parsed_amount, parsed_bounds, parsed_market
from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.period_name import PeriodName

if TYPE_CHECKING:
    from p2p_pipeline.lake.lake import Lake


def history(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="For example bybit.USDT-RUB.")],
    side: Annotated[
        Side | None, typer.Option(case_sensitive=False, help="BUY pays fiat for the asset, SELL gives it.")
    ] = None,
    measure: Annotated[str, typer.Option(help="Which price; --list shows them.")] = "executable",
    profile: Annotated[str | None, typer.Option(help="For prices of an amount: which offers count; wide.")] = None,
    amount: Annotated[str | None, typer.Option(help="The size in fiat; the nearest one kept is shown.")] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="The first day, or since when: 2026-11-21 or 2026-11-21T14:00.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="The last day, or until when: 2026-11-21 or 2026-11-21T14:00.")
    ] = None,
    period: Annotated[PeriodName, typer.Option(help="How finely.")] = PeriodName.HOUR,
    timezone: TimezoneOption = None,
    list_all: Annotated[bool, typer.Option("--list", help="Show which series there are.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
    plot: PlotOption = None,
) -> None:
    """Show a price over time: the last 7 days there are, or between two days, both included, or two times."""
    wanted, size = parsed_market(market), parsed_amount(amount) if amount else None
    started = context_of(context)
    zone = ZoneInfo(timezone or started.settings.timezone)
    bounds = parsed_bounds(first, last, zone)

    from p2p_pipeline.lake.lake import Lake

    lake = Lake(started.paths.lake)
    if list_all:
        _print_list(lake, wanted, side, as_json)
        return
    if side is None:
        raise typer.BadParameter("name a side, BUY or SELL", param_hint="--side")

    from p2p_pipeline.commands.history_text import print_history
    from p2p_pipeline.p2p.answers.history import find_history, history_object

    shown = find_history(lake, MarketSide(wanted, side), (measure, profile, size), (bounds, period, zone))

    if as_json:
        print_json(history_object(shown))
    else:
        print_history(shown)
    if plot is not None:
        from p2p_pipeline.p2p.plots.history import draw_history

        draw_history(plot, shown)


def _print_list(lake: Lake, market: Market, side: Side | None, as_json: bool) -> None:
    from p2p_pipeline.kernel.texts import number_text
    from p2p_pipeline.p2p.answers.history import listed_series, listed_series_object
    from p2p_pipeline.p2p.metrics.combos.routes import fiat_of_sizes

    listed = listed_series(lake, market, side)
    if as_json:
        print_json(listed_series_object(market, listed))
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
