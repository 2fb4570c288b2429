"""`p2p paper …`: live sessions (paper_sessions.py), sessions made again from recordings, and their logs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from p2p_pipeline.commands import paper_sessions
from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.terminal import say

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command()(paper_sessions.start)
app.command()(paper_sessions.stop)
app.command()(paper_sessions.status)
app.command("list")(paper_sessions.list_sessions)
app.command(hidden=True)(paper_sessions.run)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, amounts as text.")]
LogArgument = Annotated[Path, typer.Argument(help="A session's events.jsonl.")]


@app.command()
def replay(
    context: typer.Context,
    recording: Annotated[
        Path, typer.Argument(help="A recording (.jsonl or .jsonl.gz, one frame a line), or a folder of frames.")
    ],
    config: Annotated[
        Path | None, typer.Option(help="The session's configuration, YAML; without it every default.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a recording's session again: the same log, byte for byte, on any machine."""
    from p2p_pipeline.paper.log.lines import decimal_text
    from p2p_pipeline.paper.replay.replaying import replay as replayed_from
    from p2p_pipeline.paper.settings import PaperSettings, read_paper_settings

    def left_out(path: Path, place: int, reason: str) -> None:
        say(f"left out: {path} {place}: {reason}", err=True)

    settings = PaperSettings() if config is None else read_paper_settings(config)
    found = replayed_from(recording, settings, context_of(context).paths.paper, left_out)
    money = {name: decimal_text(getattr(found, name)) for name in ("realised", "fees", "funding", "equity")}
    if as_json:
        print_json({**asdict(found), **money, "log": str(found.log)})
        return
    say(
        f"session {found.session}: {found.trades} trades, realised {money['realised']}, fees {money['fees']}, "
        f"funding {money['funding']}, equity {money['equity']}"
    )
    say(f"{found.events} events in {found.log}, sha256 {found.sha256}")


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
def verify(log: LogArgument, as_json: JsonOption = False) -> None:
    """Look whether a log is as it was written: every line whole, numbered and chained, and none missing."""
    from p2p_pipeline.paper.log.verifying import verify_log

    found = verify_log(log)
    if as_json:
        print_json(found._asdict())
    else:
        end = "the session has stopped" if found.is_finished else "the session has not stopped"
        say(f"{found.lines} lines, each as it was written; {end}")


@app.command()
def show(log: LogArgument) -> None:
    """Print a log for a person, a line an event."""
    from p2p_pipeline.paper.log.showing import shown_log

    for line in shown_log(log):
        say(line)
