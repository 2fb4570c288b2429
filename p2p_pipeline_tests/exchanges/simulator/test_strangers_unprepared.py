"""A stranger's client as it comes, with no option set for us: it needs nothing but the address."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.server import running_exchanges
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.exchanges.simulator.strangers import repointed

pytestmark = [pytest.mark.long, only_long]

LIVELY = ExchangesOptions(symbols=("BTC/USDT", "ETH/USDT"), changes_per_second=10)
"""ccxt lets 25 changes of MEXC's and XT's books pass before it asks for a snapshot."""


async def looked_at(exchange: str, url: str) -> list[dict[str, Any]]:
    """What ccxt sees of a book over its socket and by REST."""
    import ccxt.pro

    client = getattr(ccxt.pro, exchange)({"enableRateLimit": False})
    client.urls["api"] = repointed(client.urls["api"], url, exchange)
    try:
        watched = await asyncio.wait_for(client.watch_order_book("ETH/USDT"), 60)
        return [watched, await client.fetch_order_book("ETH/USDT")]
    finally:
        await client.close()


def test_ccxt_finds_the_books_of_all_fourteen() -> None:
    async def everywhere(url: str) -> list[list[dict[str, Any]]]:
        return await asyncio.gather(*(looked_at(exchange, url) for exchange in EXCHANGES))

    with running_exchanges(LIVELY) as running:
        found = asyncio.run(everywhere(running.url))
    for exchange, books in zip(EXCHANGES, found, strict=True):
        for book in books:
            assert min(len(book["bids"]), len(book["asks"])) >= 10, exchange
            assert 0.98 < book["bids"][0][0] / book["asks"][0][0] < 1, exchange
