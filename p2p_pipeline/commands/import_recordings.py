"""`p2p import PATH…`: recordings into the raw store, as often as you like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.terminal import say


def import_recordings(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Recordings: .jsonl or .jsonl.gz files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Bring recorded responses into the raw store; what is there already is left alone."""
    from p2p_pipeline.p2p.raw.recordings import import_recording

    started = context_of(context)
    store = started.store()
    reports = [import_recording(path, store) for path in paths]
    captures, snapshots, there = (
        sum(getattr(report, name) for report in reports) for name in ("captures", "snapshots", "already_there")
    )
    broken = [(path, line) for path, report in zip(paths, reports, strict=True) for line in report.broken]
    for path, line in broken[:20]:
        say(f"left out: {path} line {line.line}: {line.reason}", err=True)
    if as_json:
        print_json({"captures": captures, "snapshots": snapshots, "already_there": there, "broken_lines": len(broken)})
    else:
        typer.echo(f"{captures} captures in {snapshots} snapshots imported, {there} snapshots were there already")
