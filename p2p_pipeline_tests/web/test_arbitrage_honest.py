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
from p2p_pipeline.exchanges.settings import ExchangesSettings
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
        ({}, "No round trip can be made of the symbols that are watched"),
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
