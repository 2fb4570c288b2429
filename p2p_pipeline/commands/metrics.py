"""`p2p metrics serve|print`: how the program is, in Prometheus' words."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, fail
from p2p_pipeline.p2p.installation import CommandContext

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from p2p_pipeline.monitoring.dagster_numbers import DagsterNumbers

DEFAULT_PORT = 9464
PRINT_PATIENCE_SECONDS = 30.0

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.command()
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any free one.")] = DEFAULT_PORT,
    host: Annotated[
        str, typer.Option(help="The address to listen on. Anybody who reaches it can read the numbers.")
    ] = "127.0.0.1",
) -> None:
    """Serve the metrics until Ctrl-C. Everything is read when it is asked for; nothing has to run beside it."""
    from prometheus_client import start_http_server

    from p2p_pipeline.monitoring.logs import set_up_logging

    set_up_logging()
    registry = _registry(context_of(context), keeps_totals=True)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        fail(f"can't listen on {host}:{port}: {error.strerror or error}; give another --port or --host")
    typer.echo(f"Metrics at http://{host}:{server.server_port}/metrics; Ctrl-C ends it.")
    _wait_for_the_end()
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@app.command("print")
def print_once(context: typer.Context) -> None:
    """Print the metrics once."""
    from prometheus_client import generate_latest

    registry = _registry(context_of(context), keeps_totals=False, patience_seconds=PRINT_PATIENCE_SECONDS)
    typer.echo(generate_latest(registry).decode(), nl=False)


def _registry(
    started: CommandContext, *, keeps_totals: bool, patience_seconds: float | None = None
) -> CollectorRegistry:
    from p2p_pipeline.monitoring.exposition import PATIENCE_SECONDS, build_registry
    from p2p_pipeline.p2p.warehouse.existing import existing_warehouse

    return build_registry(
        started.paths,
        # An embedded server is started again where it ended, but never made by looking.
        lambda: existing_warehouse(started.paths),
        _dagster_reader(started),
        keeps_totals=keeps_totals,
        patience_seconds=PATIENCE_SECONDS if patience_seconds is None else patience_seconds,
    )


def _dagster_reader(started: CommandContext) -> Callable[[], DagsterNumbers] | None:
    """Of $DAGSTER_HOME, else of `p2p up`; where there is neither, Dagster's seconds and 70 MB of imports are saved."""
    home = Path(os.environ.get("DAGSTER_HOME", "").strip() or started.paths.dagster)
    if not (home / "dagster.yaml").is_file():
        return None
    from p2p_pipeline.orchestration.watch.dagster_metrics import reader_of

    return reader_of(home)


def _wait_for_the_end() -> None:
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    over.wait()
