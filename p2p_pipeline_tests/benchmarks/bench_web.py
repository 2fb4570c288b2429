# ruff: noqa: T201
"""What the web service costs: many clients at the live socket with some that read nothing, and how long questions take.

    python -m p2p_pipeline_tests.benchmarks.bench_web [CLIENTS] [SECONDS]

The service runs in a process of its own over a small made-up folder, and publishes a change of every row once a second;
the clients run in this one. Delivery is from `as_of` in the frame to its arrival, so the clients' own work is in it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np
import psutil
import uvicorn
import websockets

from p2p_pipeline.commands.ports import free_port
from p2p_pipeline.web.app import create_app
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.live import watching
from p2p_pipeline.web.live.topic import Topic
from p2p_pipeline_tests.web.serving import QUESTION, edges_over, stored_book

STALLED_SHARE = 0.1
ROWS = 8
QUESTIONS = 200


async def publish_each_second(edges: Edges, topic: Topic) -> None:
    """In place of watching the store: every row changes once a second."""
    number = 0
    while True:
        number += 1
        rows = {f"venue.USDT-X{row} BUY": {"best_split": f"83.{number:04d}", "amount": "50000"} for row in range(ROWS)}
        topic.publish(rows, datetime.now(UTC))
        await asyncio.sleep(1.0)


def serve(folder: str, port: int) -> None:
    """The service's process."""
    watching.watch = publish_each_second
    import p2p_pipeline.web.app as service

    service.watch = publish_each_second  # type: ignore[attr-defined]
    app = create_app(edges_over(Path(folder), datetime(2024, 10, 25, 12, 0, 12, tzinfo=UTC)))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


async def client(url: str, until: float, delays: list[float]) -> None:
    """Reads everything and notes how late it came."""
    async with websockets.connect(url, compression=None) as socket:
        while time.monotonic() < until:
            try:
                message = json.loads(await asyncio.wait_for(socket.recv(), 5))
            except TimeoutError:
                continue
            if message["type"] == "delta":
                delays.append(time.time() - datetime.fromisoformat(message["as_of"]).timestamp())


async def stalled(url: str, until: float) -> None:
    """Reads nothing at all."""
    async with websockets.connect(url, compression=None, max_queue=1) as _:
        await asyncio.sleep(max(0.0, until - time.monotonic()))


async def measure_sockets(url: str, process: psutil.Process, clients: int, seconds: float) -> list[str]:
    """Lines of the table for the socket."""
    lines = []
    for share in (0.0, STALLED_SHARE):
        until = time.monotonic() + seconds + 3
        delays: list[float] = []
        tasks = [client(url, until, delays) for _ in range(clients)]
        tasks += [stalled(url, until) for _ in range(int(clients * share))]
        running = asyncio.gather(*tasks)
        await asyncio.sleep(3)
        delays.clear()
        before, began = process.cpu_times(), time.monotonic()
        await asyncio.sleep(seconds - 1)
        after, took = process.cpu_times(), time.monotonic() - began
        cpu = (after.user + after.system - before.user - before.system) / took
        found = np.array(delays) * 1000
        await running
        lines.append(
            f"{clients} clients, {int(clients * share)} more that read nothing: p50 {np.percentile(found, 50):.0f} ms, "
            f"p99 {np.percentile(found, 99):.0f} ms, {cpu:.0%} of a core, {process.memory_info().rss / 2**20:.0f} MiB"
        )
    return lines


def measure_questions(base: str) -> list[str]:
    """Lines of the table for pages and the API."""
    series = {"market": "bybit.USDT-RUB", "side": "BUY", "measure": "ask"}
    lines = []
    with httpx.Client(base_url=base) as asking:
        for path, asked in (
            ("/api/v1/quotes", QUESTION),
            ("/api/v1/history", series),
            ("/now", QUESTION),
            ("/history", series),
        ):
            times = []
            for number in range(QUESTIONS // 4):
                began = time.perf_counter()
                amount = {"amount": str(2000 + number)} if "amount" in asked else {}
                asking.get(path, params={**asked, **amount}).raise_for_status()
                times.append(1000 * (time.perf_counter() - began))
            lines.append(f"GET {path}: p50 {np.percentile(times, 50):.0f} ms, p95 {np.percentile(times, 95):.0f} ms")
        first = asking.get("/api/v1/quotes", params=QUESTION)
        times = []
        for _ in range(50):
            began = time.perf_counter()
            answer = asking.get("/api/v1/quotes", params=QUESTION, headers={"If-None-Match": first.headers["etag"]})
            times.append(1000 * (time.perf_counter() - began))
            assert answer.status_code == 304
        lines.append(f"304: p50 {np.percentile(times, 50):.1f} ms, p95 {np.percentile(times, 95):.1f} ms")
    return lines


def main(clients: int = 500, seconds: float = 20.0) -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        stored_book(Path(folder))
        port = free_port()
        service = subprocess.Popen([sys.executable, "-m", __spec__.name, "serve", folder, str(port)])
        try:
            base = f"http://127.0.0.1:{port}"
            for _ in range(200):
                try:
                    httpx.get(f"{base}/health/live")
                    break
                except httpx.ConnectError:
                    time.sleep(0.1)
            print("\n".join(measure_questions(base)))
            url = f"ws://127.0.0.1:{port}/ws/now"
            print("\n".join(asyncio.run(measure_sockets(url, psutil.Process(service.pid), clients, seconds))))
        finally:
            service.terminate()
            service.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        main(*(int(word) for word in sys.argv[1:3]))
