"""What a person sees in a real Chromium: pages that fit, that can be read by all, and that follow the market."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from p2p_pipeline.commands.ports import free_port
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.web.browsing import CHROMIUM, Watched, launched, served
from p2p_pipeline_tests.web.serving import QUESTION, edges_over, stored_book

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: the pages can't be looked at"),
]
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
ADDRESSES = (
    "/now?market=binance.USDT-BOB&amount=2500",
    "/now?market=nonsense",
    "/score?market=binance.USDT-BOB&amount=2500",
    "/combos?from=BOB&to=RUB",
    "/history?market=bybit.USDT-RUB&measure=ask",
    "/windows?market=bybit.USDT-RUB&measure=ask",
    "/quality",
    "/docs",
)
WIDTHS = (1280, 390)
LIVE_MILLISECONDS = 6_000
"""The promise is two seconds on a quiet machine; the suite's other half runs beside it."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launched(playwright)
        yield started
        started.close()


@pytest.fixture(scope="module")
def site(web_folder: Path) -> Iterator[str]:
    with served(edges_over(web_folder)) as address:
        yield address


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("ru", "dark")])
def test_every_page_fits_its_window_and_complains_of_nothing(
    browser: Browser, site: str, language: str, theme: str
) -> None:
    for width in WIDTHS:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            locale=language,
            color_scheme=theme,  # type: ignore[arg-type]
        )
        watched = Watched(context.new_page())
        for address in ADDRESSES:
            watched.page.goto(f"{site}{address}", wait_until="networkidle")
            sideways = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert sideways <= 0, f"{address} is {sideways} px wider than a window of {width}"
            assert watched.page.get_attribute("html", "lang") == language
        context.close()
        # A wrong question is answered with 400, and a browser says so on its console.
        assert [said for said in watched.complaints if "400 (Bad Request)" not in said] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_can_be_read_by_everybody(browser: Browser, site: str, theme: str) -> None:
    # axe is not ours and is never served: only here may it run beside the page's own scripts.
    context = browser.new_context(bypass_csp=True, color_scheme=theme)  # type: ignore[arg-type]
    looking = context.new_page()
    for address in ADDRESSES:
        looking.goto(f"{site}{address}", wait_until="networkidle")
        looking.add_script_tag(content=AXE)
        found = looking.evaluate("axe.run().then(r => r.violations.map(v => [v.impact, v.id, v.nodes[0].html]))")
        assert [one for one in found if one[0] in ("serious", "critical")] == [], address
    context.close()


def test_a_new_snapshot_changes_answer_and_board_without_a_reload(browser: Browser, tmp_path: Path) -> None:
    stored_book(tmp_path)
    store, now = RawStore(tmp_path), datetime.now(UTC)
    store.append(captures(now - timedelta(seconds=30), page([ad(1, "10.50", "100", "5000")])))
    edges = edges_over(tmp_path)
    edges.now = lambda: datetime.now(UTC)
    with served(edges) as site:
        watched = Watched(browser.new_page())
        watched.page.goto(f"{site}/now?market=binance.USDT-BOB&amount=2500", wait_until="networkidle")
        expect(watched.page.locator(".headline").first).to_contain_text("238.09")
        watched.page.evaluate("window.was_here = true")
        store.append(captures(datetime.now(UTC), page([ad(1, "10.00", "100", "5000")])))
        expect(watched.page.locator(".headline").first).to_contain_text("250.00", timeout=LIVE_MILLISECONDS)
        expect(watched.page.locator("#row-binance-USDT-BOB-BUY [data-cell=best_single]")).to_have_text("10.00")
        assert watched.page.evaluate("window.was_here")
        assert watched.complaints == []
        watched.page.close()


def test_the_page_comes_back_by_itself_when_the_service_does(browser: Browser, web_folder: Path) -> None:
    port, looking = free_port(), browser.new_page()
    with served(edges_over(web_folder), port) as site:
        looking.goto(f"{site}/now?market=binance.USDT-BOB&amount=2500", wait_until="networkidle")
    expect(looking.locator("#connection")).to_contain_text("Connection lost", timeout=15_000)
    expect(looking.locator(".headline").first).to_be_visible()
    with served(edges_over(web_folder), port):
        expect(looking.locator("#connection")).to_be_hidden(timeout=20_000)
    looking.close()


def test_a_person_asks_another_amount_by_the_form_and_the_link_shows_the_same(browser: Browser, site: str) -> None:
    looking = browser.new_page()
    looking.goto(f"{site}/now", wait_until="networkidle")
    looking.fill("input[name=market]", QUESTION["market"])
    looking.fill("input[name=amount]", "700")
    looking.get_by_label("sell the asset").check()
    looking.get_by_label("buy the asset").check()
    looking.get_by_role("button", name="Show").click()
    looking.wait_for_load_state("networkidle")
    shown, address = looking.inner_text(".headline >> nth=0"), looking.url
    assert "amount=700" in address
    other = browser.new_page()
    other.goto(address, wait_until="networkidle")
    assert other.inner_text(".headline >> nth=0") == shown
    looking.close()
    other.close()


def test_history_draws_its_line(browser: Browser, site: str) -> None:
    looking = browser.new_page()
    looking.goto(f"{site}/history?market=bybit.USDT-RUB&measure=ask", wait_until="networkidle")
    expect(looking.locator(".u-over")).to_be_visible()
    drawn = looking.evaluate(
        "(() => { const c = document.querySelector('.uplot canvas'); const d = c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data; return d.filter((v, i) => i % 4 == 3 && v > 0).length })()"
    )
    assert drawn > 1000
    looking.close()
