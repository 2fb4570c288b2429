"""`p2p arbitrage`: the newest scan of the service."""

from __future__ import annotations

import typer

from p2p_pipeline.kernel.errors import InvalidInput


def print_newest(context: typer.Context, *, as_json: bool) -> None:  # noqa: ARG001 - what a service's answer needs
    """Print it. Raises InvalidInput while there is none."""
    raise InvalidInput("no service has scanned yet; start `p2p stream`")
