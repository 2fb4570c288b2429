# ruff: noqa: T201
"""What the live pages of a paper session cost a browser, and how a log of a million lines opens and is gone through.

    python -m p2p_pipeline_tests.benchmarks.bench_paper_page [SECONDS] [LINES]

A board of 600 symbols, of which 70 % move, is replaced each second; the service reads it as it reads a session's. Of
the browser: what the page's main thread did (Chromium's TaskDuration), and the CPU time of all of Chromium's processes.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.web.edges import Edges
from p2p_pipeline_tests.web.browsing import launched, served
from p2p_pipeline_tests.web.paper_boards import SESSION, Playing, kept, running, said_lines, shown
from p2p_pipeline_tests.web.serving import edges_over

SECONDS, LINES, SYMBOLS = 20, 1_000_000, 600
SETTLING_MILLISECONDS = 4_000
ALLOWED = 0.30
"""Of a core, in the browser, with 600 rows once a second."""
PAGES = ("symbols", "symbols?sort=-price_move_pct", "runtime", "events")
_AT_END = "n => [...document.querySelectorAll('tbody.pool td.n')].at(-1)?.textContent === n.toLocaleString('en')"
_SHOWN = (
    "n => [...document.querySelectorAll('tbody.pool td.n')].some(one => one.textContent === n.toLocaleString('en'))"
)
_WHOLE = "() => ![...document.querySelectorAll('tbody.pool td.n')].some(one => one.textContent === '…')"
_SCROLL = "part => { const box = document.getElementById('events'); box.scrollTop = box.scrollHeight * part }"
_FILTERED = "before => document.getElementById('shown-count').textContent !== before"


def main(seconds: int = SECONDS, lines: int = LINES) -> None:
    """Print a line for each page, and one for each step through the log."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser, folder = launched(playwright), Path(name)
        with played(folder / "live") as site:
            for page in PAGES:
                print(_cost(browser, f"{site}/{page}", page, seconds))
        left = kept(folder / "long", Playing(SYMBOLS).board())
        write_log(left, lines)
        with running(left), served(_edges(folder / "long")) as site:
            _through_the_log(browser, f"{site}/paper/{SESSION}/events", lines)


@contextmanager
def played(folder: Path) -> Iterator[str]:
    """A service that shows a session whose board is replaced each second, and whose log grows; its pages' address."""
    play, has_ended = Playing(SYMBOLS), threading.Event()
    left = kept(folder, play.board(), said_lines(3_000))

    def go_on() -> None:
        while not has_ended.wait(1.0):
            shown(left, play.tick())

    with running(left), served(_edges(folder)) as site:
        threading.Thread(target=go_on, daemon=True).start()
        yield f"{site}/paper/{SESSION}"
        has_ended.set()


def _edges(folder: Path) -> Edges:
    edges = edges_over(folder)
    edges.now = lambda: datetime.now(UTC)
    return edges


def write_log(folder: SessionFolder, lines: int) -> None:
    """A log of so many lines; chained, as any."""
    chain = Chain()
    with folder.log.open("wb") as log:
        for said in said_lines(lines):
            log.write(chain.line(said) + b"\n")


def _cost(browser: Browser, address: str, name: str, seconds: int) -> str:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    page.wait_for_timeout(SETTLING_MILLISECONDS)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def metrics() -> dict[str, float]:
        return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}

    before, cpu, began = metrics(), _chromium_seconds(), time.monotonic()
    page.wait_for_timeout(seconds * 1_000)
    after, spent, length = metrics(), _chromium_seconds() - cpu, time.monotonic() - began
    main_thread = (after["TaskDuration"] - before["TaskDuration"]) / length
    script = (after["ScriptDuration"] - before["ScriptDuration"]) / length
    page.close()
    return (
        f"{name:28} main thread {main_thread:6.1%} of a core (script {script:5.1%}), all of Chromium "
        f"{spent / length:6.1%}, nodes {after['Nodes']:.0f}, heap {after['JSHeapUsedSize'] / 1e6:.1f} MB"
        f"{'' if main_thread <= ALLOWED else '  MORE THAN ALLOWED'}"
    )


def _chromium_seconds() -> float:
    """CPU time of the browser and all that it started."""
    found = 0.0
    for one in psutil.Process().children(recursive=True):
        try:
            if "chrom" in one.name():
                times = one.cpu_times()
                found += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return found


def _through_the_log(browser: Browser, address: str, lines: int) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})

    def step(name: str, done: str, given: object = None) -> None:
        page.wait_for_function(done, arg=given, timeout=120_000)
        print(f"{lines:,} lines, {name:34} {time.monotonic() - began:5.2f} s")

    began = time.monotonic()
    page.goto(address)
    step("opened at its end", _AT_END, lines)
    began = time.monotonic()
    _fill(page, "number", str(lines // 2), then="Enter")
    step("a line in its middle", _SHOWN, lines // 2)
    began = time.monotonic()
    for place in range(1, 21):
        page.evaluate(_SCROLL,
                      place / 21)  # fmt: skip
        page.wait_for_timeout(20)
    step("twenty jumps of the bar", _WHOLE)
    page.locator("[name=number]").fill("")
    for name, value in (("type", "position_closed"), ("symbol", "ETHUSDT"), ("text", "stop_loss")):
        before, began = page.inner_text("#shown-count"), time.monotonic()
        _fill(page, name, value)
        if name == "text":
            page.wait_for_timeout(100)
            page.wait_for_function(_WHOLE)
            print(f"{lines:,} lines, {'and a text':34} {time.monotonic() - began:5.2f} s")
        else:
            step(f"filtered by {name}", _FILTERED, before)
    page.close()


def _fill(page: Page, name: str, value: str, then: str = "") -> None:
    field = page.locator(f"#event-filter [name={name}]")
    if name == "type":
        field.select_option(value)
    else:
        field.fill(value)
    if then:
        field.press(then)


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:3]))
