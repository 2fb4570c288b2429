"""The pages of paper sessions: the list, the head that all tabs share, and what an address that is none says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline_tests.web.paper_board import SESSION, left_board, left_running, session_board
from p2p_pipeline_tests.web.serving import NOON, Page, client_of, edges_over

TABS = ("runtime", "symbols", "events", "results", "config")


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[TestClient]:
    """A service over an empty folder."""
    with client_of(edges_over(tmp_path, NOON + timedelta(seconds=1))) as found:
        yield found


def test_without_a_session_the_page_says_how_to_start_one(asking: TestClient) -> None:
    page = Page(asking.get("/paper").text)
    assert "No session has run here yet" in page.text
    assert page.all("a", href="/paper/new")


def test_every_tab_says_which_session_it_is_how_it_goes_and_that_no_order_leaves(
    asking: TestClient, tmp_path: Path
) -> None:
    for tab in TABS:
        with left_running(tmp_path, session_board(NOON)):
            found = asking.get(f"/paper/{SESSION}/{tab}")
        assert found.status_code == 200, tab
        page = Page(found.text)
        head = page.first("section", data_session=SESSION).text
        assert "running" in head
        assert "for 61\u00a0s" in head
        assert "simulated market data" in head
        assert "No order leaves this machine." in head
        current = [one.attributes["href"] for one in page.all("a", aria_current="page")]
        assert current == ["/paper", f"/paper/{SESSION}/{tab}"]


def test_a_session_that_nobody_ran_is_refused_with_where_to_look(asking: TestClient) -> None:
    for name in ("nonsense", "..", "%2e%2e", ".hidden", "a" * 90):
        found = asking.get(f"/paper/{name}/runtime", headers={"Accept": "text/html"})
        assert found.status_code == 404, name
    assert "there is no session" in Page(found.text).text


def test_an_unknown_session_is_refused_in_one_language_and_without_talk_of_markets(
    asking: TestClient, tmp_path: Path
) -> None:
    for word in ("ни одной", "есть"):
        found = asking.get("/paper/nosuch/runtime", headers={"Accept": "text/html", "Accept-Language": "ru"})
        article = Page(found.text).first("article", class_="problem").text
        assert word in article
        for wrong in ("there", "was started", "рынок"):
            assert wrong not in article
        left_board(tmp_path, session_board(NOON, state="STOPPED"))


def test_an_address_of_a_session_alone_leads_to_how_it_goes_or_to_what_it_came_to(
    asking: TestClient, tmp_path: Path
) -> None:
    with left_running(tmp_path, session_board(NOON)):
        assert asking.get(f"/paper/{SESSION}").headers["location"] == f"/paper/{SESSION}/runtime"
    left_board(tmp_path, session_board(NOON, state="STOPPED"))
    assert asking.get(f"/paper/{SESSION}").headers["location"] == f"/paper/{SESSION}/results"


def test_a_session_whose_process_is_gone_says_how_to_go_on(asking: TestClient, tmp_path: Path) -> None:
    left_board(tmp_path, session_board(NOON))
    page = Page(asking.get(f"/paper/{SESSION}/runtime").text)
    assert "ended unasked" in page.first("section", data_session=SESSION).text
    assert f"p2p paper resume {SESSION}" in page.text


def test_the_list_has_the_newest_first_with_what_each_came_to(asking: TestClient, tmp_path: Path) -> None:
    names = [f"20241025T1{hour}0000.000Z-0a1b2c3d" for hour in range(3)]
    left_board(tmp_path, session_board(NOON - timedelta(hours=2), session=names[0], state="STOPPED", equity="9990"))
    left_board(tmp_path, session_board(NOON - timedelta(hours=1), session=names[1], is_simulated=False))
    with left_running(tmp_path, session_board(NOON, session=names[2])):
        page = Page(asking.get("/paper").text)
    links = [one.attributes["href"] for one in page.all("a") if one.attributes.get("href", "").startswith("/paper/2")]
    assert links == [f"/paper/{name}" for name in reversed(names)]
    rows = [one.text.replace("\u00a0", " ") for one in page.all("tr")[1:]]
    assert "running" in rows[0]
    assert "+1.25 +0.01 %" in rows[0]
    assert ("ended unasked" in rows[1], "real" in rows[1]) == (True, True)
    assert f"p2p paper resume {names[1]}" in rows[2]
    assert "stopped" in rows[3]
    assert "−10.00 −0.10 %" in rows[3]
    assert "1 is running" in page.text
