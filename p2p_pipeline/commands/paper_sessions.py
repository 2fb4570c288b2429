"""`p2p paper start|stop|status|list`: live sessions, each a process of its own."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from p2p_pipeline.commands.context import context_of, ended_as_by_ctrl_c, fail, print_json
from p2p_pipeline.commands.stream import SOURCE_VARIABLE
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.kernel.durations import seconds_of
from p2p_pipeline.kernel.texts import count_text

if TYPE_CHECKING:
    from p2p_pipeline.p2p.installation import CommandContext
    from p2p_pipeline.paper.sessions.status import SessionStatus
    from p2p_pipeline.paper.settings import PaperSettings

_DAY_SECONDS = 86_400
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, amounts as text.")]
SessionArgument = Annotated[str | None, typer.Argument(help="Its name; without one the only session that runs.")]


def start(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="The session's configuration, YAML; without it every default.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="Instead of a file: one of those on the page *Paper*, such as demo.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(envvar=SOURCE_VARIABLE, help="Connect to this URL (a simulator) instead of to Bybit."),
    ] = None,
    duration: Annotated[
        str | None, typer.Option("--for", help="Stop by itself after this long (60s, 10m, 2h), and wait for it here.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Start a session. It goes on without this command and without pages, until `p2p paper stop` or its time is over.

    With --for it is followed, and its summary printed at its end; Ctrl-C then stops it by the rules.
    """
    from p2p_pipeline.paper.actions.sessions import start as started_by

    started = context_of(context)
    settings = _configured(config, preset)
    seconds = None if duration is None else seconds_of(duration)
    found = started_by(started.paths, settings, source or _default_source(started), seconds)
    _tell_begun(started, found, is_followed=seconds is not None, as_json=as_json)


def _configured(config: Path | None, preset: str | None) -> PaperSettings:
    from p2p_pipeline.paper.configuration.presets import preset_named
    from p2p_pipeline.paper.settings import PaperSettings, read_paper_settings

    if config is not None and preset is not None:
        raise typer.BadParameter(
            "it and --config are two configurations; give one (`p2p paper config --preset NAME` prints a preset to "
            "change)",
            param_hint="--preset",
        )
    if preset is not None:
        return preset_named(preset).settings
    return PaperSettings() if config is None else read_paper_settings(config)


def resume(
    context: typer.Context,
    session: Annotated[
        str | None, typer.Argument(help="Its name; without one the only session that ended unasked.")
    ] = None,
    duration: Annotated[
        str | None, typer.Option("--for", help="Stop by itself after this long (60s, 10m, 2h), and wait for it here.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with a session whose process ended unasked: orders are cancelled and positions closed first.

    It goes on in its own folder from the last whole line of its log, and stops as it was told to.
    """
    from p2p_pipeline.paper.actions.resuming import resume as resumed_by
    from p2p_pipeline.paper.actions.resuming import session_to_resume

    started = context_of(context)
    seconds = None if duration is None else seconds_of(duration)
    found = resumed_by(started.paths, session_to_resume(started.paths, session), seconds)
    _tell_begun(started, found, is_followed=seconds is not None, as_json=as_json)


def _tell_begun(started: CommandContext, found: SessionStatus, *, is_followed: bool, as_json: bool) -> None:
    if is_followed:
        if not as_json:
            say(f"session {found.session} runs on {_where(found)} until {_moment(found.stops_at)}; Ctrl-C stops it")
        _print_end(_followed(started, found), as_json=as_json)
    elif as_json:
        print_json(status_json(found))
    else:
        say(f"session {found.session} is {found.state} on {_where(found)}; stop it: p2p paper stop {found.session}")


def stop(context: typer.Context, session: SessionArgument = None, as_json: JsonOption = False) -> None:
    """Stop a session by the rules: orders cancelled, positions closed; prints what it came to."""
    from p2p_pipeline.paper.actions.sessions import session_only
    from p2p_pipeline.paper.actions.sessions import stop as stopped_by

    started = context_of(context)
    _print_end(stopped_by(started.paths, session_only(started.paths, session)), as_json=as_json)


def status(context: typer.Context, session: SessionArgument = None, as_json: JsonOption = False) -> None:
    """Show how a session is."""
    from p2p_pipeline.paper.actions.sessions import session_only
    from p2p_pipeline.paper.actions.sessions import status as status_by

    started = context_of(context)
    found = status_by(started.paths, session_only(started.paths, session))
    if as_json:
        print_json(status_json(found))
        return
    for line in _told(found):
        say(line)


def list_sessions(context: typer.Context, as_json: JsonOption = False) -> None:
    """List all sessions, newest first."""
    from p2p_pipeline.paper.actions.sessions import sessions

    found = sessions(context_of(context).paths)
    if as_json:
        print_json([status_json(one) for one in found])
        return
    if not found:
        say("no paper session was started with this data folder yet; `p2p paper start` starts one")
    for one in found:
        say(f"{one.session}  {one.state:<10}  {_where(one):<24}  {_money(one)}")


def prune(
    context: typer.Context,
    session: Annotated[str | None, typer.Argument(help="Its name; without one all that are old enough.")] = None,
    older_than: Annotated[str, typer.Option(help="Since it was started: 7d, 12h.")] = "30d",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove the frames of sessions that have stopped: log and summary stay, but they can't be replayed any more."""
    from p2p_pipeline.paper.actions.frames import let_frames_go

    days = seconds_of(older_than) / _DAY_SECONDS
    found = let_frames_go(context_of(context).paths, session, days, is_dry_run=dry_run)
    for one in found:
        say(f"{one.session}  {one.bytes / 2**20:>10.1f} MiB")
    count, size = count_text(len(found), "session"), sum(one.bytes for one in found) / 2**20
    say(f"frames of {count} {'would be ' if dry_run else ''}removed, {size:.1f} MiB")


def run(
    context: typer.Context,
    session: Annotated[str, typer.Argument(help="Its name; `p2p paper start` has made its folder.")],
    lock: Annotated[int | None, typer.Option(help="The descriptor of its lock.")] = None,
) -> None:
    """Be a session's process."""
    from p2p_pipeline.kernel.allocator import give_back_memory

    give_back_memory()
    from p2p_pipeline.monitoring.logs import set_up_logging
    from p2p_pipeline.paper.actions.running import run as run_session

    set_up_logging()
    run_session(context_of(context).paths, session, lock)


def status_json(found: SessionStatus) -> dict[str, Any]:
    """A session as `--json` and the API print it: what is known of it, without the rows of its symbols."""
    import msgspec

    board = None if found.board is None else msgspec.to_builtins(found.board)
    if board is not None:
        del board["rows"]
    return {
        "session": found.session,
        "state": found.state,
        "reason": found.reason,
        "is_running": found.is_running,
        "is_simulated": found.is_simulated,
        "source": found.about.source,
        "started_at": found.started_at,
        "stops_at": found.stops_at,
        "board": board,
        "summary": None if found.summary is None else msgspec.to_builtins(found.summary),
    }


def _default_source(started: CommandContext) -> str | None:
    from p2p_pipeline.exchanges.connections.running_source import running_source
    from p2p_pipeline.exchanges.settings import exchanges_settings
    from p2p_pipeline.p2p.settings import settings_file_of

    simulated = running_source(started.paths)
    if simulated is not None:
        return simulated
    return exchanges_settings(settings_file_of(started.settings_file, os.environ, started.paths.root)).source


def _followed(started: CommandContext, found: SessionStatus) -> SessionStatus:
    """The session at its end; Ctrl-C and SIGTERM stop it by the rules, and again only leave it stopping."""
    import time

    from p2p_pipeline.paper.actions.sessions import status as status_by
    from p2p_pipeline.paper.actions.sessions import stop as stopped_by

    try:
        with ended_as_by_ctrl_c():
            while found.is_running:
                time.sleep(0.2)
                found = status_by(started.paths, found.session)
    except KeyboardInterrupt:
        found = stopped_by(started.paths, found.session)
    return found


def _print_end(found: SessionStatus, *, as_json: bool) -> None:
    import msgspec

    summary = found.summary
    if found.is_running:
        fail(
            f"session {found.session} was told to stop and is not over yet; `p2p paper status {found.session}` shows it"
        )
    if summary is None or found.state == "FAILED":
        fail(f"session {found.session} {found.state}: {found.reason}")
    if as_json:
        print_json({"session": found.session, **msgspec.to_builtins(summary)})
        return
    say(f"session {found.session}: {_money(found)}")
    say(f"{summary.events} events in {summary.log}, sha256 {summary.sha256}")


def _moment(at: int | None) -> str:
    return "it is stopped" if at is None else f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _money(found: SessionStatus) -> str:
    summary, board = found.summary, found.board
    if summary is not None:
        return (
            f"{summary.trades} trades, realised {summary.realised}, fees {summary.fees}, funding {summary.funding}, "
            f"equity {summary.equity}"
        )
    return "nothing traded yet" if board is None else f"{board.trades} trades, equity {board.equity}"


def _where(found: SessionStatus) -> str:
    return "Bybit" if found.about.source is None else found.about.source


def _told(found: SessionStatus) -> list[str]:
    reason = f" ({found.reason})" if found.reason else ""
    lines = [f"session {found.session} on {_where(found)}: {found.state}{reason}, since {_moment(found.started_at)}"]
    board = found.board
    if board is not None:
        states = ", ".join(f"{count} {state}" for state, count in sorted(board.by_state.items())) or "not chosen yet"
        if not found.is_running:
            lines.append(f"as of {_moment(board.at)}, its last second:")
        lines.append(f"universe: {board.universe} of {board.universe + board.excluded} symbols; {states}")
        # whoever is gone has none, whatever the last board says
        lines += [
            f"connection {one.connection}: {'up' if one.is_open else 'down'}, {one.topics} topics, "
            f"lost {one.reconnects} times"
            for one in (board.connections if found.is_running else ())
        ]
        lines += [f"order {one.order}: {one.side} {one.quantity} {one.symbol} at {one.limit}" for one in board.orders]
        lines += [
            f"position {one.order}: {one.side} {one.quantity} {one.symbol} at {one.entry}, unrealised {one.unrealised}"
            for one in board.positions
        ]
    return [*lines, _money(found)]
