"""How fast frames become order books: `python -m p2p_pipeline_tests.benchmarks.bench_order_books`.

The frames of nearly six recorded minutes of Binance (changes of a book, best prices), one after the other on one core.
Ours: decoded, sequenced, written into the arrays that a scan looks at. Theirs: ccxt.pro's own handlers, which keep a
dict and two lists. By turns, so that a busy machine slows both; the ratio is what counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from statistics import median
from types import SimpleNamespace
from typing import Any

import orjson

from p2p_pipeline.exchanges.books.market_books import MarketBooks
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.frames.recordings import read_recording
from p2p_pipeline.exchanges.replay.replaying import books_of
from p2p_pipeline.exchanges.words import Instrument
from p2p_pipeline_tests.shared_files import RECORDINGS

RECORDING = RECORDINGS / "exchanges" / "binance_spot_btcusdt_2024-08-08.jsonl.gz"
ROUNDS = 5
WANTED_PER_SECOND = 20_000


def main() -> None:
    """Print a table for all frames, and one for each kind of them."""
    if not RECORDING.exists():
        _line(f"bench_order_books needs {RECORDING}")
        return
    frames = list(read_recording(RECORDING))
    snapshot = next(at for at, frame in enumerate(frames) if frame.passage is Passage.REST)
    changes = [frame for frame in frames if b"depthUpdate" in frame.body or frame.passage is Passage.REST]
    for name, chosen in (("all frames", frames), ("changes of the book only", changes)):
        _compare(name, chosen, frames[snapshot])


def _compare(name: str, frames: Sequence[Frame], snapshot: Frame) -> None:
    ways: dict[str, Callable[[], tuple[float, Any]]] = {
        "ours": lambda: _ours(frames),
        "ccxt.pro": lambda: _ccxt(frames, snapshot),
    }
    speeds: dict[str, list[float]] = {way: [] for way in ways}
    bests = set()
    for _ in range(ROUNDS):
        for way, run in ways.items():
            seconds, best = run()
            speeds[way].append(len(frames) / seconds)
            bests.add(best)
    _line(
        f"{name}: {len(frames):,} of Binance BTCUSDT; CPU of one core, median of {ROUNDS}; {WANTED_PER_SECOND:,} wanted"
    )
    for way, found in speeds.items():
        ratio = median(ours / theirs for ours, theirs in zip(speeds["ours"], found, strict=True))
        _line(f"  {way:<12}{median(found):12,.0f} frames/s   {ratio:5.1f} times as long")
    _line(f"  the same best prices at the end: {'yes' if len(bests) == 1 else f'NO: {bests}'}")


def _ours(frames: Sequence[Frame]) -> tuple[float, Any]:
    books = books_of("binance")
    instrument = Instrument("binance", "BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"))
    market = MarketBooks([books], ["BTC/USDT"], {(0, 0): instrument})
    began = time.process_time()
    for frame in frames:
        books.take(frame, frame.received_at_ns or 0)
    seconds = time.process_time() - began
    return seconds, (market.bid_prices[0, 0, 0], market.ask_prices[0, 0, 0])


def _ccxt(frames: Sequence[Frame], snapshot: Frame) -> tuple[float, Any]:
    """As its socket does: orjson, then its handlers; its snapshot is there from the start of the frames."""
    import ccxt.pro

    exchange = ccxt.pro.binance()
    exchange.set_markets(
        [exchange.safe_market_structure({
            "id": "BTCUSDT", "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "type": "spot", "spot": True,
            "baseId": "BTC", "quoteId": "USDT", "precision": {"price": 0.01, "amount": 0.00001},
        })]
    )  # fmt: skip
    client = SimpleNamespace(url="wss://stream.binance.com:9443/ws", subscriptions={}, resolve=lambda *_: None)
    book = exchange.orderbooks["BTC/USDT"] = exchange.order_book({}, 1000)
    answer = orjson.loads(snapshot.body)
    bodies = [frame.body for frame in frames if frame.passage is Passage.SOCKET]
    began = time.process_time()
    parsed = exchange.parse_order_book(answer, "BTC/USDT")
    book.reset(parsed)
    book["nonce"] = answer["lastUpdateId"]
    book["timestamp"] = None
    for body in bodies:
        exchange.handle_message(client, orjson.loads(body))
    seconds = time.process_time() - began
    return seconds, (book["bids"][0][0], book["asks"][0][0])


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
