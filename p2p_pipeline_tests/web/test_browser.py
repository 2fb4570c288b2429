"""What a person sees in a real Chromium: pages that fit, that can be read by all, and that follow the market."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as BrowserPage

from p2p_pipeline.commands.ports import free_port
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.effort import IS_LONG
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.web.browsing import CHROMIUM, Watched, browser, served, site
from p2p_pipeline_tests.web.paper_board import SESSION
from p2p_pipeline_tests.web.serving import edges_over, stored_book

__all__ = ["browser", "site"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: the pages can't be looked at"),
]
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
ADDRESSES = (
    "/now?market=binance.USDT-BOB&amount=2500",
    "/now?market=nonsense",
    "/score?market=binance.USDT-BOB&amount=2500",
    "/wait?market=bybit.USDT-RUB&measure=ask",
    "/combos?from=BOB&to=RUB",
    "/history?market=bybit.USDT-RUB&measure=ask&with_measure=short",
    "/history?market=bybit.USDT-RUB&measure=nonsense",
    "/windows?market=bybit.USDT-RUB&measure=ask",
    "/behaviour?market=binance.USDT-BOB",
    "/quality",
    "/markets",
    "/markets/binance.USDT-BOB",
    "/questions/teasers",
    "/quality/checks/quarantined_share",
    "/quality/quarantine",
    "/ops",
    "/arb?open=kucoin%3Eokx%3ASOL%2FUSDT",
    "/arb/matrix",
    "/arb/exchanges",
    "/paper",
    "/paper/new?preset=demo",
    "/paper/new?entry.notional=-5&for=soon",
    f"/paper/{SESSION}/config",
    f"/paper/{SESSION}/runtime",
    f"/paper/{SESSION}/symbols",
    f"/paper/{SESSION}/events",
    f"/paper/{SESSION}/results",
    "/docs",
)
LOOKS = (("en", "light", 1280), ("en", "light", 390), ("ru", "dark", 1280), ("ru", "dark", 390))
"""The first and the last in every run: the widest words stand in the narrowest window."""
LIVE_MILLISECONDS = 6_000
"""The promise is two seconds on a quiet machine; the suite's other half runs beside it."""
STILL_MILLISECONDS = 2_500
COUNT_NODES = """window.nodes = 0; new MutationObserver(seen => {
    for (const one of seen) window.nodes += one.addedNodes.length + one.removedNodes.length
}).observe(document.querySelector('#board tbody'), {childList: true, subtree: true})"""
"""Counts what comes and goes in the board; a reload would forget it."""


def open_whole(page: BrowserPage, address: str) -> None:
    """Open an address until all of it is there; what asks for parts or draws is waited for."""
    asks_more = address.split("?", maxsplit=1)[0].endswith(("/now", "/history"))
    page.goto(address, wait_until="networkidle" if asks_more else "load")


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS if IS_LONG else [LOOKS[0], LOOKS[-1]])
def test_every_page_fits_its_window_and_complains_of_nothing(
    browser: Browser, site: str, language: str, theme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        locale=language,
        color_scheme=theme,  # type: ignore[arg-type]
    )
    watched = Watched(context.new_page())
    for address in ADDRESSES:
        open_whole(watched.page, f"{site}{address}")
        sideways = watched.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert sideways <= 0, f"{address} is {sideways} px wider than a window of {width}"
        assert watched.page.get_attribute("html", "lang") == language
    context.close()
    # A wrong question is answered with 400, and a browser says so on its console.
    assert [said for said in watched.complaints if "400 (Bad Request)" not in said] == []


@pytest.mark.parametrize(("theme", "language", "width"), [("light", "en", 390), ("dark", "ru", 1280)])
def test_a_page_can_be_read_by_everybody(browser: Browser, site: str, theme: str, language: str, width: int) -> None:
    # axe is not ours and is never served: only here may it run beside the page's own scripts.
    context = browser.new_context(
        bypass_csp=True,
        color_scheme=theme,  # type: ignore[arg-type]
        locale=language,
        viewport={"width": width, "height": 900},
    )
    looking = context.new_page()
    # Each page once in a run, by day on a phone or by night on a desk; the long form looks at every page both ways.
    for address in ADDRESSES if IS_LONG else ADDRESSES[theme == "dark" :: 2]:
        open_whole(looking, f"{site}{address}")
        looking.add_script_tag(content=AXE)
        looking.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
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
        watched.page.evaluate(COUNT_NODES)
        watched.page.wait_for_timeout(STILL_MILLISECONDS)
        assert watched.page.evaluate("window.nodes") == 0, "while rows stand still only text changes"
        store.append(captures(datetime.now(UTC), page([ad(1, "10.00", "100", "5000")])))
        expect(watched.page.locator(".headline").first).to_contain_text("250.00", timeout=LIVE_MILLISECONDS)
        expect(watched.page.locator("#row-binance-USDT-BOB-BUY [data-cell=best_single]")).to_have_text("10.00")
        watched.page.get_by_role("button", name="Pause").click()
        store.append(captures(datetime.now(UTC), page([ad(1, "9.00", "100", "5000")])))
        watched.page.wait_for_timeout(STILL_MILLISECONDS)
        expect(watched.page.locator(".headline").first).to_contain_text("250.00")
        watched.page.get_by_role("button", name="Go on").click()
        expect(watched.page.locator(".headline").first).to_contain_text("277.77", timeout=LIVE_MILLISECONDS)
        assert watched.page.evaluate("window.nodes >= 0"), "without a reload"
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


def test_history_draws_its_line_and_a_drag_looks_closer(browser: Browser, site: str) -> None:
    watched = Watched(browser.new_page())
    looking = watched.page
    looking.goto(f"{site}/history?market=bybit.USDT-RUB&measure=ask", wait_until="networkidle")
    expect(looking.locator(".u-over").first).to_be_visible()
    drawn = looking.evaluate(
        "(() => { const c = document.querySelector('.uplot canvas'); const d = c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data; return d.filter((v, i) => i % 4 == 3 && v > 0).length })()"
    )
    assert drawn > 1000
    looking.locator(".u-over").first.scroll_into_view_if_needed()
    box = looking.locator(".u-over").first.bounding_box()
    assert box is not None
    looking.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 100)
    looking.mouse.down()
    looking.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 120, steps=4)
    looking.mouse.up()
    looking.wait_for_url("**from=*")
    address = parse_qs(urlsplit(looking.url).query)
    (first,), (last,) = address["from"], address["to"]
    length = datetime.fromisoformat(last) - datetime.fromisoformat(first)
    assert timedelta(days=3) < length < timedelta(days=4)
    expect(looking.locator(".sentence")).to_contain_text(first[:10])
    assert watched.complaints == []
    looking.close()


def test_a_holiday_on_the_chart_is_explained_by_pointer_and_by_keyboard(browser: Browser, site: str) -> None:
    looking = browser.new_page()
    looking.goto(
        f"{site}/history?market=bybit.USDT-RUB&measure=ask&from=2024-02-15&to=2024-02-25", wait_until="networkidle"
    )
    mark = looking.locator(".marks a").first
    mark.hover()
    expect(looking.locator("#tip")).to_contain_text("Defender of the Fatherland Day")
    looking.mouse.move(0, 0)
    expect(looking.locator("#tip")).to_be_hidden()
    mark.focus()
    expect(looking.locator("#tip")).to_be_visible()
    looking.keyboard.press("Enter")
    expect(looking.locator(":target")).to_contain_text("2024-02-23")
    looking.close()
