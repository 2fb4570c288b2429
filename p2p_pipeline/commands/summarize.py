"""`p2p summarize`: what the whole history says of each market, as Dagster works it out once a day."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.kernel.texts import duration_text


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

    def say(name: str, market_key: str, done: int, total: int) -> None:
        if as_json:
            return
        # A summary of one market takes about as long as of another.
        spent = time.perf_counter() - started_at.setdefault(name, time.perf_counter())
        left = f", about {duration_text(spent / done * (total - done))} left of {name}" if done else ""
        typer.echo(f"{name} {market_key}: {done + 1} of {total}{left}", err=True)

    started_at: dict[str, float] = {}
    found = summarize_all(started.paths, started.settings, datetime.now(UTC), say)
    seconds = round(time.perf_counter() - began, 3)
    if as_json:
        print_json({**{name: len(markets) for name, markets in found.items()}, "seconds": seconds})
        return
    for name, markets in found.items():
        typer.echo(f"{name}: {len(markets)} markets, as of {max(markets.values()) if markets else 'never'}")
    typer.echo(f"{seconds:.1f} s; look with `p2p windows`, `p2p behaviour`, `p2p score`, or in Dagster")
