"""`p2p arbitrage`: the newest scan of the service."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.texts import count_text, number_text, span_text

if TYPE_CHECKING:
    from p2p_pipeline.exchanges.board import Board, SeenOpportunity

_SHOWN = 20
_STALE_SECONDS = 60
_LATE_MS = 1_000


def print_newest(context: typer.Context, *, as_json: bool) -> None:
    """Print it. Raises InvalidInput while there is none."""
    from p2p_pipeline.exchanges.hot_store.chosen import hot_store

    board = hot_store(context_of(context).paths, os.environ).newest()
    if board is None:
        raise InvalidInput("no service has scanned yet; start `p2p stream`")
    if as_json:
        print_json(_as_object(board))
    else:
        _tell(board, datetime.now(UTC))


def _as_object(board: Board) -> dict[str, object]:
    from p2p_pipeline.exchanges.answers.telling import (
        cycle_told,
        exchange_told,
        opportunity_unfolded,
        scan_told,
        watched_told,
    )

    return {
        "is_simulated": board.is_simulated,
        "scan": scan_told(board),
        "opportunities": [opportunity_unfolded(one) for one in board.opportunities],
        "cycles": [cycle_told(one) for one in board.cycles],
        "exchanges": [exchange_told(one) for one in board.exchanges],
        "watched": [watched_told(one) for one in board.watched],
    }


def _tell(board: Board, now: datetime) -> None:
    scan, age = board.scan, (now - board.scan.at).total_seconds()
    simulated = "simulated, " if board.is_simulated else ""
    say(f"scan {scan.cycle} of {scan.at:%Y-%m-%d %H:%M:%S} UTC ({simulated}{span_text(max(0.0, age))} ago)")
    if age > _STALE_SECONDS:
        say("the service has stopped: nothing below is of now; start `p2p stream`")
    if board.jitter_ms > _LATE_MS:
        say(f"it began {board.jitter_ms / 1000:.1f} s late: this machine does not keep up, books are read late")
    silent = [one for one in board.exchanges if one.state != "live"]
    say(
        f"{count_text(scan.books_live, 'book')} live at {len(board.exchanges) - len(silent)} of "
        f"{count_text(len(board.exchanges), 'exchange')}" + "".join(f"; {one.name} {one.state}" for one in silent)
    )
    for seen in board.opportunities[:_SHOWN]:
        say(_line(seen))
    if len(board.opportunities) > _SHOWN:
        say(f"… and {len(board.opportunities) - _SHOWN} more; --json prints all")
    for cycle in board.cycles[:_SHOWN]:
        way = " → ".join(f"{leg.side} {leg.symbol}" for leg in cycle.legs)
        where = cycle.exchange or "several exchanges"
        say(f"{number_text(cycle.net_edge_pct):>9} %  {where}: {way}, from {cycle.spent:f} {cycle.start_asset}")
    refused = ", ".join(f"{reason.value} {count:,}" for reason, count in scan.rejected.items())
    say(f"{count_text(scan.pairs, 'pair')} looked at; refused: {refused or 'none'}")


def _line(seen: SeenOpportunity) -> str:
    found = seen.found
    alive = (seen.last_seen - seen.first_seen).total_seconds()
    return (
        f"{number_text(found.net_edge_pct):>9} %  {found.symbol}: buy at {found.buy}, sell at {found.sell}, "
        f"{number_text(found.net_profit_quote)} of {number_text(found.notional)}, {found.transfer.value}, "
        f"for {span_text(alive)}"
    )
