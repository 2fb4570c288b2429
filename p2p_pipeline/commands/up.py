"""`p2p up`: everything at once: Dagster with its sensors, and the live board. `make up` and `make demo` call it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx
import typer

from p2p_pipeline.commands.children import Children
from p2p_pipeline.commands.context import context_of, fail
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.p2p.installation import CommandContext

PROJECT = Path(__file__).resolve().parents[2]
"""Where dagster.yaml and workspace.yaml are."""
DEMO_SETTINGS = Path(__file__).resolve().parents[1] / "p2p" / "simulator" / "demo_settings.yaml"
DEMO_SEED = 20260901


def up(
    context: typer.Context,
    simulated: Annotated[bool, typer.Option("--simulated", help="Simulated venues on loopback; no internet.")] = False,
    port: Annotated[int, typer.Option(help="Of the Dagster UI.")] = 3000,
    days: Annotated[int, typer.Option(min=0, help="With --simulated: days of history.")] = 14,
    every: Annotated[str, typer.Option(help="With --simulated: how far apart the history's snapshots are.")] = "1h",
) -> None:
    """Start collecting, Dagster's UI and the live board; Ctrl-C stops all of it."""
    started = context_of(context)
    _require_free_port(port)
    environment = {"P2P_DATA_DIR": str(started.paths.root), "DAGSTER_HOME": str(_dagster_home(started))}
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _as_ctrl_c)
    try:
        with _only_one(started), Children(started.paths.root / "logs") as children:
            if simulated:
                started = CommandContext(started.paths, started.settings_file or DEMO_SETTINGS)
                environment |= _start_simulator(children)
            if started.settings_file is not None:
                environment["P2P_SETTINGS"] = str(started.settings_file.absolute())
            if simulated and days:
                _fill_history(started, environment, days, every)
            if not simulated:
                _say_who_can_not_be_reached(started)
            _open_warehouse(started)
            say(f"starting Dagster on http://127.0.0.1:{port}")
            command = [_beside_python("dagster"), "dev", "-h", "127.0.0.1", "-p", str(port)]
            children.start("dagster", command, environment, PROJECT)
            _wait_for(f"http://127.0.0.1:{port}/server_info", children, 120)
            _show_until_stopped(started, children, port)
    except KeyboardInterrupt:
        say("stopped everything it started")


@contextmanager
def _only_one(started: CommandContext) -> Iterator[None]:
    """Two Dagsters on one data folder would share a database that takes one daemon only."""
    started.paths.state.mkdir(parents=True, exist_ok=True)
    with (started.paths.state / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            fail(f"{started.paths.root} is run already by process {file.read().strip()}; stop that one first")
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _dagster_home(started: CommandContext) -> Path:
    # Without a home Dagster makes a temporary one in the clone and leaves it there when it is killed.
    home = started.paths.root / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT / "dagster.yaml", home / "dagster.yaml")
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


def _start_simulator(children: Children) -> dict[str, str]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    say(f"starting simulated venues on {url}")
    command = [_beside_python("p2p"), "simulate", "serve", "--port", str(port), "--seed", str(DEMO_SEED)]
    children.start("simulator", command, {}, PROJECT)
    _wait_for(f"{url}/_simulator/faults", children, 30)
    return {"P2P_SOURCE": url}


def _fill_history(started: CommandContext, environment: dict[str, str], days: int, every: str) -> None:
    """Make what is missing of the history, then process it through Dagster, so that its UI shows every partition.

    A later start goes on from the last day that an earlier one has processed.
    """
    from p2p_pipeline.lake.lake import Lake
    from p2p_pipeline.p2p.metrics.pricing.schema import DEPTH

    last = datetime.now(UTC).date()
    wanted = first = last - timedelta(days=days)
    processed = {partition.day for partition in Lake(started.paths.lake).partitions(DEPTH)}
    while first in processed and first < last:
        first += timedelta(days=1)
    if first > wanted:
        # The last processed day was the running one then: it may have more by now.
        first -= timedelta(days=1)
    days = (last - first).days
    history = ["simulate", "history", "--days", str(days), "--every", every, "--seed", str(DEMO_SEED)]
    backfill = ["backfill", "--from", first.isoformat(), "--to", last.isoformat()]
    for what, command in ((f"writing {days} days of simulated history", history), ("processing it", backfill)):
        say(what)
        # Not one of the children: it draws its progress here, and Ctrl-C reaches it as it reaches us.
        done = subprocess.run([_beside_python("p2p"), *command], env={**os.environ, **environment}, cwd=PROJECT)  # noqa: PLW1510, S603
        if done.returncode:
            fail(f"{what} failed with exit code {done.returncode}; the lines above say why")


def _as_ctrl_c(*_: object) -> None:
    raise KeyboardInterrupt


def _show_until_stopped(started: CommandContext, children: Children, port: int) -> None:
    from p2p_pipeline.commands.board import show_board

    line = f"Dagster: http://127.0.0.1:{port}   logs: {started.paths.root / 'logs'}   Ctrl-C stops everything"

    def is_over() -> bool:
        children.check()
        return False

    try:
        show_board(started, since=datetime.now(UTC), status=lambda: line, is_over=is_over)
    except KeyboardInterrupt:
        say("stopping; a round of collection that has begun is finished first (Ctrl-C again to cut it short)")
        raise


def _require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            fail(f"port {port} is in use (another `p2p up`, or Dagster?); stop that or give --port")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


def _wait_for(url: str, children: Children, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
    deadline = clock() + seconds
    while True:
        children.check()
        try:
            httpx.get(url, timeout=2)
        except httpx.HTTPError:
            if clock() > deadline:
                fail(f"{url} did not answer within {seconds:.0f} s; the logs are in {children.log_folder}")
            time.sleep(0.3)
        else:
            return


def _beside_python(name: str) -> str:
    return str(Path(sys.executable).parent / name)
