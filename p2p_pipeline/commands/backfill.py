"""`p2p backfill`: days made from raw through Dagster, partition by partition."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, fail, print_json
from p2p_pipeline.commands.options import days_between
from p2p_pipeline.commands.terminal import say

if TYPE_CHECKING:
    from p2p_pipeline.orchestration.backfill import BackfillReport, DayDone


def backfill(
    context: typer.Context,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First UTC day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last UTC day.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Compute days from the raw store through Dagster, one run a day; its UI shows each."""
    days_between(first, last)
    started = context_of(context)
    # Dagster's own files and every resource find the data folder and the settings by these.
    os.environ["P2P_DATA_DIR"] = str(started.paths.root)
    if started.settings_file is not None:
        os.environ["P2P_SETTINGS"] = str(started.settings_file.absolute())

    from p2p_pipeline.orchestration.backfill import backfill_days, open_instance, stored_days
    from p2p_pipeline.orchestration.installation import Installation

    installation = Installation()
    days = stored_days(installation, first.date(), last.date())
    today = datetime.now(UTC).date()
    if last.date() > today:
        typer.echo(f"--to {last:%Y-%m-%d} lies in the future: cut to today, {today}", err=True)
    if not days:
        fail(f"nothing to compute: {started.paths.raw} has no day in that range. Collect or import first.")
    with open_instance(installation) as instance:
        report = backfill_days(days, installation, instance, _silent if as_json else _say)
    if as_json:
        print_json(_summary(report))
    else:
        typer.echo(f"{len(report.days)} days, {len(report.failed)} failed, {report.seconds:.1f} s")
    if report.failed:
        fail(f"{len(report.failed)} days failed, first {report.failed[0].day}: {report.failed[0].problem}")


def _say(done: DayDone) -> None:
    say(f"{done.day} {done.problem or 'done'} ({done.seconds:.1f} s)", err=True)


def _silent(_: DayDone) -> None:
    """With --json only the object is printed."""


def _summary(report: BackfillReport) -> dict[str, object]:
    return {
        "days": len(report.days),
        "failed": [done.day.isoformat() for done in report.failed],
        "seconds": round(report.seconds, 3),
    }
