"""What the page and the API of a price's history take: `python -m p2p_pipeline_tests.benchmarks.bench_history_page`.

A year of a simulated market at 30-second looks, and three imported years of hours. Each range is asked at many places
of it: as a question nobody asked before (files in the system's memory), asked again, and asked again with its ETag.
With a number of days as argument the year is that long. Where Chromium is, a year's chart is drawn in it too.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.actions.simulate_prices import simulate_prices
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.settings import Settings, parse_settings
from p2p_pipeline.p2p.simulator.price_history import PriceHistory
from p2p_pipeline.web.app import create_app
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.guard.access import Access

LOOKED_AT, IMPORTED = Market("bybit", "USDT", "RUB"), Market("binance", "USDT", "VND")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
IMPORTED_DAYS = 3 * 365
PLACES = 20
RANGES = {"1 hour": 1 / 24, "1 day": 1.0, "7 days": 7.0, "30 days": 30.0, "1 year": 365.0, "3 years": 1095.0}


def main(days: int = 365) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        simulate_prices(DataPaths(folder), Settings(), [PriceHistory(LOOKED_AT, 1)], days, NOW)
        _import_years(folder)
        _line(f"{days} days at 30 s and {IMPORTED_DAYS} of hours imported: {time.perf_counter() - began:.0f} s to make")
        settings = parse_settings(f"markets: [{{market: {LOOKED_AT.key}}}, {{market: {IMPORTED.key}}}]")
        edges = Edges(DataPaths(folder), settings, Access(None), now=lambda: NOW)
        with TestClient(create_app(edges, requests_a_minute=10**9), "http://127.0.0.1:8000") as client:
            for market, there, measure in ((LOOKED_AT, days, "executable"), (IMPORTED, IMPORTED_DAYS, "ask")):
                _print_market(client, market, there, measure)
        # Its workers end with a service: a browser gets one of its own.
        _print_browser(Edges(DataPaths(folder), settings, Access(None), now=lambda: NOW))


def _import_years(folder: Path) -> None:
    chance = np.random.default_rng(1)
    prices = 25_000 * np.exp(np.cumsum(chance.normal(0, 0.0005, IMPORTED_DAYS * 24)))
    first = NOW - timedelta(days=IMPORTED_DAYS)
    lines = [f"{first + timedelta(hours=n):%Y-%m-%dT%H:%MZ},BUY,{price:.2f}" for n, price in enumerate(prices)]
    file = folder / "years.csv"
    file.write_text("\n".join(["observed_at,side,ask", *lines]) + "\n")
    done = CliRunner().invoke(app, ["--data-dir", str(folder), "import-series", str(file), "--market", IMPORTED.key])
    if done.exit_code:
        raise RuntimeError(done.output)


def _print_market(client: TestClient, market: Market, there: int, measure: str) -> None:
    _line(f"{market.key}, {measure}: milliseconds, median and p95 of {PLACES} places")
    _line(f"  {'':<34}{'points':>8}{'asked first':>16}{'again':>16}{'304':>16}")
    chance = random.Random(1)
    for name, days in RANGES.items():
        if days > there:
            continue
        for path, more in (("/api/v1/history", {"period": _period(days)}), ("/history", {})):
            asked = [
                {"market": market.key, "side": "BUY", "measure": measure, "tz": "UTC", **_range(chance, there, days)}
                | more
                for _ in range(PLACES)
            ]
            _print_range(client, f"{path}, {name}", path, asked)


def _period(days: float) -> str:
    # As a client that draws asks: an hour look by look, years by quarters of days.
    return "30s" if days < 0.5 else "5m" if days < 7 else "1h" if days < 84 else "6h" if days < 500 else "1d"


def _range(chance: random.Random, there: int, days: float) -> dict[str, str]:
    # To the minute, so that no two questions are the same.
    spare = max(0.0, there - days)
    start = NOW - timedelta(days=days + spare * chance.random(), minutes=chance.randrange(60))
    return {"from": f"{start:%Y-%m-%dT%H:%MZ}", "to": f"{start + timedelta(days=days):%Y-%m-%dT%H:%MZ}"}


def _print_range(client: TestClient, title: str, path: str, asked: list[dict[str, str]]) -> None:
    points = 0

    def ask(question: dict[str, str]) -> str:
        nonlocal points
        found = client.get(path, params=question)
        if found.status_code != 200:
            # A place without a look, as there are some: the time of that answer counts too.
            return ""
        if path.startswith("/api"):
            points = max(points, len(found.json()["points"]))
        return found.headers.get("etag", "")

    tags: list[str] = []
    first = [_milliseconds(lambda one=one: tags.append(ask(one))) for one in asked]  # type: ignore[misc]
    again = [_milliseconds(lambda one=one: ask(one)) for one in asked]  # type: ignore[misc]
    cells = f"{points or '':>8}{_cell(first)}{_cell(again)}"
    if path.startswith("/api"):
        pairs = [pair for pair in zip(asked, tags, strict=True) if pair[1]]
        unchanged = [
            _milliseconds(
                lambda one=one, tag=tag: client.get(path, params=one, headers={"If-None-Match": tag})  # type: ignore[misc]
            )
            for one, tag in pairs
        ]
        cells += _cell(unchanged)
    _line(f"  {title:<34}{cells}")


def _milliseconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return (time.perf_counter() - began) * 1e3


def _cell(taken: list[float]) -> str:
    ordered = sorted(taken)
    return f"{f'{statistics.median(ordered):.0f} ({ordered[int(0.95 * (len(ordered) - 1))]:.0f})':>16}"


def _print_browser(edges: Edges) -> None:
    """From asking for a year's page to its drawn chart, in Chromium."""
    from playwright.sync_api import sync_playwright

    from p2p_pipeline_tests.web.browsing import CHROMIUM, launched, served

    if CHROMIUM is None:
        _line("no chromium here: a year's chart was not drawn")
        return
    with served(edges) as site, sync_playwright() as playwright:
        browser = launched(playwright)
        taken = []
        for place in range(5):
            page = browser.new_page()
            start, end = NOW - timedelta(days=365, minutes=place), NOW - timedelta(minutes=place)
            address = f"{site}/history?market={LOOKED_AT.key}&from={start:%Y-%m-%dT%H:%MZ}&to={end:%Y-%m-%dT%H:%MZ}"

            def drawn(page: object = page, address: str = address) -> None:
                page.goto(address)  # type: ignore[attr-defined]
                page.wait_for_selector(".u-over")  # type: ignore[attr-defined]

            taken.append(_milliseconds(drawn))
            page.close()
        browser.close()
    _line(f"a year's chart drawn in Chromium, each a new question: {', '.join(f'{one:.0f}' for one in taken)} ms")


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
