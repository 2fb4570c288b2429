"""What the exchanges' pages must not claim: of a scan that stopped, of books nobody watches, of trips none can make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.exchanges.settings import FORTY, ExchangesSettings
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline_tests.exchanges.example_board import example_board
from p2p_pipeline_tests.web.serving import NOON, Page, client_of, edges_over


def read(folder: Path, address: str, board: Board | None = None, later: float = 4, **settings: Any) -> str:
    """The words of a page over a board, so many seconds later."""
    BoardFile(DataPaths(folder)).publish(board or example_board(NOON))
    edges = edges_over(folder, NOON + timedelta(seconds=later))
    edges.exchanges = ExchangesSettings(**settings)
    with client_of(edges) as asking:
        return re.sub(r"\s+", " ", Page(asking.get(address).text).text)


def test_of_a_scan_that_stopped_no_exchange_is_said_to_work(tmp_path: Path) -> None:
    text = read(tmp_path, "/arb/exchanges", later=240)
    assert text.count("not known since") == 14
    assert "✓" not in text
    assert "exchanges work" not in read(tmp_path, "/arb", later=240)
    assert "10 of 14 exchanges work" in read(tmp_path, "/arb")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"symbols": FORTY}, "No round trip can be made of the symbols that are watched"),
        ({"symbols": ("BTC/USDT", "ETH/USDT", "ETH/BTC")}, "No round trip of up to 3 legs gives back more"),
        (
            {"symbols": ("BTC/USDT", "ETH/BTC", "ETH/USDC", "USDC/USDT")},
            "No round trip can be made of the symbols that are watched",
        ),
        (
            {"symbols": ("BTC/USDT", "ETH/BTC", "ETH/USDC", "USDC/USDT"), "longest_cycle": 4},
            "No round trip of up to 4 legs gives back more",
        ),
    ],
)
def test_where_no_round_trip_can_be_made_the_page_says_that(
    tmp_path: Path, settings: Mapping[str, Any], said: str
) -> None:
    board = replace(example_board(NOON), cycles=(), opportunities=(), watched=())
    assert said in read(tmp_path, "/arb/cycles", board, **settings)


def test_books_are_told_as_those_whose_depth_is_watched_and_of_how_many_symbols(client: TestClient) -> None:
    text = re.sub(r"\s+", " ", Page(client.get("/arb/exchanges").text).text)
    assert re.search(r"depth is watched of 9 symbols, in [\d,]+ books: [\d,]+ can be used", text)
    assert "watched books usable" in text
    refused = re.sub(r"\s+", " ", Page(client.get("/arb").text).text)
    assert "the depth of one of the books isn't watched there (no edge is near), or" in refused


def cheap_at_one(folder: Path) -> Board:
    """A board on which four exchanges sell what one sells too cheaply."""
    board = example_board(NOON)
    sol = next(one for one in board.opportunities if one.found.symbol == "SOL/USDT")
    more = tuple(
        replace(sol, key=f"kucoin>{sell}:SOL/USDT", found=replace(sol.found, sell=sell))
        for sell in ("gate", "htx", "mexc")
    )
    many = replace(board, opportunities=(*board.opportunities, *more))
    BoardFile(DataPaths(folder)).publish(many)
    return many


def lines(text: str) -> list[str]:
    """The rows of opportunities on a page."""
    return [one.attributes["id"] for one in Page(text).all("tr") if one.attributes.get("id", "").startswith("line-")]


def test_one_cheap_book_fills_one_row_and_the_address_shows_all(tmp_path: Path) -> None:
    board = cheap_at_one(tmp_path)
    with client_of(edges_over(tmp_path)) as asking:
        usual = asking.get("/arb")
        assert len([one for one in lines(usual.text) if one.endswith("SOL/USDT")]) == 1
        page = Page(usual.text)
        assert page.first("a", id="best-only").attributes["href"] == "/arb?rows=all"
        assert "and 3 more" in page.text
        for address in ("/arb?rows=all", "/arb?symbol=SOL/USDT"):
            assert len([one for one in lines(asking.get(address).text) if one.endswith("SOL/USDT")]) == 4
        opened = asking.get("/arb", params={"open": "kucoin>htx:SOL/USDT"})
        assert "line-kucoin>htx:SOL/USDT" in lines(opened.text), "what is unfolded stays, whichever is the best"
        assert "rows=all" in asking.get("/arb?rows=all&open=kucoin%3Ehtx:SOL/USDT").text
        told = asking.get("/api/v1/opportunities?limit=1000").json()["items"]
        assert len(told) == len(board.opportunities), "the API tells all"


def test_a_row_that_is_unfolded_when_it_has_ended_says_so(client: TestClient) -> None:
    text = client.get("/arb", params={"open": "okx>kucoin:SOL/USDT"}).text
    assert "SOL/USDT, OKX → KuCoin, has ended" in re.sub(r"\s+", " ", Page(text).text)
    assert "has ended" not in client.get("/arb", params={"open": "kucoin>okx:SOL/USDT"}).text
    assert "has ended" not in client.get("/arb", params={"open": "nonsense"}).text


def test_an_address_with_a_moment_is_told_that_the_page_is_of_the_newest_scan(client: TestClient) -> None:
    text = Page(client.get("/arb?at=2024-10-25T12:00Z").text).text
    assert "it always shows the newest scan" in text
    assert "doesn't know" not in text


def test_a_mistake_is_named_as_its_field_is(client: TestClient) -> None:
    found = client.get("/arb?min_edge_pct=much")
    assert found.status_code == 400
    assert "net edge was 'much'" in Page(found.text).first("p", class_="mistake").text


def test_many_exchanges_that_watch_a_symbol_are_a_count_that_unfolds(client: TestClient) -> None:
    counted = Page(client.get("/arb/exchanges").text).first("tr", id="watched-BTC/USDT")
    assert "5 exchanges" in counted.text
    assert "Kraken" not in counted.text
    assert "Kraken" in Page(client.get("/arb/exchanges?watched=BTC/USDT").text).first("tr", id="watched-BTC/USDT").text
