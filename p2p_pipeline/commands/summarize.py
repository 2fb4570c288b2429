"""`p2p summarize`: what the whole history says of each market, as Dagster works it out once a day."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json


def summarize(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False,
) -> None:
    """Make the tables over the whole history: advice and its proof, behaviour, how well deal scores predict.

    `p2p windows` and `p2p anomalies` work without it; `p2p score` then says what became of such deals.
    """
    from p2p_pipeline.p2p.actions.summarize import summarize_all

    started = context_of(context)
    began = time.perf_counter()

    def say(name: str, market_key: str) -> None:
        if not as_json:
            typer.echo(f"{name} {market_key}", err=True)

    found = summarize_all(started.paths, started.settings, datetime.now(UTC), say)
    seconds = round(time.perf_counter() - began, 3)
    if as_json:
        print_json({**{name: len(markets) for name, markets in found.items()}, "seconds": seconds})
        return
    for name, markets in found.items():
        typer.echo(f"{name}: {len(markets)} markets, as of {max(markets.values()) if markets else 'never'}")
    typer.echo(f"{seconds:.1f} s; look with `p2p windows`, `p2p behaviour`, `p2p score`, or in Dagster")
