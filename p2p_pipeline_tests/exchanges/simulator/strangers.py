"""Other people's clients, pointed at the simulator: nobody here wrote them, so they can't share our misreading."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import ccxt.pro

from p2p_pipeline.exchanges.simulator.server import RunningExchanges

ROUND_SECONDS = 0.7
WAITS_FOR_MANY = ("mexc", "xt", "kucoin")
"""Where ccxt lets up to 25 changes pass before it asks for a snapshot: a clock that rests has no 25 to give."""


class RestingClock:
    """A simulated time that stands still unless it is moved: so books can be compared at one instant."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def repointed(value: Any, url: str, exchange: str) -> Any:
    """All addresses of a client moved to the simulator's mount of the exchange, their paths kept."""
    if isinstance(value, dict):
        return {key: repointed(inner, url, exchange) for key, inner in value.items()}
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(http|ws)s?://[^/]*(/.*)?", value)
    if found is None:
        return value
    return f"{url.replace('http', found[1], 1)}/{exchange}{(found[2] or '').rstrip('/')}"


def stranger(exchange: str, url: str) -> Any:
    """A client of ccxt.pro as anybody makes it, but for its addresses."""
    options = {"watchOrderBook": {"snapshotDelay": 0}} if exchange in WAITS_FOR_MANY else {}
    client = getattr(ccxt.pro, exchange)({"enableRateLimit": False, "timeout": 5_000, "options": options})
    client.urls["api"] = repointed(client.urls["api"], url, exchange)
    return client


async def read_by_stranger(
    running: RunningExchanges, clock: RestingClock, exchange: str, symbol: str, rounds: int, depth: int | None = None
) -> int:
    """Let a stranger watch a book while time moves on; how often its book was equal to the true one at rest."""
    client = stranger(exchange, running.url)
    equal = 0
    try:
        watching = asyncio.create_task(client.watch_order_book(symbol, depth))
        for _ in range(rounds):
            equal += await _round(running, clock, client, symbol, exchange, watching)
            if watching.done():
                watching = asyncio.create_task(client.watch_order_book(symbol, depth))
        watching.cancel()
    finally:
        await client.close()
    return equal


async def _round(
    running: RunningExchanges, clock: RestingClock, client: Any, symbol: str, exchange: str, watching: asyncio.Task[Any]
) -> bool:
    clock.now += ROUND_SECONDS
    for _ in range(100):
        await asyncio.sleep(0.02)
        if watching.done():
            watching.result()
        book = client.orderbooks.get(symbol)
        if book is not None and has_moved(running, clock) and _is_true(running, exchange, symbol, book):
            return True
    return False


def has_moved(running: RunningExchanges, clock: RestingClock) -> bool:
    """Whether the exchanges have told their sockets all there is up to where the clock stands."""
    with running.lock:
        return running.hall.told_until == clock.now


def _is_true(running: RunningExchanges, exchange: str, symbol: str, book: Any) -> bool:
    with running.lock:
        bids, asks = running.hall.book(exchange, symbol).top()
    seen_bids, seen_asks = list(book["bids"]), list(book["asks"])
    if min(len(seen_bids), len(seen_asks)) < 5:
        return False
    return _same(seen_bids, bids) and _same(seen_asks, asks)


def _same(seen: list[Any], true: list[tuple[str, str]]) -> bool:
    wanted = [(float(price), float(quantity)) for price, quantity in true[: len(seen)]]
    return [(float(level[0]), float(level[1])) for level in seen] == wanted
