"""An exchange's subscriptions as they are wanted, whenever that changes."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.connections.exchange_link import ExchangeLink
from p2p_pipeline.exchanges.connections.intake import Intake
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.server import running_exchanges
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of
from p2p_pipeline.exchanges.words import Feed, Subscription

SYMBOLS = ("BTC/USDT", "ETH/USDT")
SPELLED = {"bitfinex": ("tBTCUST", "tETHUST"), "upbit": ("USDT-BTC", "USDT-ETH"), "okx": ("BTC-USDT", "ETH-USDT")}


@pytest.mark.parametrize("exchange", SPELLED)
def test_what_is_wanted_no_more_before_it_was_answered_ends_and_the_rest_goes_on(exchange: str) -> None:
    frames: list[Frame] = []
    feed = Feed.DELTA if exchange == "bitfinex" else Feed.TOP
    one, other = (Subscription(feed, symbol, 25) for symbol in SPELLED[exchange])

    async def run(url: str) -> None:
        books = ExchangeBooks(exchange, wire_of(exchange), lists_of(exchange))

        def take(frame: Frame) -> None:
            link.act(books.take(frame, frame.received_at_ns or 0))
            if frame.passage is Passage.OPENED and link.subscriptions == 2:
                link.want([other])
                asyncio.get_running_loop().call_soon(link.want, [one, other])
                asyncio.get_running_loop().call_later(0.01, link.want, [other])

        async with httpx.AsyncClient(trust_env=False) as client:
            intake = Intake(frames.append, take)
            link = ExchangeLink(books, intake, client, time.time_ns, url)
            link.want([one, other])
            async with asyncio.timeout(20):
                while books.book(other.symbol) is None or books.book(one.symbol) is not None:
                    await asyncio.sleep(0.02)
                    link.raise_failures()
            await link.close()

    with running_exchanges(ExchangesOptions(exchanges=(exchange,), symbols=SYMBOLS, has_extra=False)) as exchanges:
        asyncio.run(run(exchanges.url))
    assert frames[-1].passage is Passage.CLOSED
