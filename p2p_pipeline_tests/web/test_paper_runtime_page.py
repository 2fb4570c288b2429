"""How a session does, and what it is told: the page, its questions, and its forms without a script."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from msgspec.structs import replace

from p2p_pipeline.paper.board import SessionBoard
from p2p_pipeline_tests.web.paper_boards import SESSION, Playing, kept, running, stopped
from p2p_pipeline_tests.web.serving import Page, client_of, edges_over

ADDRESS = f"/paper/{SESSION}/runtime"


def test_a_command_is_asked_about_and_told_without_a_script(tmp_path: Path) -> None:
    folder = kept(tmp_path, Playing(20).board())
    with running(folder), client_of(edges_over(tmp_path)) as client:
        first = Page(client.get(ADDRESS).text)
        assert [one.attributes["value"] for one in first.all("button", name="ask")] == [
            "stop",
            "close_all",
            "cancel_all",
        ]
        assert not any("open" in one.attributes for one in first.all("dialog"))
        asked = Page(client.get(ADDRESS, params={"ask": "stop"}).text)
        (question,) = [one for one in asked.all("dialog") if "open" in one.attributes]
        assert "Stop the session?" in question.text
        assert "orders 4" in " ".join(question.text.split())
        assert list(folder.inbox.glob("*")) == []
        told = client.post(ADDRESS, data={"command": "stop"}, headers={"Origin": "http://127.0.0.1:8000"})
        assert (told.status_code, told.headers["location"]) == (303, f"{ADDRESS}?told=stop")
        (letter,) = folder.inbox.glob("*.json")
        assert orjson.loads(letter.read_bytes())["command"] == "stop"
        assert "was told to the session" in client.get(told.headers["location"]).text


def test_nothing_but_a_command_is_told_and_no_other_site_tells_it(tmp_path: Path) -> None:
    folder = kept(tmp_path, Playing(20).board())
    with running(folder), client_of(edges_over(tmp_path)) as client:
        assert client.post(ADDRESS, data={"command": "buy"}).status_code == 422
        stranger = client.post(ADDRESS, data={"command": "stop"}, headers={"Origin": "https://stranger.example"})
        assert stranger.status_code == 403
        assert list(folder.inbox.glob("*")) == []


def test_three_fill_models_stand_side_by_side_with_money_apart(tmp_path: Path) -> None:
    folder = kept(tmp_path, Playing(20).board())
    with running(folder), client_of(edges_over(tmp_path)) as client:
        page = Page(client.get(ADDRESS).text)
    models = [
        one.text for one in page.all("tr") if one.attributes.get("data-key") in ("touch", "through", "queue_late")
    ]
    assert ["10,013.73" in models[0], "10,006.16" in models[1], "10,002.84" in models[2]] == [True] * 3
    cells = {one.attributes["data-cell"]: one.text for one in page.elements if one.attributes.get("data-cell")}
    assert (cells["fees"], page.first("dd", data_cell="fees").text) == ("2.98", "−4.12")
    assert page.first("dd", data_cell="funding").text == "−0.35"
    assert page.first("small", data_cell="change").text == "+12.40 (+0.12\u00a0%)"


@pytest.mark.parametrize(
    ("board", "told"),
    [
        (stopped(Playing(20).board()), "The session has stopped."),
        (replace(Playing(20).board(), state="FAILED", reason="the exchange lists no instruments"), "lists no"),
        (Playing(20).board(), "p2p paper resume"),
    ],
    ids=["stopped", "failed", "died"],
)
def test_a_session_that_has_ended_says_why_and_takes_no_commands(
    board: SessionBoard, told: str, tmp_path: Path
) -> None:
    folder = kept(tmp_path, board)
    with client_of(edges_over(tmp_path)) as client:
        page = Page(client.get(ADDRESS).text)
        assert told in page.text
        assert page.all("button", name="ask") == []
        refused = client.post(ADDRESS, data={"command": "close_all"}, headers={"Accept": "text/html"})
        assert refused.status_code == 409
        assert "nothing can be told to it" in Page(refused.text).first("p", class_="mistake").text
        assert Page(refused.text).all("section", data_session=SESSION), "on the page where it was asked"
    assert list(folder.inbox.glob("*")) == []
