"""What `p2p up` has of the exchanges: the service that watches their order books, and in a demo the exchanges too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from p2p_pipeline.commands.children import Child, Children, beside_python
from p2p_pipeline.commands.ports import free_port
from p2p_pipeline.commands.stream import SOURCE_VARIABLE
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.exchanges.connections.running_source import source_noted
from p2p_pipeline.p2p.installation import CommandContext

_DEMO_SEED = 20260901
_DEMO_PLANTS_AN_HOUR = 240
_DEMO_CHANGES_A_SECOND = 1
_NEW_SECONDS = 15
_SESSION_STOP_SECONDS = 10.0
_NICENESS = 5
"""People wait for the pages; a scan has five seconds."""


@contextmanager
def simulated_exchanges(started: CommandContext, children: Children, *, is_simulated: bool) -> Iterator[dict[str, str]]:
    """Start simulated exchanges where everything is simulated; gives the environment that leads to them."""
    if not is_simulated:
        yield {}
        return
    url = _start_exchanges(children)
    with source_noted(started.paths, url):
        try:
            yield {SOURCE_VARIABLE: url}
        finally:
            _stop_paper_sessions(started, url)


def _stop_paper_sessions(started: CommandContext, url: str) -> None:
    """Sessions outlive `p2p up`, but not the exchange they are on: without it nothing would move any more."""
    from p2p_pipeline.paper.actions.sessions import stop_all_of

    for found in stop_all_of(started.paths, url, _SESSION_STOP_SECONDS):
        say(f"paper session {found.session} was on the simulated exchanges, which end: it is {found.state}")


def start_stream(started: CommandContext, children: Children, environment: Mapping[str, str]) -> Child:
    """Start the service. It may end: pages say so."""
    say("watching order books of exchanges")
    command = [beside_python("p2p"), "--data-dir", str(started.paths.root), "stream"]
    return children.start("stream", command, environment, Path.cwd(), niceness=_NICENESS, may_end=True)


def _start_exchanges(children: Children) -> str:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    say(f"starting simulated exchanges on {url}")
    command = [beside_python("p2p"), "simulate", "exchanges", "--port", str(port), "--seed", str(_DEMO_SEED)]
    command += ["--plants-per-hour", str(_DEMO_PLANTS_AN_HOUR), "--changes-per-second", str(_DEMO_CHANGES_A_SECOND)]
    children.start("exchanges", command, {}, Path.cwd(), niceness=_NICENESS, may_end=True)
    # Nobody waits for them: the service tries until they answer.
    return url


def say_unreachable_exchanges(started: CommandContext) -> None:
    """One line for each exchange that the service can't reach so far."""
    from p2p_pipeline.exchanges.hot_store.board_file import BoardFile

    board = BoardFile(started.paths).newest()
    # An older one is of a service that ran before.
    is_new = board is not None and (datetime.now(UTC) - board.scan.at).total_seconds() < _NEW_SECONDS
    for one in board.exchanges if board is not None and is_new else ():
        if one.state == "unreachable":
            say(f"{one.name}: {one.last_error}. It is tried again; everything else works.")
