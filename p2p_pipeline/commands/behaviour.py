"""`p2p behaviour`: how long offers live, how they end, how often they change, and how steady the top is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from p2p_pipeline.commands.context import context_of, fail, print_json
from p2p_pipeline.commands.options import PlotOption, parsed_market
from p2p_pipeline.commands.progress import Progress
from p2p_pipeline.kernel.texts import span_text
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.plots.style import ACCENT, BAND, LINE, QUIET, drawing

if TYPE_CHECKING:
    from pathlib import Path

    from p2p_pipeline.p2p.metrics.behaviour.summaries import SideBehaviour

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
    from p2p_pipeline.p2p.answers.behaviour import behaviour_object
    from p2p_pipeline.p2p.metrics.behaviour.schema import OFFER_DAYS
    from p2p_pipeline.p2p.steps.behaviour import BehaviourWindow

    started = context_of(context)
    lake = Lake(started.paths.lake)
    known = [entry.day for entry in lake.partitions(OFFER_DAYS) if entry.market_key == wanted.key]
    known = [day for day in known if to is None or day <= to.date()]
    if not known:
        fail(f"no day of {wanted.key} is processed yet: collect or import it, then run `p2p process`.")
    window = BehaviourWindow(lake, wanted.key, known[-1], days)
    confidence = started.settings.analytics.confidence
    found = window.sides(rest_hours * 3600, confidence, side, Progress("parts worked out"))
    report = behaviour_object(window, found, confidence, side)
    if as_json:
        print_json(report)
    else:
        _print(report, found, started)
    if plot is not None:
        _draw(plot, wanted.key, [entry for entry in found if entry.place == "all"])


def _print(report: dict[str, Any], found: list[SideBehaviour], started: CommandContext) -> None:
    typer.echo(
        f"{report['market_key']}, {report['from']} to {report['to']} ({report['days_with_data']} days with data); "
        f"in brackets: {report['confidence']:.0%} intervals"
    )
    for name in dict.fromkeys(entry.market["side"] for entry in found):
        rows = [row for row in report["lifetimes"] if row["side"] == name]
        typer.echo("")
        _print_lifetimes(name, rows, started)
        _print_endings([row for row in report["endings"] if (row["side"], row["place"]) == (name, "all")])
        _print_stability([row for row in report["stability"] if row["side"] == name])
    told = report["advertisers"]
    typer.echo(
        f"\nAdvertisers: {told['identified']} by the venue's key, {told['renamed']} of them under several names, "
        f"{told['on_both_sides']} on both sides."
    )
    if report["endings"]:
        typer.echo(f"Endings: {report['endings_limits']}")


def _print_lifetimes(name: str, rows: list[dict[str, Any]], started: CommandContext) -> None:
    head = rows[0]
    if head["first_look_at"] is None:
        typer.echo(f"{name}: {_why(head)}")
        return
    typer.echo(
        f"{name}: looked at every {span_text(head['gap_seconds'])} from {started.shown(head['first_look_at'])} to "
        f"{started.shown(head['last_look_at'])}; absent for over {head['rest_hours']:.3g} h means gone"
    )
    told = [_with_interval(row) if row["state"] == "ok" else _why(row) for row in rows]
    width = max(20, *map(len, told))
    title = "half are gone after"
    typer.echo(f"  {'lifetime':<17} {'began':>6} {'ended':>6}  {title:<{width}} {'naive':>8}  price changes/h")
    for row, text in zip(rows, told, strict=True):
        naive = "" if row["naive_median_seconds"] is None else span_text(row["naive_median_seconds"])
        typer.echo(
            f"  {_PLACES[row['place']]:<17} {row['born']:>6} {row['ended']:>6}  {text:<{width}} {naive:>8}  "
            f"{_updates(row)}"
        )


def _with_interval(row: dict[str, Any], name: str = "median_seconds") -> str:
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    mark = " beyond what was seen" if value > row["longest_seen_seconds"] else ""
    return f"{span_text(value)} [{span_text(low)}, {span_text(high)}]{mark}"


def _updates(row: dict[str, Any]) -> str:
    if row["updates_per_hour"] is None:
        return "looks too far apart to tell"
    low, high = row["updates_per_hour_low"], row["updates_per_hour_high"]
    return f"{row['updates_per_hour']:.3g} [{low:.3g}, {high:.3g}]"


def _why(row: dict[str, Any]) -> str:
    if row["state"] == "below_gap":
        return f"maybe within one look; of longer ones {_with_interval(row, 'longer_median_seconds')}"
    return {
        "no_complete_snapshots": "no lifetime can be told: no snapshot shows the whole side, so absence is unknown",
        "window_too_short": "window too short",
        "too_few_ends": "too few ends",
    }[row["state"]]


def _print_endings(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    typer.echo("  ended within    filled (at most)              withdrawn (at most)           unknown")
    for hours in dict.fromkeys(row["hours"] for row in rows):
        by = {row["ending"]: row for row in rows if row["hours"] == hours}
        cells = [f"{_share(by[ending])} ({by[ending]['most']:.1%})" for ending in ("filled", "withdrawn")]
        typer.echo(f"  {span_text(hours * 3600):>12}    {cells[0]:<29} {cells[1]:<29} {_share(by['unknown'])}")


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


def _draw(file: Path, market_key: str, found: list[SideBehaviour]) -> None:
    import numpy as np

    drawn = [(entry, entry.fit, entry.naive) for entry in found if entry.fit is not None and entry.naive is not None]
    if not drawn:
        fail("there is nothing to draw: no side has enough lives that began and ended within the window.")
    confidence = drawn[0][0].confidence
    last = max(min(fit.quantile(0.95, confidence).value, fit.longest_seen_seconds) for _, fit, _ in drawn)
    times = np.linspace(min(fit.gap_seconds for _, fit, _ in drawn), last, 400)
    counts = ", ".join(f"{entry.market['side']}: {fit.lives} lives, {fit.ended} ended" for entry, fit, _ in drawn)
    subtitle = f"{counts}; looked at every {span_text(drawn[0][1].gap_seconds)}; band: {confidence:.0%} interval"
    with drawing(file, f"How long offers live: {market_key}", subtitle) as (_, axes):
        for (entry, fit, naive), (line, band) in zip(drawn, ((LINE, BAND), (ACCENT, "#ecc3b9")), strict=False):
            name = entry.market["side"]
            if entry.state == "ok":
                shares = np.linspace(0.02, 0.98, 33)
                ends, low, high = fit.ends(shares, confidence)
                at, value = np.concatenate(([0.0], ends)), np.concatenate(([1.0], 1 - shares))
                axes.fill_betweenx(1 - shares, low / 3600, high / 3600, color=band, alpha=0.55, linewidth=0)
                label = f"{name}: lives as they are"
            else:
                at, value = times, fit.survival(times, confidence)[0]
                # Below one gap only the families would speak: no line from the beginning, no share of all, no band.
                value = np.where(times >= fit.gap_seconds, value, np.nan)
                value = value / np.nanmax(value)
                label = f"{name}: of those that outlive one gap"
            axes.plot(at / 3600, value, color=line, linewidth=2.4, label=label)
            axes.step(
                naive.times / 3600, naive.survival, where="post", color=line, linestyle=":", linewidth=1.8,
                label=f"{name}: naive, first to last sighting",
            )  # fmt: skip
            if entry.state != "ok":
                continue
            median = fit.quantile(0.5, confidence)
            axes.errorbar(
                [median.value / 3600], [0.5], fmt="o", color=line, capsize=5, markersize=7,
                xerr=[[(median.value - median.low) / 3600], [(median.high - median.value) / 3600]],
                label=f"{name}: half are gone after {span_text(median.value)}",
            )  # fmt: skip
        axes.axhline(0.5, color=QUIET, linewidth=0.8)
        axes.set(xlim=(0, last / 3600), ylim=(0, 1.02), xlabel="hours since an offer appeared")
        axes.set_ylabel("share of offers still there")
        axes.legend(loc="upper right")
