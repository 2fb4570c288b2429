"""What the first view of each page weighs and how soon it is painted.

`python -m p2p_pipeline_tests.benchmarks.bench_page_weight`

In Chromium with an empty cache, the best of three; and how long 600 rows of a plain table take to be laid out, and to
change.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from p2p_pipeline_tests.web.browsing import launched, served
from p2p_pipeline_tests.web.serving import edges_over, stored_book

PAGES = (
    "/now?market=binance.USDT-BOB&amount=2500",
    "/score?market=binance.USDT-BOB&amount=2500",
    "/combos?from=BOB&to=RUB&amount=1000",
    "/history?market=bybit.USDT-RUB&measure=ask",
    "/windows?market=bybit.USDT-RUB&measure=ask",
    "/quality",
)
TRIES = 3
_FIGURES = """(() => {
    const all = ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind));
    const painted = performance.getEntriesByName('first-contentful-paint')[0].startTime;
    return [all.reduce((sum, one) => sum + one.transferSize, 0), all.length, painted];
})()"""
_ROWS = """(() => {
    const body = document.querySelector('#board tbody'), row = body.rows[0], rows = document.createDocumentFragment();
    const first = performance.now();
    for (let count = 0; count < 600; count++) rows.append(row.cloneNode(true));
    body.append(rows);
    document.body.offsetHeight;
    const second = performance.now();
    for (let place = 0; place < 420; place++) body.rows[place].cells[4].firstChild.data = `83.${100 + place}`;
    document.body.offsetHeight;
    return [second - first, performance.now() - second];
})()"""


def main() -> None:
    """Print a line for each page."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        stored_book(Path(folder))
        browser = launched(playwright)
        with served(edges_over(Path(folder))) as site:
            for address in PAGES:
                seen = [_seen(browser, site + address) for _ in range(TRIES)]
                sent, requests, painted = min(seen, key=lambda one: one[2])
                name = address.partition("?")[0]
                line = f"{name:10} {sent / 1000:5.1f} kB {requests:3.0f} requests, painted in {painted:.0f} ms"
                print(line)  # noqa: T201 - a script
            page = browser.new_page()
            page.goto(site + PAGES[0], wait_until="networkidle")
            laid_out, changed = page.evaluate(_ROWS)
            line = f"600 rows: laid out in {laid_out:.0f} ms, 420 cells changed in {changed:.0f} ms"
            print(line)  # noqa: T201


def _seen(browser: Browser, address: str) -> tuple[float, float, float]:
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    sent, requests, painted = page.evaluate(_FIGURES)
    context.close()
    return sent, requests, painted


if __name__ == "__main__":
    main()
