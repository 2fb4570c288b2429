"""A later scan in a real Chromium: text changes where it stands, a row unfolds in its place, the keyboard stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline_tests.exchanges.example_board import example_board
from p2p_pipeline_tests.web.browsing import CHROMIUM, Watched, browser, served
from p2p_pipeline_tests.web.serving import edges_over
from p2p_pipeline_tests.web.test_browser import COUNT_NODES, LIVE_MILLISECONDS

__all__ = ["browser"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: the pages can't be looked at"),
]


def test_a_later_scan_changes_text_in_place_and_a_row_unfolds_where_it_stands(browser: Browser, tmp_path: Path) -> None:
    store, board = BoardFile(DataPaths(tmp_path)), example_board(datetime.now(UTC))
    store.publish(board)
    edges = edges_over(tmp_path)
    edges.now = lambda: datetime.now(UTC)
    with served(edges) as site:
        watched = Watched(browser.new_page())
        looking = watched.page
        looking.goto(f"{site}/arb")
        looking.evaluate(COUNT_NODES.replace("#board tbody", ".opportunities tbody"))
        later = replace(board, sequence=2, scan=replace(board.scan, at=datetime.now(UTC)))
        older, *others = later.opportunities
        store.publish(replace(later, opportunities=(replace(older, scans=4_321), *others)))
        line = looking.locator(f"[id='line-{older.key}']")
        expect(line).to_contain_text("4,321 scans", timeout=LIVE_MILLISECONDS)
        assert looking.evaluate("window.nodes") == 0, "while rows stand still only text changes"
        looking.keyboard.press("j")
        expect(line.locator("a")).to_be_focused()
        looking.keyboard.press("Enter")
        expect(looking.locator("#unfolded")).to_contain_text("Step by step")
        expect(line.locator("a")).to_be_focused()
        assert "open=" in looking.url, "the address is the whole state"
        store.publish(replace(later, sequence=3, opportunities=tuple(others)))
        expect(line).to_have_class("ended", timeout=LIVE_MILLISECONDS)
        expect(looking.locator("#unfolded")).to_have_count(0)
        assert watched.complaints == []
        looking.close()
