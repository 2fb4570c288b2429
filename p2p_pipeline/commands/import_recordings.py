"""`p2p import PATH…`: recordings into the raw store, as often as you like."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.terminal import say

_SHOWN_LINES = 20


def import_recordings(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Recordings: .jsonl or .jsonl.gz files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Bring recorded responses into the raw store; what is there already is left alone."""
    from p2p_pipeline.p2p.raw.recordings import import_recording

    started = context_of(context)
    store = started.store()
    now = datetime.now(UTC)
    reports = [import_recording(path, store, now=now) for path in paths]
    captures, snapshots, there, grown, headless = (
        sum(getattr(report, name) for report in reports)
        for name in ("captures", "snapshots", "already_there", "grown", "without_first_page")
    )
    broken = [(path, line) for path, report in zip(paths, reports, strict=True) for line in report.broken]
    for path, line in broken[:_SHOWN_LINES]:
        say(f"left out: {path} line {line.line}: {line.reason}", err=True)
    if len(broken) > _SHOWN_LINES:
        typer.echo(f"left out: {len(broken) - _SHOWN_LINES} more lines", err=True)
    if grown:
        typer.echo(f"{grown} of them stand beside one stored before, which has fewer or other pages", err=True)
    if headless:
        typer.echo(f"{headless} of them lack their first page: they are kept, and never priced", err=True)
    if as_json:
        print_json(
            {
                "captures": captures,
                "snapshots": snapshots,
                "already_there": there,
                "broken_lines": len(broken),
                "grown": grown,
                "without_first_page": headless,
            }
        )
    else:
        typer.echo(f"{captures} captures in {snapshots} snapshots imported, {there} snapshots were there already")
