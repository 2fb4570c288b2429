"""`p2p arbitrage …`: what could be earned between order books, after all costs. Nothing places an order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import fail, print_json
from p2p_pipeline.commands.terminal import say

if TYPE_CHECKING:
    from p2p_pipeline.exchanges.scan.results import CycleFound, Scan, Spatial

app = typer.Typer(add_completion=False, invoke_without_command=True)

_MOST_MIB = 64
"""Fourteen exchanges of a thousand symbols and forty levels are a third of it."""


@app.callback()
def newest(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print one object.")] = False
) -> None:
    """Print the newest scan of `p2p stream`: what could be earned, and why the rest can't."""
    if context.invoked_subcommand is None:
        from p2p_pipeline.commands.arbitrage_newest import print_newest

        print_newest(context, as_json=as_json)


@app.command()
def price(
    books: Annotated[Path, typer.Argument(help="A JSON file with instruments, books and rules; docs/arbitrage.md.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one object, amounts as text.")] = False,
) -> None:
    """Price books given in a file: between exchanges, and cycles inside each."""
    from datetime import UTC, datetime

    from p2p_pipeline.exchanges.scan.price_file import read_price_file
    from p2p_pipeline.exchanges.scan.scanning import scan

    most_bytes = _MOST_MIB * 1024 * 1024
    try:
        with books.open("rb") as file:
            text = file.read(most_bytes + 1)
    except OSError as error:
        fail(f"{books}: can't be read: {error.strerror or error}")
    if len(text) > most_bytes:
        fail(f"{books}: is more than {_MOST_MIB} MiB; give it in parts")
    asked = read_price_file(text, books.name)
    for exchange in asked.fees_without_use:
        say(
            f"{books.name}: withdrawal_fee_base.{exchange}: no instrument is of {exchange}; the fee is not used",
            err=True,
        )
    found = scan(asked.view, asked.rules, asked.pairs, cycle=0, at=datetime.now(UTC))
    if as_json:
        print_json(as_contract(found))
    else:
        _tell(found)


def as_contract(found: Scan) -> dict[str, object]:
    """What `--json` prints: a contract with other tools."""
    from p2p_pipeline.exchanges.scan.result_json import plain

    spatial = (
        "buy",
        "sell",
        "symbol",
        "notional",
        "quantity",
        "buy_vwap",
        "sell_vwap",
        "net_edge_pct",
        "net_profit_quote",
    )
    cycle = ("exchange", "start_asset", "start_quantity", "end_quantity", "net_edge_pct")
    leg = ("symbol", "side", "quantity", "price")
    return {
        "spatial": [{name: plain(getattr(row, name)) for name in spatial} for row in found.opportunities],
        "cycles": [
            {name: plain(getattr(row, name)) for name in cycle}
            | {"legs": [{name: plain(getattr(step, name)) for name in leg} for step in row.legs]}
            for row in found.cycles
        ],
        "rejected": {reason.value: count for reason, count in found.rejected.items()},
    }


def _tell(found: Scan) -> None:
    for row in found.opportunities:
        say(_spatial_line(row))
    for way in found.cycles:
        say(_cycle_line(way))
    refused = ", ".join(f"{reason} {count}" for reason, count in found.rejected.items())
    say(
        f"{len(found.opportunities)} of {found.pairs} pairs pay, {len(found.cycles)} cycles; "
        f"refused: {refused or 'none'}"
    )


def _spatial_line(row: Spatial) -> str:
    from p2p_pipeline.kernel.texts import number_text

    return (
        f"{number_text(row.net_edge_pct)} %  {number_text(row.net_profit_quote)}  {row.symbol}: buy {row.quantity:f} "
        f"at {row.buy} for {number_text(row.buy_vwap)}, sell at {row.sell} for {number_text(row.sell_vwap)}"
        f"{' (a book ended)' if row.is_partial else ''}"
    )


def _cycle_line(row: CycleFound) -> str:
    from p2p_pipeline.kernel.texts import number_text

    steps = ", ".join(f"{leg.side} {leg.quantity:f} {leg.symbol} at {number_text(leg.price)}" for leg in row.legs)
    return (
        f"{number_text(row.net_edge_pct)} %  {row.exchange}: {row.spent:f} {row.start_asset} become "
        f"{row.end_quantity:f} by {steps}"
    )
