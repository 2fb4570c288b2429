"""`p2p serve`: the dashboard and the API."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer

from p2p_pipeline.commands.context import context_of, fail
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.web.token import TOKEN_VARIABLE

DEFAULT_PORT = 8000


def serve(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than 127.0.0.1 need a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any free one.")] = DEFAULT_PORT,
    name: Annotated[
        list[str] | None, typer.Option(help="A name by which browsers know this machine, besides the address.")
    ] = None,
    dagster_url: Annotated[
        str | None,
        typer.Option(envvar="P2P_DAGSTER_URL", help="Where Dagster's pages are, to link to; `p2p up` knows."),
    ] = None,
) -> None:
    """Serve the dashboard and the API, on this machine only, until Ctrl-C.

    To let others in as well, set P2P_WEB_TOKEN to a
    secret of twenty characters or more, and name the machine with --name.
    """
    import uvicorn

    from p2p_pipeline.exchanges.settings import exchanges_settings
    from p2p_pipeline.monitoring.logs import set_up_logging
    from p2p_pipeline.p2p.settings import settings_file_of
    from p2p_pipeline.web.app import create_app
    from p2p_pipeline.web.edges import Edges
    from p2p_pipeline.web.guard.access import access_for
    from p2p_pipeline.web.listening import server_config
    from p2p_pipeline.web.pages.dagster_links import checked_url

    started = context_of(context)
    set_up_logging()
    access = access_for(host, os.environ.get(TOKEN_VARIABLE, "").strip() or None)
    own_name = f"[{host}]" if ":" in host else host
    edges = Edges(started.paths, started.settings, access, is_warming=True)
    edges.exchanges = exchanges_settings(settings_file_of(started.settings_file, os.environ, started.paths.root))
    edges.dagster_url = checked_url(dagster_url) if dagster_url else None
    app = create_app(edges, (own_name, *(name or ())))
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        fail(f"can't listen on {host}:{port}: {error.strerror or error}; give another --port or --host")
    say(f"p2p_pipeline on http://{own_name}:{listening.getsockname()[1]}; Ctrl-C ends it.")
    uvicorn.Server(server_config(app)).run(sockets=[listening])
