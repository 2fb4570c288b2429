"""`p2p behaviour`: how long offers live, how they end, how often they change, and how steady the top is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.options import PlotOption, parsed_market
from p2p_pipeline.commands.progress import Progress
from p2p_pipeline.kernel.texts import span_text
from p2p_pipeline.p2p.answers.lifetime_words import half_gone_words, unseen_words
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.behaviour.states import Ending

_PLACES = {"all": "all offers", "beyond": "beyond the best", "near": "within 1 % of it", "far": "further off"}


def behaviour(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="For example bybit.USDT-RUB.")],
    side: Annotated[Side | None, typer.Option(case_sensitive=False, help="BUY or SELL; else both.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many UTC days back.")] = 14,
    to: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last UTC day; else the newest.")
    ] = None,
    rest_hours: Annotated[float, typer.Option(min=1, max=168, help="Absent for longer means gone.")] = 6.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
    plot: PlotOption = None,
) -> None:
    """Tell how the offers of a market behave, from its processed days."""
    wanted = parsed_market(market)

    from p2p_pipeline.lake.lake import Lake
    from p2p_pipeline.p2p.answers.behaviour import BehaviourQuestion, answer_behaviour

    started = context_of(context)
    last, confidence = to.date() if to else None, started.settings.analytics.confidence
    zone = started.settings.timezone
    asked = BehaviourQuestion(wanted, side, days, last, rest_hours * 3600, confidence, zone)
    found = answer_behaviour(Lake(started.paths.lake), asked, Progress("parts worked out"))
    report = found.to_json()
    if as_json:
        print_json(report)
    else:
        _print(report, started)
    if plot is not None:
        from p2p_pipeline.p2p.plots.behaviour import draw_behaviour

        draw_behaviour(plot, wanted.key, found.sides)


def _print(report: dict[str, Any], started: CommandContext) -> None:
    typer.echo(
        f"{report['market_key']}, {report['from']} to {report['to']} ({report['days_with_data']} days with data); "
        f"in brackets: {report['confidence']:.0%} intervals\n"
        f"  here: {report['intervals']['here']}\n  one like it: {report['intervals']['like'].partition(': ')[2]}"
    )
    for name in dict.fromkeys(row["side"] for row in report["lifetimes"]):
        rows = [row for row in report["lifetimes"] if row["side"] == name]
        typer.echo("")
        _print_lifetimes(name, rows, started)
        _print_endings([row for row in report["endings"] if (row["side"], row["place"]) == (name, "all")])
        _print_stability([row for row in report["stability"] if row["side"] == name])
        for told in (one for one in report["sides"] if one["side"] == name):
            _print_owners(told)
    told = report["advertisers"]
    typer.echo(
        f"\nAdvertisers: {told['identified']} by the venue's key, {told['renamed']} of them under several names, "
        f"{told['on_both_sides']} on both sides."
    )
    if report["endings"]:
        typer.echo(f"Endings: {report['endings_limits']}")


def _print_owners(told: dict[str, Any]) -> None:
    held, steps = told["concentration"], told["price_steps"]
    between = "" if held["low"] is None else f" [{held['low']:.3g}, {held['high']:.3g}]"
    biggest = ", ".join(
        f"{one['name'] or one['advertiser_id'] or '?'} {one['share']:.1%}" for one in told["biggest"][:3]
    )
    typer.echo(
        f"  {held['advertisers']} advertisers, concentrated as {held['like_equals']:.3g} equal ones "
        f"(index {held['value']:.3g}{between}); the biggest: {biggest}"
    )
    if steps:
        typer.echo(
            f"  a price change is {steps['median']:.2%} in the middle, half of them {steps['quarter']:.2%} to "
            f"{steps['three_quarters']:.2%}; {steps['better_share']:.0%} of {steps['steps']} were better for you"
        )


def _print_lifetimes(name: str, rows: list[dict[str, Any]], started: CommandContext) -> None:
    head = rows[0]
    if head["first_look_at"] is None:
        typer.echo(f"{name}: {half_gone_words(head)}")
        return
    typer.echo(
        f"{name}: looked at every {span_text(head['gap_seconds'])} from {started.shown(head['first_look_at'])} to "
        f"{started.shown(head['last_look_at'])}; absent for over {head['rest_hours']:.3g} h means gone"
    )
    told = [half_gone_words(row) for row in rows]
    width = max(20, *map(len, told))
    title = "half are gone after"
    typer.echo(f"  {'lifetime':<17} {'began':>6} {'ended':>6}  {title:<{width}}  price changes/h")
    for row, text in zip(rows, told, strict=True):
        place = _PLACES[row["place"]]
        typer.echo(f"  {place:<17} {row['born']:>6} {row['ended']:>6}  {text:<{width}}  {_updates(row)}")
    if (unseen := unseen_words(head)) is not None:
        typer.echo(f"  {unseen}.")


def _updates(row: dict[str, Any]) -> str:
    if row["updates_per_hour"] is None:
        return "looks too far apart to tell"
    low, high = row["updates_per_hour_low"], row["updates_per_hour_high"]
    return f"{row['updates_per_hour']:.3g} [{low:.3g}, {high:.3g}]"


def _print_endings(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    typer.echo("  ended within    filled (at most)              withdrawn (at most)           unknown")
    for hours in dict.fromkeys(row["hours"] for row in rows):
        by = {row["ending"]: row for row in rows if row["hours"] == hours}
        cells = [f"{_share(by[ending])} ({by[ending]['most']:.1%})" for ending in (Ending.FILLED, Ending.WITHDRAWN)]
        typer.echo(f"  {span_text(hours * 3600):>12}    {cells[0]:<29} {cells[1]:<29} {_share(by[Ending.UNKNOWN])}")


def _share(row: dict[str, Any]) -> str:
    return f"{row['share']:.1%} [{row['low']:.1%}, {row['high']:.1%}]"


def _print_stability(rows: list[dict[str, Any]]) -> None:
    if not rows:
        typer.echo("  The top: snapshots lie too far apart to say how steady it is.")
        return
    typer.echo("  after           same best offer       still at that price   asset within 1 % still there  pairs")
    # Looks an hour apart give the same numbers for the next look and for an hour later.
    for row in {row["elapsed_seconds"]: row for row in rows}.values():
        cells = [_steady(row, measure) for measure in ("same_best", "same_best_price", "near_share")]
        typer.echo(
            f"  {span_text(row['elapsed_seconds']):>12}    {cells[0]:<21} {cells[1]:<21} {cells[2]:<29} {row['pairs']}"
        )


def _steady(row: dict[str, Any], measure: str) -> str:
    if row[f"{measure}_low"] is None:
        return f"{row[measure]:.0%} [too few]"
    return f"{row[measure]:.0%} [{row[f'{measure}_low']:.0%}, {row[f'{measure}_high']:.0%}]"
