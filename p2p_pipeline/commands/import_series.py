"""`p2p import-series FILE --market M`: a price series recorded elsewhere, as often as you like."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.options import parsed_market
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.kernel.texts import duration_text
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.p2p.markets import Market

if TYPE_CHECKING:
    from p2p_pipeline.p2p.steps.import_series import SeriesImport

SHOWN_LINES = 20


def import_series(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="A CSV with the columns observed_at, side and prices of any name.")
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

    from p2p_pipeline.lake.lake import Lake
    from p2p_pipeline.p2p.lake_sql import rebuild_views_file
    from p2p_pipeline.p2p.steps.import_series import import_series as bring_in
    from p2p_pipeline.p2p.steps.import_series import imported_markets, rebuild_imported_series

    started = context_of(context)
    lake = Lake(started.paths.lake)
    if file is not None and wanted is not None:
        done = bring_in(started.paths.imported_series, lake, file, wanted, datetime.now(UTC))
        _print_imported(started, done, as_json)
    else:
        kept = started.paths.imported_series
        chosen = [wanted] if wanted else [Market.parse(key) for key in imported_markets(kept)]
        _print_rebuilt({each.key: rebuild_imported_series(kept, lake, each) for each in chosen}, as_json)
    rebuild_views_file(started.paths.lake, started.paths.duckdb_file)


def _print_rebuilt(days: dict[str, int], as_json: bool) -> None:
    if as_json:
        print_json({"days_written": sum(days.values()), "markets": days})
        return
    for market_key, written in days.items():
        typer.echo(f"{market_key}: {written} days were not as the kept files have them and are made anew")
    if not days:
        typer.echo("no file has been imported yet: there is nothing to make anew")


def _print_imported(started: CommandContext, done: SeriesImport, as_json: bool) -> None:
    reasons = Counter(entry.reason for entry in done.refused)
    if as_json:
        print_json(_as_json(done, reasons))
        return
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
    for reason, count in reasons.most_common():
        first = next(entry for entry in done.refused if entry.reason == reason)
        say(f"    {count:,} x {reason}, first in line {first.line}: {first.detail}")
    if done.quarantine is not None:
        say(f"  every quarantined line: {done.quarantine}")


def _as_json(done: SeriesImport, reasons: Counter[str]) -> dict[str, object]:
    return {
        "market_key": done.market_key,
        "file": done.file,
        "rows": done.rows,
        "observations": done.observations,
        "already_there": done.already_there,
        "duplicates": done.duplicates,
        "quarantined": len(done.refused),
        "reordered": done.reordered,
        "first": done.first,
        "last": done.last,
        "measures": done.measures,
        "days": done.days,
        "days_written": done.days_written,
        "longest_gap_seconds": done.longest_gap_seconds,
        "reasons": dict(reasons.most_common()),
        "quarantined_lines": [
            {"line": entry.line, "reason": entry.reason, "detail": entry.detail} for entry in done.refused[:SHOWN_LINES]
        ],
        "quarantine_file": None if done.quarantine is None else str(done.quarantine),
    }
