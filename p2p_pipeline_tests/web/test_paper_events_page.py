"""The log of a session as a page: sentences, parts, filters, a place to go to; without a script too."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.paper.log.index import Filter, LogIndex
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.paper_events_view import asked_lines, lines_told
from p2p_pipeline.web.paper_figures import PaperFigures
from p2p_pipeline.web.reader import reader_from
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.paper_events import sentence_of, type_texts
from p2p_pipeline_tests.web.paper_boards import BEGAN, SESSION, Playing, kept, said_lines
from p2p_pipeline_tests.web.serving import Page, client_of, edges_over
from p2p_pipeline_tests.web.test_russian import ENGLISH

ADDRESS = f"/paper/{SESSION}/events"
LINES = 400
ZERO = {"realised": "0", "fees": "0", "funding": "0", "equity": "1"}
OTHERS = (
    {"type": "session_started", "session": "x", "config": {}, "version": "1"},
    {"type": "universe_frozen", "symbols": ["BTCUSDT"], "excluded": []},
    {"type": "candle_conflict", "symbol": "BTCUSDT", "start": BEGAN},
    {"type": "reference_missing", "symbol": "BTCUSDT", "start": BEGAN},
    {"type": "signal", "symbol": "BTCUSDT", "side": "SHORT", "price_move_pct": "-0.6", "oiv_move_pct": "-0.7"},
    {
        "type": "order_rejected",
        "symbol": "BTCUSDT",
        "side": "LONG",
        "limit": "1",
        "quantity": "2",
        "reason": "would_take",
    },
    {"type": "order_expired", "order": 3, "symbol": "BTCUSDT"},
    {"type": "order_cancelled", "order": 3, "symbol": "BTCUSDT", "reason": "stale"},
    {"type": "funding_applied", "symbol": "BTCUSDT", "funding_at": BEGAN, "rate": "0.0001", "amount": "0.01"},
    {"type": "funding_unknown", "symbol": "BTCUSDT", "funding_at": BEGAN, "rate": "0", "amount": "0"},
    {"type": "symbol_fresh", "symbol": "BTCUSDT"},
    {"type": "symbol_armed", "symbol": "BTCUSDT"},
    {"type": "symbol_rearmed", "symbol": "BTCUSDT"},
    {"type": "session_state", "state": "COOLDOWN", "reason": "funding"},
    {"type": "connection", "connection": "tickers-1", "what": "lost", "gap_ms": 0},
    {"type": "connection", "connection": "tickers-1", "what": "restored", "gap_ms": 1500},
    {"type": "snapshot", **ZERO, "orders": [], "positions": [], "counters": {}},
    {"type": "summary", **ZERO, "trades": 2, "wins": 1, "by_reason": {}, "fill_models": {}},
)


@pytest.fixture(scope="module")
def paper_client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    folder = tmp_path_factory.mktemp("paper_events")
    kept(folder, Playing(20).board(), said_lines(LINES))
    return client_of(edges_over(folder))


def told(language: str) -> tuple[Words, PaperFigures]:
    words = Words(language)
    return words, PaperFigures(Figures(words, reader_from({"lang": language}, "", "UTC").zone))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_type_of_line_is_a_sentence_in_the_readers_language(language: str) -> None:
    words, tell = told(language)
    lines = [*OTHERS, *(orjson.loads(orjson.dumps({**one.fields, "at": one.at, "type": one.type}, default=str))
                        for one in said_lines(6))]  # fmt: skip
    assert {line["type"] for line in lines} == type_texts(words).keys()
    for line in lines:
        text = sentence_of(line, words, tell)
        assert text.endswith("."), text
        assert "=" not in text
        if language == "ru":
            assert ENGLISH.findall(text) == []


def test_a_line_of_a_later_version_is_shown_by_its_fields() -> None:
    assert (
        sentence_of({"type": "moon_risen", "n": 1, "at": 1, "prev": "", "phase": "full"}, *told("en")) == "phase=full"
    )
    assert sentence_of({"type": "signal", "n": 1, "at": 1, "prev": "", "mark": "1"}, *told("en")) == "mark=1"


def test_the_newest_lines_are_there_without_a_script_and_links_lead_to_earlier_ones(paper_client: TestClient) -> None:
    found = Page(paper_client.get(ADDRESS).text)
    rows = [one.text for one in found.all("td", class_="n")]
    assert rows[:50] == [str(n) for n in range(351, 401)]
    (earlier,) = [one for one in found.all("a") if one.text == "earlier lines"]
    before = Page(paper_client.get(earlier.attributes["href"]).text)
    assert before.first("td", class_="n").text == "301"


def test_lines_are_given_by_place_filter_number_and_time(paper_client: TestClient) -> None:
    def asked(**given: str | int) -> dict:  # type: ignore[type-arg]
        found = paper_client.get(f"{ADDRESS}/lines", params=given)
        assert found.status_code == 200, found.text
        return dict(found.json())

    assert asked(limit=1)["total"] == LINES
    filtered = asked(type="position_closed", symbol="ethusdt", limit=5)
    assert filtered["count"] == 20
    assert all("ETHUSDT: long closed by stop-loss" in line["sentence"] for line in filtered["lines"])
    assert asked(text="STOP_LOSS", limit=1)["count"] == 80
    assert asked(number="1,00", limit=1)["lines"][0]["n"] == 100
    assert asked(at="09:01:40", tz="UTC", limit=1)["lines"][0]["n"] == 101
    assert asked(at="2026-11-30T12:01:40+03:00", limit=1)["lines"][0]["n"] == 101
    assert asked(at="23:59", limit=1)["skip"] == LINES
    line = paper_client.get(f"{ADDRESS}/101")
    assert line.json()["n"] == 101
    assert paper_client.get(f"{ADDRESS}/401").status_code == 422


@pytest.mark.parametrize("given", [{"from": "first"}, {"number": "-1"}, {"at": "soon"}])
def test_what_is_no_place_is_refused_with_what_to_write(paper_client: TestClient, given: dict[str, str]) -> None:
    page, lines = paper_client.get(ADDRESS, params=given), paper_client.get(f"{ADDRESS}/lines", params=given)
    assert (page.status_code, lines.status_code) == (400, 422)
    assert "; write " in lines.json()["detail"]
    assert "; write " in Page(page.text).first("p", class_="mistake").text


def test_the_hash_chain_is_verified_and_a_changed_byte_is_told(tmp_path: Path) -> None:
    folder = kept(tmp_path, Playing(5).board(), said_lines(30))
    with client_of(edges_over(tmp_path)) as client:
        assert client.get(f"{ADDRESS}/verified").json() == {"is_good": True, "text": "hash chain verified, lines: 30"}
        folder.log.write_bytes(folder.log.read_bytes().replace(b"1.2325", b"1.2326", 1) + b"\n")
        assert client.get(f"{ADDRESS}/verified").json()["is_good"] is False


def test_what_strangers_wrote_into_a_line_cannot_turn_it_around(tmp_path: Path) -> None:
    folder = kept(tmp_path, Playing(5).board(), said_lines(2, symbol="BTC\u202eUSDT"))
    (line,) = lines_told(LogIndex(folder.root), asked_lines({"from": "2"}), *told("en"))["lines"]
    assert "\u202e" not in line["sentence"]


def test_a_filter_that_nothing_fits_says_so(paper_client: TestClient) -> None:
    found = paper_client.get(ADDRESS, params={"type": "summary"})
    assert "No line fits this filter" in found.text
    assert asked_lines({"type": "summary"}).wanted == Filter(type="summary")
