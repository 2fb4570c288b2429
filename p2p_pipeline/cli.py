"""What a person types: `p2p …`. Each command is a module of `commands/`; this file only lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from p2p_pipeline.commands import (
    anomalies,
    backfill,
    behaviour,
    board,
    collect,
    combo,
    depth,
    doctor,
    history,
    import_recordings,
    import_series,
    metrics,
    now,
    process,
    raw,
    score,
    simulate,
    sql,
    summarize,
    sweep,
    up,
    warehouse,
    windows,
)
from p2p_pipeline.commands.context import CommandContext, fail
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.damage import DamagedFile
from p2p_pipeline.monitoring.refusal import TracesRefused
from p2p_pipeline.monitoring.set_up import set_up_process
from p2p_pipeline.p2p.settings import SettingsError

app = typer.Typer(
    name="p2p",
    help="Collect peer-to-peer crypto offers, keep every byte, and answer what an amount really costs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def start(
    context: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Where everything is kept (or P2P_DATA_DIR; else ./data).")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="The settings file (or P2P_SETTINGS; else ./settings.yaml).")
    ] = None,
) -> None:
    """Read what comes before the command."""
    context.obj = CommandContext(DataPaths.choose(data_dir), settings)
    set_up_process(context.obj.paths)


app.command("collect")(collect.collect)
app.command("import")(import_recordings.import_recordings)
app.command("history")(history.history)
app.command("import-series")(import_series.import_series)
app.command("process")(process.process)
app.command("backfill")(backfill.backfill)
app.command("summarize")(summarize.summarize)
app.command("sweep")(sweep.sweep)
app.command("sql")(sql.sql)
app.command("now")(now.now)
app.command("combo")(combo.combo)
app.command("depth")(depth.depth)
app.command("behaviour")(behaviour.behaviour)
app.command("score")(score.score)
app.command("anomalies")(anomalies.anomalies)
app.command("board")(board.board)
app.command("windows")(windows.windows)
app.command("up")(up.up)
app.add_typer(raw.app, name="raw")
app.add_typer(warehouse.app, name="warehouse")
app.add_typer(metrics.app, name="metrics")
app.command("doctor")(doctor.doctor)
app.add_typer(simulate.app, name="simulate")


def main() -> None:
    """Run `p2p`; exit code 0 done, 1 failed with one line on stderr, 2 wrong usage."""
    try:
        app()
    except (SettingsError, DamagedFile, TracesRefused) as error:
        fail_outside(str(error))


def fail_outside(message: str) -> None:
    """Like `fail`, where typer no longer turns its Exit into the exit code."""
    try:
        fail(message)
    except typer.Exit as stop:
        raise SystemExit(stop.exit_code) from None


if __name__ == "__main__":
    main()
