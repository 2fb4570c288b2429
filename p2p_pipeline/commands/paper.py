"""`p2p paper …`: live sessions (paper_sessions.py), recordings made into sessions, many of them tried; their logs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from p2p_pipeline.commands import paper_sessions
from p2p_pipeline.commands.context import context_of, fail, print_json
from p2p_pipeline.commands.terminal import say

if TYPE_CHECKING:
    from p2p_pipeline.paper.replay.replaying import Replayed

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command()(paper_sessions.start)
app.command()(paper_sessions.stop)
app.command()(paper_sessions.resume)
app.command()(paper_sessions.status)
app.command("list")(paper_sessions.list_sessions)
app.command()(paper_sessions.prune)
app.command(hidden=True)(paper_sessions.run)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, amounts as text.")]
LogArgument = Annotated[Path, typer.Argument(help="A session's name or folder, or its events.jsonl.")]


@app.command()
def replay(
    context: typer.Context,
    recording: Annotated[
        Path,
        typer.Argument(
            help="A recording (.jsonl or .jsonl.gz, one frame a line), a folder of frames or columns, or a session's."
        ),
    ],
    config: Annotated[
        Path | None, typer.Option(help="The session's configuration, YAML; without it every default.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a recording's session again: the same log, byte for byte, on any machine.

    Of a session's folder it is made aside, by the session's own configuration, and held against the session's log.
    """
    from p2p_pipeline.paper.actions.replaying import is_session_folder, replay_session
    from p2p_pipeline.paper.replay.choosing import recording_of
    from p2p_pipeline.paper.replay.replaying import replay as replayed_from
    from p2p_pipeline.paper.settings import PaperSettings, read_paper_settings

    def left_out(path: Path, place: int, reason: str) -> None:
        say(f"left out: {path} {place}: {reason}", err=True)

    paths, recording = context_of(context).paths, _path_of(context, recording)
    if is_session_folder(recording):
        if config is not None:
            fail(f"{recording} is a session's folder and has its own configuration; leave --config out")
        found, compared = replay_session(paths, recording, left_out)
        told = {"same": compared.is_same, "differs_at": compared.differs_at, "session_lines": compared.session_lines}
        _print_replayed(found, told if as_json else compared.told(), as_json=as_json)
        if not compared.is_same:
            raise typer.Exit(1)
        return
    settings = PaperSettings() if config is None else read_paper_settings(config)
    _print_replayed(replayed_from(recording_of(recording), settings, paths.paper, left_out), None, as_json=as_json)


def _print_replayed(found: Replayed, compared: dict[str, Any] | str | None, *, as_json: bool) -> None:
    from p2p_pipeline.paper.log.lines import decimal_text

    money = {name: decimal_text(getattr(found, name)) for name in ("realised", "fees", "funding", "equity")}
    if as_json:
        more = compared if isinstance(compared, dict) else {}
        print_json({**asdict(found), **money, "log": str(found.log), **more})
        return
    say(
        f"session {found.session}: {found.trades} trades, realised {money['realised']}, fees {money['fees']}, "
        f"funding {money['funding']}, equity {money['equity']}"
    )
    say(f"{found.events} events in {found.log}, sha256 {found.sha256}")
    if isinstance(compared, str):
        say(compared)


def _path_of(context: typer.Context, given: Path) -> Path:
    from p2p_pipeline.paper.sessions.finding import path_of

    return path_of(context_of(context).paths, given)


@app.command()
def columns(
    context: typer.Context,
    recording: Annotated[Path, typer.Argument(help="A recording, or a folder of frames, or a session's.")],
    folder: Annotated[Path, typer.Argument(help="Below it a folder of Parquet files is made.")],
) -> None:
    """Make a recording into columns: `p2p paper replay` of their folder takes a minute for a day of 600 symbols."""
    from p2p_pipeline.paper.columns.arriving import columns_of
    from p2p_pipeline.paper.replay.choosing import recording_of

    def left_out(path: Path, place: int, reason: str) -> None:
        say(f"left out: {path} {place}: {reason}", err=True)

    say(f"{columns_of(recording_of(_path_of(context, recording)), folder, left_out).folder}")


@app.command()
def config(
    preset: Annotated[str | None, typer.Option(help="Those of a preset instead of the defaults.")] = None,
) -> None:
    """Print a session's configuration with every default and what it means, to start your own from."""
    from p2p_pipeline.paper.configuration.presets import preset_named
    from p2p_pipeline.paper.configuration.yaml_text import commented_yaml
    from p2p_pipeline.paper.settings import PaperSettings

    settings = PaperSettings() if preset is None else preset_named(preset).settings
    typer.echo(commented_yaml(settings), nl=False)


@app.command()
def verify(context: typer.Context, log: LogArgument, as_json: JsonOption = False) -> None:
    """Look whether a log is as it was written: every line whole, numbered and chained, and none missing."""
    from p2p_pipeline.paper.log.verifying import verify_log

    found = verify_log(_path_of(context, log))
    if as_json:
        print_json(found._asdict())
    else:
        end = "the session has stopped" if found.is_finished else "the session has not stopped"
        say(f"{found.lines} lines, each as it was written; {end}")


@app.command()
def show(context: typer.Context, log: LogArgument) -> None:
    """Print a log for a person, a line an event."""
    from p2p_pipeline.paper.log.showing import shown_log

    for line in shown_log(_path_of(context, log)):
        say(line)


@app.command()
def sweep(
    context: typer.Context,
    config: Annotated[Path, typer.Argument(help="What to try: YAML with `vary`, a list of values by field.")],
    processes: Annotated[
        int | None, typer.Option(min=1, help="At most so many at a time; without it one a core.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Try many configurations on recorded days, and say whether the best can be told from luck."""
    from p2p_pipeline.paper.actions.sweep_told import swept_json, told_of
    from p2p_pipeline.paper.actions.sweeping import Sweep, run_sweep

    def tell(told: str) -> None:
        say(told, err=True)

    swept = run_sweep(context_of(context).paths, Sweep.read(config), tell, processes)
    if as_json:
        print_json(swept_json(swept))
        return
    for line in told_of(swept):
        say(line)
