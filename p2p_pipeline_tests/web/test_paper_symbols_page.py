"""Symbols of a session without a script: what the server draws, sorted, filtered, pinned, and as a file."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from p2p_pipeline.web.pages.paper_symbols_view import FIRST_ROWS, SORTS, asked_symbols, rows_shown
from p2p_pipeline_tests.web.paper_boards import SESSION, Playing, kept
from p2p_pipeline_tests.web.serving import Page, client_of, edges_over

ADDRESS = f"/paper/{SESSION}/symbols"


@pytest.fixture(scope="module")
def paper_client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    folder = tmp_path_factory.mktemp("paper_symbols")
    kept(folder, Playing(100).board())
    return client_of(edges_over(folder))


def shown_symbols(page: Page) -> list[str]:
    return [one.text for one in page.all("th", scope="row") if one.text]


def test_the_first_rows_are_there_without_a_script_and_all_of_them_on_a_page_of_their_own(
    paper_client: TestClient,
) -> None:
    first = Page(paper_client.get(ADDRESS).text)
    assert len(shown_symbols(first)) == FIRST_ROWS
    assert first.first("table", aria_rowcount="101").attributes["aria-rowcount"] == "101"
    (link,) = [one for one in first.all("a") if one.text == "All rows as page"]
    whole = Page(paper_client.get(link.attributes["href"]).text)
    assert shown_symbols(whole)[:FIRST_ROWS] == shown_symbols(first)
    assert len(shown_symbols(whole)) == 100
    assert "openInterestValue = openInterest × markPrice" in first.text


def test_the_address_sorts_filters_and_pins(paper_client: TestClient) -> None:
    found = Page(paper_client.get(ADDRESS, params={"sort": "-price_move_pct", "state": "armed", "pin": "SOLUSDT"}).text)
    rows = [one.text for one in found.all("tr") if "pinned" not in one.attributes.get("class", "")]
    assert shown_symbols(found)[0] == "SOLUSDT"
    assert all("armed" in row for row in rows if "USDT" in row)
    assert found.first("th", data_sort="price_move_pct").attributes["aria-sort"] == "descending"
    texts = Page(paper_client.get(ADDRESS, params={"text": "btc"}).text)
    assert shown_symbols(texts) == ["BTCUSDT"]


def test_what_an_address_has_that_means_nothing_is_told(paper_client: TestClient) -> None:
    found = paper_client.get(ADDRESS, params={"sort": "beauty", "state": "HAPPY", "colour": "red"})
    assert found.status_code == 200
    for name in ("sort", "state", "colour"):
        assert f"The address has {name}, which this page doesn't know" in Page(found.text).text


def test_the_file_has_all_rows_with_every_digit(paper_client: TestClient) -> None:
    found = paper_client.get(f"{ADDRESS}.csv", params={"sort": "-oiv"})
    rows = list(csv.DictReader(io.StringIO(found.text)))
    board = {row.symbol: row for row in Playing(100).board().rows}
    assert len(rows) == 100
    assert [row["oiv"] for row in rows] == sorted((row["oiv"] for row in rows), key=Decimal, reverse=True)
    for row in rows:
        assert row["oi_move_pct"] == (board[row["symbol"]].oi_move_pct or "")
    assert "attachment" in found.headers["content-disposition"]


def test_before_the_universe_is_chosen_the_page_says_so(tmp_path: Path) -> None:
    kept(tmp_path, replace(Playing(10).board(), state="WARMING_UP", rows=(), universe=0))
    with client_of(edges_over(tmp_path)) as client:
        assert "the universe is chosen when the warm-up is over" in client.get(ADDRESS).text


@given(column=st.sampled_from(sorted(SORTS)), is_descending=st.booleans(), seed=st.integers(0, 9))
def test_every_column_sorts_both_ways_with_what_is_not_known_last_and_ties_by_name(
    column: str, is_descending: bool, seed: int
) -> None:
    board = Playing(40, seed=seed).board()
    rows = rows_shown(board, asked_symbols({"sort": f"-{column}" if is_descending else column}))
    values = [SORTS[column](row) for row in rows]
    known = [one for one in values if one is not None]
    assert values == [*known, *(one for one in values if one is None)]
    assert known == sorted(known, reverse=is_descending)  # type: ignore[type-var]
    for one, other in pairwise(rows):
        if SORTS[column](one) == SORTS[column](other):
            assert one.symbol < other.symbol
