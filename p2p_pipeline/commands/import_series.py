"""`p2p import-series FILE --market M`: a price series recorded elsewhere, as often as you like."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.options import parsed_market
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.kernel.texts import duration_text
from p2p_pipeline.p2p.installation import CommandContext

if TYPE_CHECKING:
    from p2p_pipeline.p2p.steps.import_series import SeriesImport


def import_series(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="A CSV, also as .csv.gz: columns observed_at, side and prices of any name.")
    ] = None,
    market: Annotated[
        str | None,
        typer.Option(help="Whose prices they are, for example binance.USDT-BOB; for --rebuild all."),
    ] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the tables anew from the files kept.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Bring a price series into the history of a market; what is there already is left alone.

    Times are ISO 8601 (without a zone UTC), sides BUY or SELL, prices fiat per unit of the asset. A line that can't be
    trusted is left out and told with its number; gaps stay gaps.
    """
    wanted = parsed_market(market) if market else None
    if rebuild == (file is not None):
        raise typer.BadParameter("give either a FILE or --rebuild")
    if file is not None and wanted is None:
        raise typer.BadParameter("name whose prices they are, for example binance.USDT-BOB", param_hint="--market")

    from p2p_pipeline.p2p.actions.import_series import import_object, import_series_file, rebuild_imported

    started = context_of(context)
    if file is None or wanted is None:
        _print_rebuilt(rebuild_imported(started.paths, wanted), as_json)
        return
    done = import_series_file(started.paths, file, wanted, datetime.now(UTC))
    if as_json:
        print_json(import_object(done))
    else:
        _print_imported(started, done)


def _print_rebuilt(days: dict[str, int], as_json: bool) -> None:
    if as_json:
        print_json({"days_written": sum(days.values()), "markets": days})
        return
    for market_key, written in days.items():
        typer.echo(f"{market_key}: {written} days were not as the kept files have them and are made anew")
    if not days:
        typer.echo("no file has been imported yet: there is nothing to make anew")


def _print_imported(started: CommandContext, done: SeriesImport) -> None:
    from p2p_pipeline.p2p.actions.import_series import refusals_by_reason

    say(f"{done.file}: {done.rows:,} lines of {done.market_key}")
    typer.echo(
        f"  {done.observations:,} prices added ({', '.join(done.measures)}), {done.already_there:,} there already"
    )
    typer.echo(f"  {started.shown(done.first)} to {started.shown(done.last)}, {done.days:,} days")
    typer.echo(f"  the longest gap is {duration_text(done.longest_gap_seconds)}; gaps stay gaps")
    typer.echo(
        f"  {done.duplicates:,} lines repeat an earlier one, {done.reordered:,} stood out of order and are sorted in, "
        f"{len(done.refused):,} are quarantined"
    )
    for level in done.new_levels:
        since = datetime.fromtimestamp(level.since / 1_000_000, UTC)
        typer.echo(
            f"  a new level of {level.side} {level.measure} since {started.shown(since)}: about {level.level:g} beside "
            f"{level.usual:g}; its {level.prices:,} prices agree with those next to them and are taken"
        )
    for reason, count in refusals_by_reason(done).most_common():
        first = next(entry for entry in done.refused if entry.reason == reason)
        say(f"    {count:,} x {reason}, first in line {first.line}: {first.detail}")
    if done.quarantine is not None:
        say(f"  every quarantined line: {done.quarantine}")
