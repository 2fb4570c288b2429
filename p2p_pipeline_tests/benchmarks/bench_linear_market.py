# ruff: noqa: T201
"""What the simulated linear market costs, all tickers and minute candles followed: python -m … [SECONDS]."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from urllib.request import urlopen

import psutil
from websockets.asyncio.client import ClientConnection, connect

from p2p_pipeline.commands.children import beside_python

_TOPICS_PER_SOCKET = 700
_SETTLE_SECONDS = 5.0


def main() -> None:
    """A line for each load."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    for perpetuals, frames in ((200, 400), (600, 2_000)):
        print(measure(perpetuals, frames, seconds), flush=True)


def measure(perpetuals: int, frames: float, seconds: float) -> str:
    """One load, in words."""
    command = [beside_python("p2p"), "simulate", "exchanges", "--exchanges", "bybit", "--symbols", "BTC/USDT", "--json"]
    command += ["--port", "0", "--perpetuals", str(perpetuals), "--ticker-frames", str(frames)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            url = json.loads(child.stdout.readline())["url"]
            got, cpu, rss = asyncio.run(_followed(url, psutil.Process(child.pid), seconds))
        finally:
            child.terminate()
    return (
        f"{perpetuals} perpetuals at {frames:.0f} ticker frames a second: {got / seconds:.0f} frames a second with "
        f"candles, {cpu / seconds:.1%} of a core, {rss / 2**20:.0f} MiB"
    )


async def _followed(url: str, process: psutil.Process, seconds: float) -> tuple[int, float, int]:
    symbols = _symbols(url)
    topics = [*(f"tickers.{symbol}" for symbol in symbols), *(f"kline.1.{symbol}" for symbol in symbols)]
    count = 0

    async def follow(part: Sequence[str]) -> None:
        nonlocal count
        async with connect(url.replace("http", "ws") + "/bybit/v5/public/linear", compression=None) as socket:
            await _subscribe(socket, part)
            async for _ in socket:
                count += 1

    parts = [topics[first : first + _TOPICS_PER_SOCKET] for first in range(0, len(topics), _TOPICS_PER_SOCKET)]
    tasks = [asyncio.create_task(follow(part)) for part in parts]
    await asyncio.sleep(_SETTLE_SECONDS)
    before, began = count, sum(process.cpu_times()[:2])
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    found = count - before, sum(process.cpu_times()[:2]) - began, process.memory_info().rss
    for task in tasks:
        task.cancel()
    return found


async def _subscribe(socket: ClientConnection, topics: Sequence[str]) -> None:
    for first in range(0, len(topics), 100):
        await socket.send(json.dumps({"op": "subscribe", "args": topics[first : first + 100]}))


def _symbols(url: str) -> list[str]:
    found, cursor = list[str](), ""
    while True:
        address = f"{url}/bybit/v5/market/instruments-info?category=linear&limit=1000&cursor={cursor}"
        with urlopen(address) as answer:
            result = json.load(answer)["result"]
        found += [row["symbol"] for row in result["list"] if row["quoteCoin"] == "USDT" and row["status"] == "Trading"]
        cursor = result["nextPageCursor"]
        if not cursor:
            return [symbol for symbol in found if "-" not in symbol]


if __name__ == "__main__":
    main()
