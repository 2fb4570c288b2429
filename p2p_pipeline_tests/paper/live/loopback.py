"""Bybit's perpetuals on loopback, as little as a live session needs: lists, candles, tickers; and what goes wrong."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from p2p_pipeline_tests.paper.recordings import TICKER, instrument


@dataclass
class Loopback:
    """The server: `symbols` with a price that wanders, a page of instruments each `page`."""

    symbols: tuple[str, ...] = ("AAAUSDT", "BBBUSDT", "CCCUSDT")
    page: int = 2
    seed: int = 1
    frames_per_second: float = 40.0
    refused_topics: frozenset[str] = frozenset()
    refusals: list[tuple[int, str]] = field(default_factory=list)
    """Status and body of the next REST answers."""
    candle_every: float = 1.0
    """Seconds after which a candle of each symbol that is subscribed to is confirmed."""
    pong: dict[str, Any] = field(default_factory=lambda: {"success": True, "ret_msg": "pong", "op": "ping"})
    clock_behind_ms: int = 0
    unheard: int = 0
    """So many subscriptions it does nothing about."""
    asked: list[str] = field(default_factory=list)
    """Paths of REST requests."""
    heard: list[dict[str, Any]] = field(default_factory=list)
    sockets: set[ServerConnection] = field(default_factory=set)
    topics: dict[ServerConnection, set[str]] = field(default_factory=dict)
    url: str = ""
    now_ns: Callable[[], int] = time.time_ns

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._price = dict.fromkeys(self.symbols, 1000)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Loopback]:
        async with serve(
            self._of_socket, "127.0.0.1", 0, process_request=self._of_request, ping_interval=None, compression=None
        ) as server:
            self.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            moving = asyncio.create_task(self._move())
            try:
                yield self
            finally:
                moving.cancel()

    def _now(self) -> int:
        return self.now_ns() // 1_000_000

    async def lose_connections(self) -> None:
        for socket in tuple(self.sockets):
            socket.transport.abort()

    def _of_request(self, _: ServerConnection, request: Request) -> Response | None:
        if "Upgrade" in request.headers:
            return None
        parts = urlsplit(request.path)
        self.asked.append(request.path)
        if self.refusals:
            status, body = self.refusals.pop(0)
            return Response(status, "", Headers(), body.encode())
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        result = self._instruments(query) if parts.path.endswith("/instruments-info") else self._candles(query)
        body = json.dumps({"retCode": 0, "retMsg": "OK", "result": result, "time": self._now() - self.clock_behind_ms})
        return Response(200, "OK", Headers({"Content-Type": "application/json"}), body.encode())

    def _instruments(self, query: dict[str, str]) -> dict[str, Any]:
        begin = int(query.get("cursor", "page=0").removeprefix("page="))
        end = begin + self.page
        rows = [instrument(symbol) for symbol in self.symbols[begin:end]]
        more = f"page%3D{end}" if end < len(self.symbols) else ""
        return {"category": "linear", "list": rows, "nextPageCursor": more}

    def _candles(self, query: dict[str, str]) -> dict[str, Any]:
        length = int(query["interval"]) * 60_000
        newest = self._now() // length * length
        rows = [[str(newest - length * back), "100", "101", "99", "100", "1", "1"] for back in range(3)]
        return {"category": "linear", "symbol": query["symbol"], "list": rows}

    async def _of_socket(self, socket: ServerConnection) -> None:
        self.sockets.add(socket)
        self.topics[socket] = set()
        try:
            async for message in socket:
                await self._hear(socket, json.loads(message))
        except ConnectionClosed:
            pass
        finally:
            self.sockets.discard(socket)
            del self.topics[socket]

    async def _hear(self, socket: ServerConnection, said: dict[str, Any]) -> None:
        self.heard.append(said)
        if said["op"] == "ping":
            await socket.send(json.dumps({**self.pong, "conn_id": "1"}))
            return
        if self.unheard:
            self.unheard -= 1
            return
        bad = [topic for topic in said["args"] if topic in self.refused_topics]
        answer = {"success": not bad, "ret_msg": f"error:handler not found,topic:{bad[0]}" if bad else ""}
        await socket.send(json.dumps({**answer, "conn_id": "1", "req_id": said["req_id"], "op": said["op"]}))
        if bad:
            return
        if said["op"] == "unsubscribe":
            self.topics[socket] -= set(said["args"])
            return
        self.topics[socket] |= set(said["args"])
        for topic in said["args"]:
            if topic.startswith("tickers."):
                await socket.send(self._ticker(topic, is_snapshot=True))

    def _ticker(self, topic: str, *, is_snapshot: bool) -> str:
        symbol = topic.removeprefix("tickers.")
        price = self._price[symbol]
        moving = {
            "markPrice": f"{price / 10}", "bid1Price": f"{(price - 1) / 10}", "ask1Price": f"{(price + 1) / 10}",
            "lastPrice": f"{price / 10}", "openInterestValue": f"{price * 100}",
        }  # fmt: skip
        funding = {"nextFundingTime": str((self._now() // 3_600_000 + 4) * 3_600_000)}
        data = {"symbol": symbol, **(TICKER if is_snapshot else {}), **moving, **(funding if is_snapshot else {})}
        kind = "snapshot" if is_snapshot else "delta"
        return json.dumps({"topic": topic, "type": kind, "ts": self._now(), "data": data})

    def _kline(self, topic: str) -> str:
        end = self._now() // 1000 * 1000 - 1
        price = f"{self._price[topic.rpartition('.')[2]] / 10}"
        row = {
            "start": end - 59_999, "end": end, "interval": "1", "open": price, "close": price, "high": price,
            "low": price, "volume": "1", "turnover": "1", "confirm": True, "timestamp": end,
        }  # fmt: skip
        return json.dumps({"topic": topic, "type": "snapshot", "ts": end, "data": [row]})

    async def _move(self) -> None:
        rng, candles_at, last_second = self._random, 0.0, 0
        while True:
            await asyncio.sleep(1 / self.frames_per_second)
            symbol = rng.choice(self.symbols)
            self._price[symbol] = max(500, self._price[symbol] + rng.randrange(-15, 16))
            # candles end with whole seconds: the past is known at those
            second = self._now() // 1000
            is_candle_time = time.monotonic() >= candles_at and second > last_second
            if is_candle_time:
                candles_at, last_second = time.monotonic() + self.candle_every, second
            for socket, topics in tuple(self.topics.items()):
                messages = [self._ticker(topic, is_snapshot=False) for topic in topics if topic == f"tickers.{symbol}"]
                if is_candle_time:
                    messages += [self._kline(topic) for topic in topics if topic.startswith("kline.")]
                for message in messages:
                    try:
                        await socket.send(message)
                    except ConnectionClosed:
                        break
