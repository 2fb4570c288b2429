# ruff: noqa: T201
"""Whether the service and its pages hold for long: browsers open on a simulated market, memory on both sides.

    python -m p2p_pipeline_tests.benchmarks.bench_web_hour [MINUTES] [BROWSERS]

A simulated venue, a collector and `p2p serve` run in processes of their own; each browser context stays on one page.
Half-way the service is killed and started again: each live page has to come back by itself. Without Chromium it ends.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil
from playwright.async_api import CDPSession, Page, async_playwright

from p2p_pipeline.commands.ports import free_port
from p2p_pipeline_tests.web.browsing import CHROMIUM

ADDRESSES = (
    "/now?market=bybit.USDT-RUB&amount=50000",
    "/now?market=binance.USDT-VND&amount=2000000",
    "/combos?from=RUB&to=VND&amount=50000",
    "/history?market=bybit.USDT-RUB&amount=50000",
    "/quality",
)
"""The first two follow the market; each of the others stands as it was opened."""
LIVE = 2
LOOK_SECONDS = 30.0
BACK_SECONDS = 40.0
SLOTS = "markets:\n  - market: bybit.USDT-RUB\n  - market: binance.USDT-VND\n"


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """`p2p …` until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "p2p_pipeline.cli", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def wait_until_it_answers(url: str) -> None:
    """Raise RuntimeError where nothing answers within a minute."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(httpx.TransportError):
            httpx.get(url)
            return
        time.sleep(0.2)
    raise RuntimeError(f"nothing answers at {url}")


async def heap_mebibytes(session: CDPSession) -> float:
    """What a page's scripts hold once nothing that can go is left."""
    await session.send("HeapProfiler.collectGarbage")
    found = await session.send("Runtime.getHeapUsage")
    return float(found["usedSize"]) / 2**20


async def shown_age(page: Page) -> str:
    """The time of the book that a live page shows."""
    return str(await page.get_attribute("[data-at] >> nth=0", "data-at"))


async def watch(minutes: float, browsers: int, base: str, serve: list[str]) -> None:
    """Print a line at each look: memory of the service, its threads and files, and of the pages' scripts."""
    service = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_it_answers(f"{base}/health/live")
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            pages, sessions, complaints = [], [], list[str]()
            for number in range(browsers):
                context = await chromium.new_context()
                page = await context.new_page()
                page.on("pageerror", lambda error: complaints.append(str(error)))
                await page.goto(base + ADDRESSES[number % len(ADDRESSES)])
                pages.append(page)
                sessions.append(await context.new_cdp_session(page))
            began, is_restarted = time.monotonic(), False
            while (past := time.monotonic() - began) < minutes * 60:
                await asyncio.sleep(LOOK_SECONDS)
                process = psutil.Process(service.pid)
                heaps = [await heap_mebibytes(session) for session in sessions]
                print(
                    f"{past / 60:5.1f} min: service {process.memory_info().rss / 2**20:.0f} MiB, "
                    f"{process.num_threads()} threads, {process.num_fds()} files; "
                    f"pages' scripts {sum(heaps) / len(heaps):.2f} MiB on average, {max(heaps):.2f} at most; "
                    f"{len(complaints)} errors",
                    flush=True,
                )
                if not is_restarted and past > minutes * 30:
                    is_restarted = True
                    service = await restarted(service, serve, base, pages)
            await chromium.close()
            print("errors:", complaints[:5])
    finally:
        service.terminate()
        service.wait(20)


async def restarted(
    service: subprocess.Popen[bytes], serve: list[str], base: str, pages: list[Page]
) -> subprocess.Popen[bytes]:
    """Kill the service, start it again, and say how many live pages came back without a reload."""
    live = [page for number, page in enumerate(pages) if number % len(ADDRESSES) < LIVE]
    for page in live:
        await page.evaluate("window.was_here = true")
    before = [await shown_age(page) for page in live]
    service.kill()
    service.wait()
    again = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until_it_answers(f"{base}/health/live")
    await asyncio.sleep(BACK_SECONDS)
    after = [await shown_age(page) for page in live]
    kept = [bool(await page.evaluate("window.was_here === true")) for page in live]
    moved = sum(new > old and is_kept for old, new, is_kept in zip(before, after, kept, strict=True))
    print(f"restarted: {moved} of {len(live)} live pages went on by themselves within {BACK_SECONDS:.0f} s", flush=True)
    return again


def main(minutes: float = 60.0, browsers: int = 20) -> None:
    """Print the lines."""
    if CHROMIUM is None:
        sys.exit("no chromium here: nothing was measured")
    with TemporaryDirectory() as folder, ExitStack() as stack:
        data, venue, port = Path(folder) / "data", free_port(), free_port()
        data.mkdir()
        (data / "settings.yaml").write_text(SLOTS)
        chosen = ("--data-dir", str(data))
        for words in (("simulate", "history", "--days", "1", "--every", "10m"), ("process",)):
            subprocess.run([sys.executable, "-m", "p2p_pipeline.cli", *chosen, *words], check=True, capture_output=True)
        stack.enter_context(running("simulate", "serve", "--port", str(venue)))
        wait_until_it_answers(f"http://127.0.0.1:{venue}/_simulator/faults")
        stack.enter_context(running(*chosen, "collect", "--source", f"http://127.0.0.1:{venue}"))
        serve = [sys.executable, "-m", "p2p_pipeline.cli", *chosen, "serve", "--port", str(port)]
        asyncio.run(watch(minutes, browsers, f"http://127.0.0.1:{port}", serve))


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 60.0, int(sys.argv[2]) if sys.argv[2:] else 20)
