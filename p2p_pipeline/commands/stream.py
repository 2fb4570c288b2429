"""`p2p stream`: watch order books and scan them every few seconds, without Dagster or pages."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json, require_settings
from p2p_pipeline.commands.terminal import say
from p2p_pipeline.kernel.durations import seconds_of
from p2p_pipeline.kernel.texts import count_text, number_text

if TYPE_CHECKING:
    from p2p_pipeline.exchanges.board import Board
    from p2p_pipeline.exchanges.settings import ExchangesSettings
    from p2p_pipeline.p2p.installation import CommandContext

SOURCE_VARIABLE = "P2P_EXCHANGES_SOURCE"


def stream(
    context: typer.Context,
    exchanges: Annotated[str, typer.Option(help="Names, such as binance,okx; else the settings'.")] = "",
    symbols: Annotated[str, typer.Option(help="Such as BTC/USDT,ETH/USDT; else the settings'.")] = "",
    source: Annotated[
        str | None,
        typer.Option(envvar=SOURCE_VARIABLE, help="Connect to this URL (a simulator) instead of to the exchanges."),
    ] = None,
    duration: Annotated[str | None, typer.Option("--for", help="End after this long: 60s, 10m, 2h.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON a scan.")] = False,
) -> None:
    """Watch order books of exchanges and scan them for arbitrage every five seconds, until Ctrl-C.

    --json prints, for each scan, {"cycle", "at", "duration_ms", "books_live", "pairs", "opportunities",
    "rejected": {reason: n}}. Nothing here places an order.
    """
    import asyncio

    from p2p_pipeline.kernel.allocator import give_back_memory

    give_back_memory()
    from p2p_pipeline.exchanges.actions.stream import stream as run_service
    from p2p_pipeline.monitoring.logs import set_up_logging

    started = context_of(context)
    require_settings(context)
    settings = _settings(started, exchanges, symbols, source)
    seconds = None if duration is None else seconds_of(duration)
    set_up_logging()

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def end() -> None:
            # The second Ctrl-C is the system's own, for a disk that hangs.
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end)
        await run_service(started.paths, settings, stop, seconds, _print_json if as_json else _print_line)

    asyncio.run(run())


def _settings(started: CommandContext, exchanges: str, symbols: str, source: str | None) -> ExchangesSettings:
    from p2p_pipeline.exchanges.settings import chosen_exchanges, chosen_symbols, exchanges_settings
    from p2p_pipeline.p2p.settings import settings_file_of

    settings = exchanges_settings(settings_file_of(started.settings_file, os.environ, started.paths.root))
    changes: dict[str, object] = {}
    if exchanges:
        changes["watch"] = chosen_exchanges(exchanges)
    if symbols:
        changes["symbols"] = chosen_symbols(symbols)
    if source:
        changes["source"] = source
    return settings.model_copy(update=changes)


def _print_json(board: Board) -> None:
    scan = board.scan
    print_json(
        {
            "cycle": scan.cycle,
            "at": scan.at,
            "duration_ms": scan.duration_ms,
            "books_live": scan.books_live,
            "pairs": scan.pairs,
            "opportunities": board.found,
            "rejected": {reason.value: count for reason, count in scan.rejected.items()},
        }
    )


def _print_line(board: Board) -> None:
    scan = board.scan
    live = sum(1 for one in board.exchanges if one.state == "live")
    count = len(board.opportunities)
    say(
        f"{scan.at:%H:%M:%S}  {count_text(scan.books_live, 'book')} live, {live} of {len(board.exchanges)} exchanges; "
        f"{count_text(scan.pairs, 'pair')} in {scan.duration_ms:.0f} ms: "
        f"{count} {'opportunity' if count == 1 else 'opportunities'}, {count_text(len(board.cycles), 'cycle')}"
    )
    for one in board.opportunities[:3]:
        found = one.found
        say(
            f"          {number_text(found.net_edge_pct)} %  {found.symbol}: buy at {found.buy}, sell at {found.sell}, "
            f"{number_text(found.net_profit_quote)} of {number_text(found.notional)}"
        )
