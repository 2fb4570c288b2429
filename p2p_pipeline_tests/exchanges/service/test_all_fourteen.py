"""The service at all fourteen simulated exchanges: every book is the true one, through disconnects and lost frames."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

from p2p_pipeline.exchanges.funnel.subscriptions import depth_feed
from p2p_pipeline.exchanges.simulator.faults import FaultName
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.server import running_exchanges
from p2p_pipeline.exchanges.venues.connector import NAMES, wire_of
from p2p_pipeline.exchanges.words import Feed
from p2p_pipeline_tests.exchanges.service.running import Watch, health, options, run_service

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.environ.get("P2P_LONG_TESTS") != "1", reason="the long form runs with P2P_LONG_TESTS=1"),
]
SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
BY_CHANGES = [name for name in NAMES if depth_feed(wire_of(name).CAPABILITY) is Feed.DELTA]


def test_all_books_live_again_after_every_exchange_dropped_its_sockets_and_lost_frames() -> None:
    with running_exchanges(ExchangesOptions(symbols=SYMBOLS, changes_per_second=5.0, is_deflated=True)) as exchanges:
        # Coinbase's fee is so high that its books would never be near an edge.
        chosen = replace(options(exchanges.url, NAMES, SYMBOLS), watch_depth=SYMBOLS)

        async def scenario(watch: Watch) -> None:
            books = len(NAMES) * len(SYMBOLS)
            await watch.until("all live", lambda board: board.scan.books_live == books, within=40)
            _compare(exchanges.url, watch)
            exchanges.add_fault(FaultName.DISCONNECT, amount=0.5)
            await watch.until("all gone", lambda board: board.scan.books_live < books // 2, within=20)
            exchanges.end_faults()
            board = await watch.until("all back", lambda board: board.scan.books_live == books, within=60)
            assert all(one.reconnects >= 1 for one in board.exchanges)
            for name in BY_CHANGES:
                exchanges.add_fault(FaultName.DROP, exchange=name, count=1)
            await watch.until(
                "gaps",
                lambda board: all(
                    health(board, name).gaps + health(board, name).checksum_failures for name in BY_CHANGES
                ),
                within=40,
            )
            await watch.until("mended", lambda board: board.scan.books_live == books, within=60)
            _compare(exchanges.url, watch)

        run_service(chosen, scenario)


def _compare(url: str, watch: Watch) -> None:
    """Best prices of all books, near enough in time for the simulated market not to have moved far."""
    for exchange in NAMES:
        for symbol in SYMBOLS:
            ours = watch.store.book(exchange, symbol)
            assert ours is not None, (exchange, symbol)
            query = {"exchange": exchange, "symbol": symbol, "depth": "1"}
            truth = httpx.get(f"{url}/truth/book", params=query).json()["published"]
            for side, levels in (("bids", ours.bids), ("asks", ours.asks)):
                best, true = Decimal(levels[0][0]), Decimal(truth[side][0][0])
                assert abs(best / true - 1) < Decimal("0.01"), (exchange, symbol, side, best, true)
