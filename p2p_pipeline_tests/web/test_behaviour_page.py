"""The page Behaviour: both sides beside each other, in honest words; an answer that takes its time comes by itself."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers import behaviour as answers
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps import behaviour as step
from p2p_pipeline.p2p.steps.behaviour import build_behaviour
from p2p_pipeline.web import advised
from p2p_pipeline_tests.p2p.steps.shown_offers import DAY, KEY, two_days
from p2p_pipeline_tests.web.serving import Page, client_of, edges_over

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
ASKED = {"market": KEY, "days": "2", "rest_hours": "1"}
API = "/api/v1/behaviour"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("behaviour_page")
    lake = Lake(found / "lake")
    two_days(lake)
    build_behaviour(lake, KEY, DAY + timedelta(days=1), Settings(), 2, 3600.0)
    return found


@pytest.fixture(scope="module")
def asking(folder: Path) -> Iterator[TestClient]:
    with client_of(edges_over(folder, NOON)) as found:
        yield found


@pytest.mark.parametrize("language", ["en", "ru"])
def test_both_sides_stand_beside_each_other_with_their_curves_and_who_is_behind(
    asking: TestClient, language: str
) -> None:
    found = asking.get("/behaviour", params=ASKED, headers={"Accept-Language": language})
    page = Page(found.text)
    assert found.status_code == 200
    assert len(page.all("h1")) == 1
    assert len(page.all("section", class_="side")) == 2
    assert len(page.all("polyline", class_="line")) == 2, "survival of both"
    assert len(page.all("rect", class_="came")) == len(page.all("rect", class_="gone")) > 0
    assert not [one for one in page.elements if "style" in one.attributes]
    told = asking.get(API, params=ASKED).json()
    held = told["sides"][0]["concentration"]
    assert held["advertisers"] == 41
    assert "41" in page.text
    assert (told["timezone"], len(told["sides"][1]["by_hour"])) == ("UTC", 24)


def test_one_side_and_a_last_day_can_be_asked_for_and_the_address_is_kept_in_the_form(asking: TestClient) -> None:
    page = Page(asking.get("/behaviour", params={**ASKED, "side": "SELL", "to": str(DAY + timedelta(days=1))}).text)
    assert len(page.all("section", class_="side")) == 1
    assert page.first("input", name="to").attributes["value"] == str(DAY + timedelta(days=1))
    assert page.first("input", type="hidden", name="rest_hours").attributes["value"] == "1"


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"market": "bybit.USDT-VND"}, 200, "no day of bybit.USDT-VND is processed yet"),
        ({"market": "x"}, 400, "x"),
        ({**ASKED, "days": "0"}, 400, "days"),
        ({**ASKED, "tz": "Mars/Base"}, 400, "Mars/Base"),
    ],
)
def test_what_is_missing_or_wrong_is_said_on_the_page(
    asking: TestClient, asked: dict[str, str], status: int, said: str
) -> None:
    found = asking.get("/behaviour", params=asked)
    assert (found.status_code, said in re.sub(r"</?bdi[^>]*>", "", found.text)) == (status, True)


def test_what_a_run_has_summed_up_of_these_days_is_read_and_is_what_would_be_worked_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {**ASKED, "side": "BUY"}

    def never(*_: Any) -> Any:
        raise AssertionError("it was worked out again")

    with monkeypatch.context() as watched, client_of(edges_over(folder, NOON)) as reading:
        watched.setattr(step, "side_behaviour", never)
        read = reading.get(API, params=asked).json()
    monkeypatch.setattr(answers, "stored_summaries", lambda *_: None)
    with client_of(edges_over(folder, NOON)) as making:
        assert making.get(API, params=asked).json() == read


def test_an_answer_that_takes_its_time_is_said_to_be_on_its_way_and_comes_by_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, real = threading.Event(), answers.answer_behaviour

    def slow(*asked: Any) -> Any:
        gate.wait(20)
        return real(*asked)

    monkeypatch.setattr(advised, "answer_behaviour", slow)
    edges = edges_over(folder, NOON)
    edges.page_patience_seconds = 0.05
    with client_of(edges) as waiting:
        first = waiting.get("/behaviour", params=ASKED)
        assert first.status_code == 202
        assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in first.text
        assert "being worked out" in first.text
        gate.set()
        edges.page_patience_seconds = 30.0
        assert len(Page(waiting.get("/behaviour", params=ASKED).text).all("section", class_="side")) == 2


def test_a_client_that_has_the_answer_hears_so_without_waiting_for_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client_of(edges_over(folder, NOON)) as before:
        etag = before.get(API, params=ASKED).headers["etag"]

    async def never(*_: Any) -> Any:
        raise AssertionError("nothing has to be worked out")

    monkeypatch.setattr(advised, "_once", never)
    with client_of(edges_over(folder, NOON)) as after:
        assert after.get(API, params=ASKED, headers={"If-None-Match": etag}).status_code == 304
