"""REST requests, against a real server on loopback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx
import pytest

from p2p_pipeline.exchanges.connections.addresses import Addresses
from p2p_pipeline.exchanges.connections.rest import NoAnswer, Rest
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.words import Limits, Request
from p2p_pipeline_tests.exchanges.connections.small_exchange import SmallExchange, capability

BOOK = Request("/api/v3/depth", (("symbol", "BTCUSDT"),))


class Later:
    """The machine's clock, and what was added to it."""

    added_seconds = 0.0

    def now_ns(self) -> int:
        return time.time_ns() + int(self.added_seconds * 1e9)


LATER = Later()


def asking(server: SmallExchange, ask: Callable[[Rest], Awaitable[None]], per_second: float = 1000.0) -> list[Frame]:
    """The frames that were recorded."""

    async def run() -> list[Frame]:
        frames: list[Frame] = []
        async with server.running(), httpx.AsyncClient(trust_env=False) as client:
            addresses = Addresses(capability(Limits(rest_requests_per_second=per_second)), server.url)
            await ask(Rest(addresses, client, frames.append, LATER.now_ns))
        return frames

    return asyncio.run(run())


def test_an_answer_is_recorded_with_the_path_and_query_that_was_asked() -> None:
    server = SmallExchange(answers=[(200, '{"a":1}', {})])

    async def ask(rest: Rest) -> None:
        assert (await rest.ask(BOOK)).body == b'{"a":1}'

    (frame,) = asking(server, ask)
    assert (frame.exchange, frame.connection, frame.passage) == ("binance", "http0", Passage.REST)
    assert (frame.url, frame.body) == ("/api/v3/depth?symbol=BTCUSDT", b'{"a":1}')
    assert server.paths == ["/binance/api/v3/depth?symbol=BTCUSDT"]


def test_an_exchange_that_wants_to_be_left_alone_is_not_asked_again_until_its_time_is_over() -> None:
    server = SmallExchange(answers=[(429, "slow down", {"Retry-After": "30"}), (200, "{}", {})])

    async def ask(rest: Rest) -> None:
        with pytest.raises(NoAnswer, match="429; no requests for 30 s: slow down"):
            await rest.ask(BOOK)
        with pytest.raises(NoAnswer, match="wants no requests"):
            await rest.ask(BOOK)
        assert len(server.paths) == 1
        LATER.added_seconds += 31
        await rest.ask(BOOK)

    frames = asking(server, ask)
    assert [frame.body for frame in frames] == [b"slow down", b"{}"]


def test_requests_of_one_address_come_no_faster_than_their_pace() -> None:
    server = SmallExchange(answers=[(200, "{}", {})])

    async def ask(rest: Rest) -> None:
        began = time.monotonic()
        await asyncio.gather(*(rest.ask(BOOK) for _ in range(4)), rest.ask(Request("/api/v3/time")))
        assert time.monotonic() - began > 0.28

    asking(server, ask, per_second=10)


def test_nobody_there_is_told_in_one_sentence() -> None:
    async def run() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            rest = Rest(Addresses(capability(), "http://127.0.0.1:9"), client, lambda _: None, time.time_ns)
            with pytest.raises(NoAnswer, match="binance did not answer"):
                await rest.ask(BOOK)

    asyncio.run(run())
