"""`p2p up`: everything at once: Dagster with its sensors, and the live board. `make up` and `make demo` call it."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from p2p_pipeline.commands.awaiting import wait_for
from p2p_pipeline.commands.background import BackgroundJobs
from p2p_pipeline.commands.children import Child, Children, beside_python
from p2p_pipeline.commands.context import context_of
from p2p_pipeline.commands.demo import demo_jobs, fill_history, start_simulator, with_demo_settings
from p2p_pipeline.commands.only_one import RunLock, only_one
from p2p_pipeline.commands.ports import require_free_port
from p2p_pipeline.commands.serve import DEFAULT_PORT as WEB_PORT
from p2p_pipeline.commands.streaming import say_unreachable_exchanges, simulated_exchanges, start_stream
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.kernel.shipped import shipped_file
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline.web.token import TOKEN_VARIABLE

_LEAVING_SECONDS = 10.0
"""How long processes that were killed may take to be gone."""


def up(
    context: typer.Context,
    simulated: Annotated[bool, typer.Option("--simulated", help="Simulated venues on loopback; no internet.")] = False,
    port: Annotated[int, typer.Option(help="Of the Dagster UI.")] = 3000,
    web_port: Annotated[int, typer.Option(help="Of the dashboard and the API.")] = WEB_PORT,
    days: Annotated[int, typer.Option(min=0, help="With --simulated: days of history.")] = 14,
    every: Annotated[str, typer.Option(help="With --simulated: how far apart the history's snapshots are.")] = "1h",
) -> None:
    """Start collecting, the dashboard, Dagster's UI and the live board; Ctrl-C stops all of it."""
    started = context_of(context)
    environment = {"P2P_DATA_DIR": str(started.paths.root), "DAGSTER_HOME": str(_dagster_home(started))}
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _as_ctrl_c)
    try:
        with (
            only_one(started.paths.root, started.paths.state) as lock,
            _leaving_postgres(started),
            _children(started, lock) as children,
        ):
            # After the lock, whose sentence tells more.
            require_free_port(port)
            require_free_port(web_port, "--web-port")
            if simulated:
                started = with_demo_settings(started)
                environment |= start_simulator(children)
            if started.settings_file is not None:
                environment["P2P_SETTINGS"] = str(started.settings_file.absolute())
            with simulated_exchanges(started, children, is_simulated=simulated) as exchanges:
                if simulated and days:
                    fill_history(started, children, environment, days, every)
                if not simulated:
                    _say_who_can_not_be_reached(started)
                _open_warehouse(started)
                streaming = start_stream(started, children, {**environment, **exchanges})
                _start_pages(children, {**environment, **exchanges}, web_port, port)
                # so that what Dagster shows of a paper session leads to its page
                linked = {**environment, "P2P_WEB_URL": f"http://127.0.0.1:{web_port}"}
                _start_dagster(children, linked, port)
                jobs = BackgroundJobs(children, environment, demo_jobs(started, days) if simulated and days else ())
                say_unreachable_exchanges(started)
                _show_until_stopped(started, children, (web_port, port), jobs, streaming)
    except KeyboardInterrupt:
        say("stopped everything it started")


def _start_pages(children: Children, environment: Mapping[str, str], web_port: int, port: int) -> None:
    say(f"starting the dashboard on http://127.0.0.1:{web_port}")
    # A token for other addresses is no reason to ask for one here, where only this machine reaches us.
    serve = [beside_python("p2p"), "serve", "--port", str(web_port)]
    serve += ["--dagster-url", f"http://127.0.0.1:{port}"]
    children.start("dashboard", serve, {**environment, TOKEN_VARIABLE: ""}, Path.cwd())


def _start_dagster(children: Children, environment: Mapping[str, str], port: int) -> None:
    say(f"starting Dagster on http://127.0.0.1:{port}")
    command = [beside_python("dagster"), "dev", "-h", "127.0.0.1", "-p", str(port)]
    command += ["-w", str(shipped_file("workspace.yaml"))]
    dagster = children.start("dagster", command, environment, Path.cwd())
    wait_for(f"http://127.0.0.1:{port}/server_info", dagster, "Dagster", children.check)


def _children(started: CommandContext, lock: RunLock) -> Children:
    return Children(started.paths.logs, (lock.descriptor,), lock.note)


@contextmanager
def _leaving_postgres(started: CommandContext) -> Iterator[None]:
    """Stop the embedded PostgreSQL when all is over.

    It outlived one Ctrl-C in four: a process of Dagster's that was killed at the end still counted as its user when we
    left, and could not stop it any more itself.
    """
    from p2p_pipeline.postgres.embedded import EmbeddedPostgres
    from p2p_pipeline.postgres.server import WarehouseError

    try:
        yield
    finally:
        # Whoever presses Ctrl-C again has been heard, and it takes a moment.
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
        try:
            if not EmbeddedPostgres(started.paths).leave(_LEAVING_SECONDS):
                say("PostgreSQL goes on: another p2p process uses it, and stops it when it ends")
        except WarehouseError as error:
            say(f"PostgreSQL could not be stopped: {error}")
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _dagster_home(started: CommandContext) -> Path:
    # Without a home Dagster makes a temporary one in the clone and leaves it there when it is killed.
    home = started.paths.dagster
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shipped_file("dagster.yaml"), home / "dagster.yaml")
    return home


def _say_who_can_not_be_reached(started: CommandContext) -> None:
    from p2p_pipeline.p2p.answers.health import ask_each_venue

    for finding in ask_each_venue({entry.market.venue for entry in started.settings.markets}, started.settings):
        if not finding.is_fine:
            say(f"{finding.name}: {finding.says}. Collection keeps trying; everything else works.")


def _open_warehouse(started: CommandContext) -> None:
    """Keep the embedded PostgreSQL running as long as we do; every run would start and stop it otherwise."""
    from p2p_pipeline.p2p.warehouse.migrate import ready_warehouse
    from p2p_pipeline.postgres.server import WarehouseError

    try:
        server = ready_warehouse(started.paths, started.settings.warehouse)
    except WarehouseError as error:
        say(f"the warehouse: {error}. Sweeps are kept and loaded later; everything else works.")
    else:
        say(f"the warehouse is {server.name}")


def _as_ctrl_c(*_: object) -> None:
    raise KeyboardInterrupt


def _show_until_stopped(
    started: CommandContext, children: Children, ports: tuple[int, int], jobs: BackgroundJobs, streaming: Child
) -> None:
    from p2p_pipeline.commands.board import show_board

    web, dagster = (f"http://127.0.0.1:{port}" for port in ports)
    line = f"Dashboard: {web}   Dagster: {dagster}   logs: {started.paths.logs}   Ctrl-C stops everything"

    def is_over() -> bool:
        children.check()
        jobs.go_on()
        return False

    def status() -> str:
        ended = "" if streaming.process.poll() is None else f"the order books' service has ended; see {streaming.log}"
        return "\n".join(filter(None, (line, jobs.told, ended)))

    try:
        show_board(started, since=datetime.now(UTC), status=status, is_over=is_over)
    except KeyboardInterrupt:
        say("stopping; a round of collection that has begun is finished first (Ctrl-C again to cut it short)")
        raise
