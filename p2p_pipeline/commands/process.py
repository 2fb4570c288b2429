"""`p2p process`: raw → offers → metrics for a range of days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, fail, print_json
from p2p_pipeline.commands.options import days_between
from p2p_pipeline.commands.terminal import progress_bar, say
from p2p_pipeline.kernel.texts import count_text
from p2p_pipeline.p2p.steps.each_market import MarketFailure

if TYPE_CHECKING:
    from p2p_pipeline.p2p.actions.process import ProcessReport
    from p2p_pipeline.p2p.actions.process_on_cores import Part

_NAMED = 5


def process(
    context: typer.Context,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First UTC day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last UTC day.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Make partitions anew instead of continuing them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Compute the tables from the raw store. Without days: all that are stored."""
    from p2p_pipeline.p2p.actions.process_on_cores import process_on_cores
    from p2p_pipeline.p2p.lake_sql import rebuild_views_file
    from p2p_pipeline.p2p.raw.reader import RawReader

    wanted = days_between(first, last)
    started = context_of(context)
    settings = started.settings
    reader = RawReader(started.paths.root)
    days = [day for day in reader.days() if _within(day, *wanted)]
    if not days:
        fail(f"nothing to process: {started.paths.raw} has no day in that range. Collect or import first.")

    now = datetime.now(UTC)
    with progress_bar("Processing", is_shown=not as_json) as bar:

        def tell(done: int, total: int, _: Part, made: ProcessReport) -> None:
            bar(done, total)
            for failure in made.failed:
                say(f"{failure.trace}left out: {failure.day} {failure.market_key}: {failure.reason}", err=True)

        report = process_on_cores(started.paths, days, settings, now, full, tell)
    rebuild_views_file(started.paths.lake, started.paths.duckdb_file)
    if as_json:
        print_json(
            {
                "snapshots": report.snapshots,
                "offers": report.offers,
                "quarantined": report.quarantined,
                "seconds": round(report.seconds, 3),
                "failed": [
                    {"day": entry.day, "market_key": entry.market_key, "reason": entry.reason}
                    for entry in report.failed
                ],
            }
        )
    else:
        typer.echo(
            f"{count_text(report.snapshots, 'snapshot')}, {count_text(report.offers, 'offer')}, "
            f"{report.quarantined:,} quarantined in {count_text(report.partitions, 'partition')}, "
            f"{report.seconds:.1f} s"
        )
    if report.failed:
        fail(_left_out(report.failed))


def _left_out(failed: tuple[MarketFailure, ...]) -> str:
    named = ", ".join(f"{entry.market_key} on {entry.day}" for entry in failed[:_NAMED])
    more = f" and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    return (
        f"left out what could not be made of {len(failed)} market days ({named}{more}); the reasons stand above, all "
        "others are made. The raw data is kept: `p2p process` tries them again"
    )


def _within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or day >= first) and (last is None or day <= last)
