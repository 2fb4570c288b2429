# ruff: noqa: T201
"""What an update of a table of 600 rows costs the server: our socket, NiceGUI and Streamlit, before real browsers.

    python -m p2p_pipeline_tests.benchmarks.bench_web_frameworks [PAGES] [SECONDS]

The two frameworks are installed into a temporary environment, which needs a package registry. Times are the server's
processor time divided by pages and seconds, so that an update that a framework leaves out counts in its favour.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import uvicorn
from playwright.sync_api import sync_playwright

import p2p_pipeline.web.app as service
from p2p_pipeline.commands.ports import free_port
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.live.topic import Topic
from p2p_pipeline_tests.benchmarks.bench_web_hour import wait_until_it_answers
from p2p_pipeline_tests.benchmarks.frameworks.rows import change, first_rows
from p2p_pipeline_tests.web.browsing import launched
from p2p_pipeline_tests.web.serving import edges_over, stored_book

FRAMEWORKS = ("nicegui", "streamlit")
WARMING_SECONDS = 8.0
TABLES = Path(__file__).parent / "frameworks"


async def publish_each_second(edges: Edges, topic: Topic) -> None:
    """In place of watching the store: seven in ten of 600 rows change once a second."""
    rows, chosen = first_rows(), random.Random(1)
    while True:
        change(rows, chosen)
        topic.publish({row["market"]: dict(row) for row in rows}, datetime.now(UTC))
        await asyncio.sleep(1.0)


def serve(folder: str, port: int) -> None:
    """Our service's process."""
    service.watch = publish_each_second  # type: ignore[attr-defined]
    app = service.create_app(edges_over(Path(folder), datetime(2024, 10, 25, 12, 0, 12, tzinfo=UTC)))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def measured(name: str, command: Sequence[str], url: str, pages: int, seconds: float) -> tuple[float, float]:
    """Milliseconds of the server's processor an update of one page, and its memory in MiB."""
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_it_answers(url)
        with sync_playwright() as playwright:
            browser = launched(playwright)
            for _ in range(pages):
                browser.new_context().new_page().goto(url)
            time.sleep(WARMING_SECONDS)
            before, began = cpu_seconds(started.pid), time.monotonic()
            time.sleep(seconds)
            spent, took = cpu_seconds(started.pid) - before, time.monotonic() - began
            memory = psutil.Process(started.pid).memory_info().rss / 2**20
            browser.close()
    finally:
        started.terminate()
        started.wait(20)
    cost = 1000 * spent / took / pages
    print(f"{name}: {cost:.2f} ms of the server's processor an update of a page, {memory:.0f} MiB", flush=True)
    return cost, memory


def cpu_seconds(pid: int) -> float:
    """Of a process and its children."""
    tree = psutil.Process(pid)
    return sum(sum(one.cpu_times()[:2]) for one in (tree, *tree.children(recursive=True)))


def main(pages: int = 10, seconds: float = 30.0) -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        stored_book(Path(folder))
        port = free_port()
        ours = [sys.executable, "-m", __spec__.name, "serve", folder, str(port)]
        own, _ = measured("own socket", ours, f"http://127.0.0.1:{port}/now", pages, seconds)
        theirs = Path(folder) / "theirs"
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(theirs)], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", str(theirs / "bin" / "python"), *FRAMEWORKS, "pandas"]
        subprocess.run(install, check=True)
        python, port = str(theirs / "bin" / "python"), free_port()
        nicegui = [python, str(TABLES / "nicegui_table.py"), str(port)]
        cost, _ = measured("NiceGUI", nicegui, f"http://127.0.0.1:{port}", pages, seconds)
        print(f"  {cost / own:.0f} times ours")
        port = free_port()
        streamlit = [python, "-m", "streamlit", "run", str(TABLES / "streamlit_table.py"), "--server.port", str(port)]
        streamlit += ["--server.address", "127.0.0.1", "--server.headless", "true", "--browser.gatherUsageStats", "0"]
        cost, _ = measured("Streamlit", streamlit, f"http://127.0.0.1:{port}", pages, seconds)
        print(f"  {cost / own:.0f} times ours")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 10, float(sys.argv[2]) if sys.argv[2:] else 30.0)
