"""Long lists of the API: markets, offers, batches, questions and quarantine, as files and in pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from pyarrow import parquet

from p2p_pipeline.p2p.metrics.markets.figures import side_figures
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import id_of, sound_reads
from p2p_pipeline_tests.web.browsing import served
from p2p_pipeline_tests.web.serving import NOON, QUESTION, client_of, edges_over
from p2p_pipeline_tests.web.swept import STEPS, asking_of, load_sweeps

BOOK = {"market": "binance.USDT-BOB", "side": "BUY"}


@pytest.fixture
def swept(web_folder: Path, swept_warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    with asking_of(web_folder, swept_warehouse, monkeypatch) as asking:
        yield asking


def all_pages(asking: TestClient, path: str, **asked: Any) -> list[Any]:
    """Followed by their links."""
    items, address = [], None
    while True:
        found = asking.get(address) if address else asking.get(path, params=asked)
        assert found.status_code == 200, found.text
        told = found.json()
        items += told["items"]
        if told["next_cursor"] is None:
            assert "link" not in found.headers
            return items
        link, rel = found.headers["link"].split(";")
        assert rel.strip() == 'rel="next"'
        address = link.strip("<>")
        assert urlsplit(address).path == path


def test_a_swept_market_has_the_figures_that_its_offers_have(swept: TestClient) -> None:
    items = {one["market_key"]: one for one in swept.get("/api/v1/markets").json()["items"]}
    assert items.keys() >= {"binance.USDT-RUB", "binance.BTC-RUB", "binance.USDT-BOB", "bybit.USDT-RUB"}
    for read in sound_reads(STEPS[-1]):
        offers = [one.offer for one in read.offers]
        wanted = side_figures(read.market_side.side, offers, read.extracted_at, is_complete=read.is_complete)
        told = items[read.market_side.market.key][read.market_side.side.lower()]
        for name in ("offers", "advertisers", "is_complete"):
            assert (read.market_side, name, told[name]) == (read.market_side, name, getattr(wanted, name))
        for name in ("best_price", "near_asset", "total_asset"):
            value = getattr(wanted, name)
            assert (read.market_side, name, None if told[name] is None else float(told[name])) == (
                read.market_side,
                name,
                None if value is None else float(value),
            )
    assert items["binance.USDT-RUB"]["premium"]["reference"] == "bank"
    assert items["binance.BTC-RUB"]["premium"] is None
    assert items["bybit.USDT-RUB"]["known_from"] == "nowhere"


def test_without_a_warehouse_the_markets_are_those_of_the_books_and_it_says_why(client: TestClient) -> None:
    told = client.get("/api/v1/markets").json()
    assert {one["market_key"]: one["known_from"] for one in told["items"]} == {
        "binance.USDT-BOB": "book",
        "bybit.USDT-RUB": "nowhere",
    }
    assert "p2p sweep" in told["missing"]
    assert told["profiles"] == ["wide", "merchants"]


def test_pages_of_markets_are_the_whole_and_a_filter_holds_for_all(swept: TestClient) -> None:
    whole = swept.get("/api/v1/markets").json()["items"]
    assert all_pages(swept, "/api/v1/markets", limit=1) == whole
    assert [one["market_key"] for one in all_pages(swept, "/api/v1/markets", limit=1, fiat="rub", venue="binance")] == [
        "binance.BTC-RUB",
        "binance.USDT-RUB",
    ]


def test_markets_come_as_files_without_formulas(swept: TestClient) -> None:
    text = swept.get("/api/v1/markets?format=csv")
    assert text.headers["content-disposition"] == 'attachment; filename="markets.csv"'
    assert text.text.startswith("market_key,venue,asset,fiat,")
    table = parquet.read_table(io.BytesIO(swept.get("/api/v1/markets?format=parquet").content))
    assert table["market_key"].to_pylist() == sorted(table["market_key"].to_pylist())


def test_one_market_has_its_places_books_and_hours(swept: TestClient, client: TestClient) -> None:
    told = swept.get("/api/v1/markets/binance.USDT-RUB").json()
    assert {rank["by"]: (rank["place"], rank["of"]) for rank in told["ranks"]}["premium"] == (1, 1)
    assert told["history"]["measure"] == "best_of_sweeps"
    assert told["history"]["hours"][0]["premium"] == pytest.approx(told["premium"]["share"], abs=0.01)
    by_book = client.get("/api/v1/markets/binance.USDT-BOB").json()
    assert [book["side"] for book in by_book["books"]] == ["BUY", "SELL"]
    assert sum(one["offers"] for one in by_book["books"][0]["biggest_advertisers"]) == by_book["books"][0]["offers"]
    imported = client.get("/api/v1/markets/bybit.USDT-RUB").json()
    assert (imported["known_from"], imported["history"]["measure"]) == ("nowhere", "ask")


@pytest.mark.parametrize(("key", "status"), [("binance.USDT-EUR", 404), ("nonsense", 422), ("mars.USDT-RUB", 404)])
def test_a_market_of_which_nothing_is_known_is_told(client: TestClient, key: str, status: int) -> None:
    found = client.get(f"/api/v1/markets/{key}")
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")


def test_offers_are_those_of_the_book_that_fit_best_first(client: TestClient) -> None:
    told = client.get("/api/v1/offers", params=BOOK).json()
    assert [one["price"] for one in told["items"]] == ["10.20", "10.40", "10.50", "10.60"]
    fitting = client.get("/api/v1/offers", params={**BOOK, "amount": QUESTION["amount"]}).json()["items"]
    assert [(one["price"], one["min_fiat"], one["max_fiat"]) for one in fitting] == [("10.60", "100", "3000.00")]
    paid = client.get("/api/v1/offers", params={**BOOK, "pay": "sbp"}).json()["items"]
    assert paid == []
    assert client.get("/api/v1/offers", params={**BOOK, "profile": "none"}).status_code == 422
    text = client.get("/api/v1/offers", params={**BOOK, "format": "csv"}).text
    assert len(text.splitlines()) == 5


def test_pages_of_offers_are_all_of_one_book(client: TestClient, web_folder: Path) -> None:
    whole = client.get("/api/v1/offers", params=BOOK).json()["items"]
    assert all_pages(client, "/api/v1/offers", limit=1, **BOOK) == whole
    assert all_pages(client, "/api/v1/offers", limit=3, **BOOK) == whole


def test_a_newer_book_between_two_pages_changes_none_of_them(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.append(captures(NOON, page([ad(number, f"10.{number}", "100", "2000") for number in (1, 2, 3)])))
    with client_of(edges_over(tmp_path)) as asking:
        first = asking.get("/api/v1/offers", params={**BOOK, "limit": 2})
        store.append(captures(NOON + timedelta(seconds=5), page([ad(9, "10.05", "100", "2000")])))
        following = asking.get(first.headers["link"].split(";")[0].strip("<>")).json()
        anew = asking.get("/api/v1/offers", params=BOOK).json()
    assert [one["price"] for one in (*first.json()["items"], *following["items"])] == ["10.1", "10.2", "10.3"]
    assert following["snapshot_at"] == first.json()["snapshot_at"] != anew["snapshot_at"]
    assert [one["price"] for one in anew["items"]] == ["10.05"]


def test_a_cursor_of_another_list_is_refused_with_what_to_do(client: TestClient) -> None:
    cursor = client.get("/api/v1/offers", params={**BOOK, "limit": 1}).json()["next_cursor"]
    wrong: list[dict[str, str]] = [{"side": "SELL", "cursor": cursor}, {"cursor": cursor[:-2]}, {"limit": "1001"}]
    for asked in ({**BOOK, **one} for one in wrong):
        found = client.get("/api/v1/offers", params=asked)
        assert found.status_code == 422, found.text
    assert "leave it out" in client.get("/api/v1/markets", params={"cursor": cursor}).json()["detail"]
    # The size of a page is no filter.
    assert client.get("/api/v1/offers", params={**BOOK, "limit": 2, "cursor": cursor}).status_code == 200


def test_batches_come_the_newest_first_also_when_one_is_loaded_between_two_pages(
    web_folder: Path, warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_sweeps(warehouse)
    with asking_of(web_folder, warehouse, monkeypatch) as asking:
        first = asking.get("/api/v1/batches?limit=2")
        assert [one["batch_id"] for one in first.json()["items"]] == [id_of(8), id_of(2)]
        load_sweeps(warehouse, [9])
        following = first.headers["link"].split(";")[0].strip("<>")
        assert [one["batch_id"] for one in asking.get(following).json()["items"]] == [id_of(0)]
        assert asking.get("/api/v1/batches?status=failed").json() == {"items": [], "next_cursor": None}
        assert asking.get("/api/v1/batches?status=odd").status_code == 422


def test_pages_of_a_question_are_its_answer(swept: TestClient) -> None:
    path = "/api/v1/questions/offers_of_a_batch"
    whole = swept.get(path, params={"fiat": "RUB"}).json()
    assert len(whole["items"]) == 10
    assert whole["next_cursor"] is None
    assert all_pages(swept, path, fiat="RUB", limit=3) == whole["items"]


def test_quarantined_records_come_in_pages(client: TestClient) -> None:
    path = "/api/v1/quarantine"
    whole = client.get(path, params={"days": 366}).json()["items"]
    assert len(whole) == 1
    assert all_pages(client, path, days=366, limit=1) == whole


def test_without_a_warehouse_batches_say_what_to_do(web_folder: Path) -> None:
    with client_of(edges_over(web_folder)) as asking:
        found = asking.get("/api/v1/batches")
    assert (found.status_code, "p2p sweep" in found.json()["detail"]) == (503, True)


def test_two_who_download_the_same_at_once_both_get_it_whole(web_folder: Path) -> None:
    asked = {"market": "bybit.USDT-RUB", "measure": "ask", "side": "BUY", "format": "csv"}
    with served(edges_over(web_folder)) as address, ThreadPoolExecutor(3) as both:
        got = list(both.map(lambda _: httpx.get(f"{address}/api/v1/history", params=asked), range(6)))
    assert {one.status_code for one in got} == {200}
    assert len({one.text for one in got}) == 1
    assert got[0].text.startswith("starts_at,")
