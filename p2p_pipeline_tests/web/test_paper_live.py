"""A session in a real Chromium: hundreds of rows that move without a node coming or going, a log that is followed,
commands that ask first, and everything frozen when it has stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, expect

from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.web.browsing import CHROMIUM, Watched, browser, served
from p2p_pipeline_tests.web.paper_boards import BEGAN, SESSION, Playing, kept, running, said_lines, shown, stopped
from p2p_pipeline_tests.web.serving import edges_over
from p2p_pipeline_tests.web.test_paper_results_page import said_by_a_session

__all__ = ["browser"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: the pages can't be looked at"),
]
LIVE_MILLISECONDS = 8_000
STILL_MILLISECONDS = 1_200
COUNT_NODES = """window.nodes = 0; new MutationObserver(seen => {
    for (const one of seen) window.nodes += one.addedNodes.length + one.removedNodes.length
}).observe(document.querySelector('tbody.pool'), {childList: true, subtree: true})"""


@contextmanager
def session(folder: Path, play: Playing, lines: list[Said] | None = None) -> Iterator[tuple[str, SessionFolder]]:
    """A session that runs, and a service that shows it; gives its pages' address."""
    left = kept(folder, play.board(), lines or ())
    edges = edges_over(folder)
    edges.now = lambda: datetime.now(UTC)
    with running(left), served(edges) as site:
        yield f"{site}/paper/{SESSION}", left


def append(folder: SessionFolder, lines: list[Said], from_: int) -> None:
    """Write on in a log."""
    chain = Chain()
    found = [chain.line(one) for one in lines]
    with folder.log.open("ab") as log:
        log.write(b"".join(line + b"\n" for line in found[from_:]))


def test_hundreds_of_symbols_move_in_place_and_hold_their_order_under_the_pointer(
    browser: Browser, tmp_path: Path
) -> None:
    play = Playing(600)
    with session(tmp_path, play) as (site, folder):
        watched = Watched(browser.new_page(viewport={"width": 1280, "height": 900}))
        looking = watched.page
        looking.goto(f"{site}/symbols?sort=-price_move_pct&pin=SOLUSDT")
        rows = looking.locator("tbody.pool tr")
        expect(rows.first).to_contain_text("SOLUSDT")
        looking.wait_for_function("document.querySelector('tbody.pool').rows.length < 40")
        assert looking.locator("*").count() < 1_500
        looking.evaluate(COUNT_NODES)
        second, before = rows.nth(1), rows.nth(1).inner_text()
        shown(folder, play.tick())
        looking.wait_for_function("text => document.querySelector('tbody.pool').rows[1].innerText !== text", arg=before)
        assert looking.evaluate("window.nodes") == 0, "a tick changes text and classes only"
        second.hover()
        names = rows.locator("th").all_inner_texts()
        shown(folder, play.tick())
        expect(looking.locator("#apply")).to_be_visible(timeout=LIVE_MILLISECONDS)
        assert rows.locator("th").all_inner_texts() == names, "rows don't jump under the pointer"
        looking.locator("#apply").click()
        expect(looking.locator("#apply")).to_be_hidden()
        assert rows.locator("th").all_inner_texts() != names
        looking.locator("th[data-sort=symbol] a").click()
        rows.nth(1).get_by_role("button").click()
        assert "pin=SOLUSDT%2C1000PEPEUSDT" in looking.url
        assert "sort=" not in looking.url
        looking.locator("#symbols").evaluate("box => { box.scrollTop = 300 * 32 }")
        expect(rows.first).to_contain_text("C2")
        assert looking.evaluate("document.querySelectorAll('tbody.pool tr').length") < 60
        looking.locator("[name=state]").select_option("STALE")
        expect(rows.nth(3)).to_contain_text("stale")
        shown(folder, stopped(play.tick()))
        expect(looking.locator(".session-head")).to_contain_text("stopped", timeout=LIVE_MILLISECONDS)
        assert watched.complaints == []
        looking.close()


def test_a_log_is_followed_filtered_and_gone_through(browser: Browser, tmp_path: Path) -> None:
    lines, play = said_lines(620), Playing(20)
    with session(tmp_path, play, lines[:600]) as (site, folder):
        watched = Watched(browser.new_page(viewport={"width": 1280, "height": 900}))
        looking = watched.page
        looking.goto(f"{site}/events")
        numbers = looking.locator("tbody.pool td.n")
        expect(numbers.last).to_have_text("600")
        expect(looking.locator("#verified")).to_contain_text("hash chain verified")
        append(folder, lines[:610], from_=600)
        expect(numbers.last).to_have_text("610", timeout=LIVE_MILLISECONDS)
        looking.locator("#events").hover()
        looking.mouse.wheel(0, -3_000)
        expect(looking.locator("#follow")).to_have_text("Follow")
        append(folder, lines, from_=610)
        expect(looking.locator("#follow")).to_have_text("10 new: follow", timeout=LIVE_MILLISECONDS)
        looking.locator("#follow").click()
        expect(numbers.last).to_have_text("620")
        looking.get_by_label("Type").select_option("position_closed")
        looking.locator("[name=symbol]").fill("ETHUSDT")
        expect(looking.locator("#shown-count")).to_have_text("31")
        looking.locator("[name=number]").fill("300")
        looking.locator("[name=number]").press("Enter")
        expect(looking.locator("tr.chosen")).to_contain_text("309")
        expect(looking.locator("tr.chosen")).to_be_in_viewport()
        looking.locator("tr.chosen a").click()
        expect(looking.locator("#raw-line")).to_contain_text('"prev":"')
        looking.get_by_role("button", name="Close").click()
        assert "type=position_closed&symbol=ETHUSDT" in looking.url
        assert watched.complaints == []
        looking.close()


def test_a_session_is_watched_told_to_stop_and_frozen(browser: Browser, tmp_path: Path) -> None:
    play = Playing(20)
    with session(tmp_path, play) as (site, folder):
        watched = Watched(browser.new_page())
        looking = watched.page
        looking.goto(f"{site}/runtime")
        equity = looking.locator("[data-cell=equity]").first
        expect(equity).to_have_text("10,012.40")
        board = play.tick()
        fewer = replace(board, positions=board.positions[1:], equity="10020.5")
        shown(folder, fewer)
        expect(equity).to_have_text("10,020.50", timeout=LIVE_MILLISECONDS)
        expect(looking.locator("#positions tbody tr")).to_have_count(2)
        looking.get_by_role("button", name="Stop").click()
        question = looking.get_by_role("dialog", name="Stop the session?")
        expect(question).to_contain_text("positions 2")
        question.get_by_role("button", name="Leave it").click()
        expect(question).to_be_hidden()
        assert list(folder.inbox.glob("*")) == []
        looking.get_by_role("button", name="Stop").click()
        question.get_by_role("button", name="Stop").click()
        expect(looking.locator(".told")).to_contain_text("was told to the session")
        assert len(list(folder.inbox.glob("*.json"))) == 1
        shown(folder, stopped(play.tick()))
        expect(looking.locator("#ended")).to_be_visible(timeout=LIVE_MILLISECONDS)
        expect(looking.get_by_role("button", name="Stop")).to_have_count(0)
        expect(looking.locator("#board-age")).to_contain_text("stopped since")
        expect(looking.locator("#ended a")).to_have_attribute("href", f"/paper/{SESSION}/results")
        assert watched.complaints == []
        looking.close()


def test_a_session_whose_process_has_gone_is_not_shown_as_running_by_its_last_board(
    browser: Browser, tmp_path: Path
) -> None:
    left = kept(tmp_path, Playing(20).board())
    with served(edges_over(tmp_path)) as site:
        looking = browser.new_page()
        looking.goto(f"{site}/paper/{SESSION}/runtime")
        looking.wait_for_timeout(STILL_MILLISECONDS)
        expect(looking.locator("[data-cell=state]")).to_contain_text("ended unasked")
        expect(looking.locator(".session-head")).to_contain_text("ended unasked")
        expect(looking.locator("#board-age")).to_contain_text("stopped since")
        with running(left):
            shown(left, Playing(20).tick())
            expect(looking.locator("[data-cell=state]")).to_contain_text("running", timeout=LIVE_MILLISECONDS)
        looking.close()


def test_every_tab_says_how_the_session_is_and_results_are_renewed_where_they_stand(
    browser: Browser, tmp_path: Path
) -> None:
    play = Playing(20)
    with session(tmp_path, play, said_by_a_session(300)) as (site, folder):
        watched = Watched(browser.new_page())
        looking = watched.page
        looking.goto(f"{site}/config")
        ran = looking.locator("[data-head=for]")
        expect(ran).to_have_text("for 21\u00a0min", timeout=LIVE_MILLISECONDS)
        shown(folder, replace(play.tick(), at=BEGAN + 5_400_000, state="COOLDOWN"))
        expect(looking.locator(".session-head")).to_contain_text("cooling down", timeout=LIVE_MILLISECONDS)
        expect(ran).to_have_text("for 1.5\u00a0h")
        looking.goto(f"{site}/results")
        expect(looking.locator("#came-to")).to_contain_text("by itself every 30 s")
        looking.evaluate("window.kept = [...document.querySelectorAll('#came-to h2')]")
        looking.locator("#came-to summary").click()
        shown(folder, stopped(play.tick()))
        expect(looking.get_by_text("by itself every 30 s")).to_be_hidden(timeout=LIVE_MILLISECONDS)
        expect(looking.locator("[data-head=for]")).to_contain_text("after")
        expect(looking.locator("#came-to details")).to_have_attribute("open", "")
        assert looking.evaluate("window.kept.length > 3 && window.kept.every(one => one.isConnected)")
        assert watched.complaints == []
        looking.close()


def test_a_process_that_goes_is_noticed_on_a_tab_without_figures_too(browser: Browser, tmp_path: Path) -> None:
    left = kept(tmp_path, Playing(20).board())
    with served(edges_over(tmp_path)) as site:
        looking = browser.new_page()
        looking.clock.install()
        with running(left):
            looking.goto(f"{site}/paper/{SESSION}/config")
            expect(looking.locator(".session-head")).to_contain_text("running")
            expect(looking.locator("[data-head=for]")).to_have_text("for 21\u00a0min", timeout=LIVE_MILLISECONDS)
        looking.clock.fast_forward(20_000)
        expect(looking.locator(".session-head")).to_contain_text("ended unasked", timeout=LIVE_MILLISECONDS)
        looking.close()


def test_a_narrow_window_has_two_columns_of_ones_choice_and_a_rows_other_figures_unfold(
    browser: Browser, tmp_path: Path
) -> None:
    with session(tmp_path, Playing(20)) as (site, _):
        watched = Watched(browser.new_page(viewport={"width": 390, "height": 844}))
        looking = watched.page
        looking.goto(f"{site}/symbols?second=oi_move_pct")
        row = looking.locator("tbody.pool tr").first
        expect(row.locator("td:visible")).to_have_count(4)
        expect(row.locator("td.oi_move_pct")).to_be_visible()
        looking.get_by_label("First column").select_option("oiv")
        expect(row.locator("td.oiv")).to_be_visible()
        expect(row.locator("td.state")).to_be_hidden()
        assert looking.url.endswith("second=oi_move_pct&first=oiv")
        row.get_by_role("button", name="all figures 1000PEPEUSDT").click()
        figures = looking.get_by_role("dialog", name="1000PEPEUSDT")
        expect(figures.locator("[data-cell=mark]")).to_have_text(str(row.locator("td.mark").text_content()))
        figures.get_by_role("button", name="Close").click()
        assert looking.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert watched.complaints == []
        looking.close()
