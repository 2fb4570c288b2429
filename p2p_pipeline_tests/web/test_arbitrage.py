"""The exchanges' scan on pages, in the API and at the socket: the same numbers, honest when there are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from fastapi.testclient import TestClient
from jsonschema_rs import Draft202012Validator
from starlette.websockets import WebSocketDisconnect

from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.exchanges.warehouse.migrate import ready_schema
from p2p_pipeline.exchanges.warehouse.strategy import keep_strategy
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.postgres.server import WarehouseServer, connect
from p2p_pipeline.web.api.shapes.live import OPPORTUNITIES_SENT, OpportunitiesDelta, OpportunitiesSnapshot
from p2p_pipeline.web.live.topic import Topic
from p2p_pipeline.web.live.watching import publish_scan
from p2p_pipeline.web.scanned import scanned
from p2p_pipeline_tests.exchanges.example_board import changed_again, example_board
from p2p_pipeline_tests.web.serving import NOON, Page, client_of, edges_over

SOCKET = "ws://127.0.0.1:8000/ws/opportunities"
SOL = "/api/v1/opportunities/kucoin/okx/SOL/USDT"
PAGES = ("/arb", "/arb/matrix", "/arb/exchanges", "/arb/cycles")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[TestClient]:
    """Asks a service that no scan was published to."""
    with client_of(edges_over(tmp_path)) as asking:
        yield asking


def test_the_list_is_the_same_at_both_addresses_and_goes_on_by_cursor(client: TestClient) -> None:
    whole = client.get("/api/v1/opportunities").json()
    old = client.get("/api/opportunities").json()
    assert old == whole
    assert whole["scan"]["rejected"]["below_min_edge"] > 20_000
    assert (whole["is_stale"], whole["is_simulated"], whole["missing"]) == (False, True, None)
    keys, cursor = [], ""
    while cursor is not None:
        page = client.get("/api/v1/opportunities", params={"limit": 2, "cursor": cursor}).json()
        keys += [one["key"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert keys == [one["key"] for one in whole["items"]]
    assert client.get("/api/v1/opportunities?buy=kucion").json()["detail"].startswith("buy was 'kucion'")


def test_one_opportunity_is_unfolded_and_its_steps_add_up(client: TestClient) -> None:
    found = client.get(SOL)
    told = found.json()
    *before, net = [Decimal(step["amount"]) for step in told["steps"]]
    assert abs(sum(before) - net) < Decimal("1e-11")
    assert told["bought"]["eaten"][-1]["taken"] < told["bought"]["eaten"][-1]["quantity"]
    assert client.get(SOL, headers={"If-None-Match": found.headers["etag"]}).status_code == 304
    gone = client.get("/api/v1/opportunities/okx/kucoin/SOL/USDT")
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/no-data")
    assert "it may have ended" in gone.json()["detail"]


def test_what_is_too_good_stands_apart_and_in_no_list(client: TestClient) -> None:
    (glitch,) = client.get("/api/v1/opportunities/quarantined").json()["items"]
    assert float(glitch["net_edge_pct"]) > 10
    feed = client.get("/api/v1/opportunities").json()["items"]
    assert all(Decimal(one["net_edge_pct"]) < 10 for one in feed)
    page = Page(client.get("/arb").text)
    assert glitch["symbol"] not in page.all("table", class_="opportunities")[0].text
    assert glitch["symbol"] in page.all("table", class_="opportunities")[1].text


def test_the_page_shows_what_the_api_tells_and_unfolds_the_row_of_its_address(client: TestClient) -> None:
    told = client.get(SOL).json()
    page = Page(client.get("/arb", params={"open": told["key"]}).text)
    lines = [one.attributes["id"] for one in page.all("tr") if one.attributes.get("id", "").startswith("line-")]
    assert lines[:-1] == [f"line-{one['key']}" for one in client.get("/api/v1/opportunities").json()["items"]]
    unfolded = page.first("tr", id="unfolded").text
    assert "fee of KuCoin, 0.100\u00a0%" in unfolded
    assert "SOL can be sent from KuCoin to OKX" in unfolded
    assert f"{Decimal(told['net_profit_quote']):+.2f}" in unfolded
    assert page.first("a", id=f"row-{told['key']}").attributes["aria-expanded"] == "true"
    assert not Page(client.get("/arb").text).all("tr", id="unfolded")


def test_a_withdrawal_fee_that_nobody_tells_is_said_to_be_unknown_and_not_shown_as_none(tmp_path: Path) -> None:
    board = example_board(NOON)
    first, *others = board.opportunities
    untold = replace(first, found=replace(first.found, withdrawal=Decimal(0), is_withdrawal_fee_known=False))
    BoardFile(DataPaths(tmp_path)).publish(replace(board, opportunities=(untold, *others)))
    with client_of(edges_over(tmp_path)) as asking:
        told = asking.get("/api/v1/opportunities").json()["items"]
        page = Page(asking.get("/arb", params={"open": first.key}).text)
    assert [one["key"] for one in told if not one["is_withdrawal_fee_known"]] == [first.key]
    marked = [row.attributes["id"] for row in page.all("tr") if "withdrawal fee not known" in row.text]
    assert marked == [f"line-{first.key}"]
    assert "tells no fee for withdrawing" in page.first("tr", id="unfolded").text


def test_a_filter_stands_in_the_address_and_a_mistake_in_it_costs_no_other_part(client: TestClient) -> None:
    page = Page(client.get("/arb?buy=kucoin").text)
    assert len([one for one in page.all("tr") if "kucoin>okx" in one.attributes.get("id", "")]) == 1
    wrong = client.get("/arb?buy=kucion&colour=red")
    assert wrong.status_code == 400
    assert "an exchange that is not known; known are binance" in Page(wrong.text).text
    assert "colour" in wrong.text
    assert Page(wrong.text).all("table", class_="opportunities")
    assert "No opportunity fits" in client.get("/arb?buy=kraken").text


def test_every_cell_of_the_matrix_leads_to_its_opportunities(client: TestClient) -> None:
    page = Page(client.get("/arb/matrix").text)
    links = [one.attributes["href"] for one in page.all("a") if "/arb?buy=" in one.attributes.get("href", "")]
    assert len(links) == 13 * 12, "bitfinex has no usable book"
    assert "/arb?buy=kucoin&sell=okx" in links
    told = client.get("/api/v1/matrix").json()
    assert len(told["cells"]) == 14 * 13
    assert [one for one in told["cells"] if one["buy"] == "bitfinex" and one["net_edge_pct"] is not None] == []


def test_the_health_board_says_in_words_how_each_exchange_is(client: TestClient) -> None:
    found = client.get("/arb/exchanges")
    text = re.sub(r"\s+", " ", Page(found.text).text)
    assert "14 exchanges: 10 working, 1 re-syncing, 1 silent, 1 unreachable, 1 in maintenance;" in text
    assert "numbered, with checksums: a lost frame and a wrong book show: OKX, Kraken, Bitget, Bitfinex" in text
    assert "<b>no frame</b>" in text
    assert "<b>no frame" not in found.text
    assert "on the watch list of the settings" in text
    assert len(client.get("/api/v1/exchanges").json()["exchanges"]) == 14
    assert client.get("/health").json()["exchanges"]["working"] == 10


@pytest.mark.parametrize("address", PAGES)
def test_before_the_first_scan_a_page_says_how_to_start_one(empty: TestClient, address: str) -> None:
    found = empty.get(address)
    assert found.status_code == 200
    assert "<code>p2p stream</code> watches their order books" in found.text
    assert 'class="realm"' not in found.text


def test_before_the_first_scan_the_api_is_empty_and_says_why(empty: TestClient) -> None:
    for name in ("opportunities", "opportunities/quarantined", "matrix", "exchanges", "cycles"):
        told = empty.get(f"/api/v1/{name}").json()
        assert told["scan"] is None
        assert "`p2p stream`" in told["missing"]
    assert empty.get("/health").json()["exchanges"]["is_going_on"] is False
    with empty.websocket_connect(SOCKET) as socket:
        assert socket.receive_json()["topic"] == "opportunities"
        told = socket.receive_json()
        assert told["rows"] == {}


def test_an_old_board_is_told_as_stale_with_its_age(web_folder: Path) -> None:
    with client_of(edges_over(web_folder, NOON + timedelta(seconds=8 + 180))) as asking:
        told = asking.get("/api/v1/opportunities").json()
        assert told["is_stale"]
        assert told["missing"].startswith("the scan has stopped")
        text = asking.get("/arb").text
        assert 'class="scanned greyed"' in text
        assert "after all costs;" not in text, "no verdict on what is not of now"
        assert re.search(r'class="age">3.min<', text)
        assert asking.get("/health").json()["exchanges"]["is_going_on"] is False


def test_a_client_at_the_socket_hears_each_scan_and_what_it_changed(tmp_path: Path) -> None:
    store, board = BoardFile(DataPaths(tmp_path)), example_board(NOON)
    store.publish(board)
    edges = edges_over(tmp_path)
    with client_of(edges) as asking, asking.websocket_connect(SOCKET) as socket:
        hello = socket.receive_json()
        heard = socket.receive_json()
        while not heard["rows"]:
            heard = socket.receive_json()
        assert heard["scan"]["sequence"] == 1
        following = changed_again(board, NOON + timedelta(seconds=5))
        store.publish(following)
        change = socket.receive_json()
        assert (change["type"], change["scan"]["sequence"], change["as_of"]) == ("delta", 2, "2024-10-25T12:00:05Z")
        before, after = {one.key for one in board.opportunities}, {one.key for one in following.opportunities}
        assert set(change["gone"]) == before - after
        assert change["rows"].keys() <= after
    with client_of(edges_over(tmp_path)) as asking:
        address = f"ws://127.0.0.1:8000/api/v1/ws/opportunities?epoch={hello['epoch']}&seq={change['seq']}"
        with asking.websocket_connect(address) as socket:
            assert socket.receive_json()["epoch"] != hello["epoch"]
            assert socket.receive_json()["type"] == "snapshot", "another life of the service: all of it anew"


def test_rows_under_a_pointer_keep_their_order_and_the_page_says_that_another_is_due(client: TestClient) -> None:
    usual = [one["key"] for one in client.get("/api/v1/opportunities").json()["items"]]
    held = [*reversed(usual[1:])]
    page = Page(client.get("/arb", params={"hold": ",".join(held)}).text)
    lines = [one.attributes["id"].removeprefix("line-") for one in page.all("tr") if one.attributes.get("id")]
    assert lines[: len(usual)] == [*held, usual[0]], "what is new comes last"
    assert "the order has changed" in page.text
    assert page.first("section", id="scanned").attributes["hx-get"] == "/arb", "the next scan is asked for as usual"
    assert "the order has changed" not in client.get("/arb", params={"hold": ",".join(usual)}).text


def test_what_has_just_ended_stays_struck_for_two_scans(tmp_path: Path) -> None:
    store, board = BoardFile(DataPaths(tmp_path)), example_board(NOON)
    gone, *others = board.opportunities
    seen = []
    with client_of(edges_over(tmp_path)) as asking:
        for sequence in range(1, 6):
            alive = board.opportunities if sequence == 1 else tuple(others)
            store.publish(replace(board, sequence=sequence, opportunities=alive))
            lines = Page(asking.get("/arb").text).all("tr", id=f"line-{gone.key}")
            seen.append([one.attributes.get("class", "") for one in lines])
    assert seen == [[""], ["ended"], ["ended"], [], []]


def test_a_scan_of_very_many_is_shown_in_part_and_says_so(tmp_path: Path) -> None:
    board = example_board(NOON)
    one = board.opportunities[0]
    many = tuple(replace(one, key=f"{one.key}{place}") for place in range(140))
    BoardFile(DataPaths(tmp_path)).publish(replace(board, opportunities=many))
    with client_of(edges_over(tmp_path)) as asking:
        page = Page(asking.get("/arb?rows=all").text)
        assert len(asking.get("/api/v1/opportunities?limit=1000").json()["items"]) == 140
    assert len([row for row in page.all("tr") if row.attributes.get("id", "").startswith(f"line-{one.key}")]) == 100
    assert "140 opportunities the best 100 are shown; a filter finds the others" in page.text


def test_a_scan_that_found_the_same_again_is_told_all_the_same(web_folder: Path) -> None:
    edges = edges_over(web_folder)
    topic = Topic("opportunities", edges.now)
    now = scanned(edges)
    assert publish_scan(now, topic)
    assert not publish_scan(now, topic)
    edges.now = lambda: NOON + timedelta(minutes=3)
    assert publish_scan(scanned(edges), topic), "that it has stopped is news"


def test_what_this_socket_sends_is_as_its_document_says(client: TestClient, web_folder: Path) -> None:
    edges = edges_over(web_folder)
    topic = Topic("opportunities", edges.now)
    publish_scan(scanned(edges), topic)
    whole = topic.snapshot().text
    topic.publish({}, NOON, scanned(edges).around())
    (change,) = topic.frames_after(1)
    told = client.get("/asyncapi.json").json()
    for text, shape in ((whole, OpportunitiesSnapshot), (change.text, OpportunitiesDelta)):
        against = {"$ref": f"#/components/schemas/{shape.__name__}", "components": told["components"]}
        assert [str(one) for one in Draft202012Validator(against).iter_errors(orjson.loads(text))] == []
        shape.model_validate_json(text, extra="forbid")
    named = {one["$ref"].rsplit("/", 1)[-1] for one in told["operations"]["tell_opportunities"]["messages"]}
    assert named == {one.__name__ for one in OPPORTUNITIES_SENT}


def test_the_socket_asks_for_the_token_as_pages_do(web_folder: Path) -> None:
    with client_of(edges_over(web_folder, token="of more than twenty characters")) as asking:
        assert asking.get("/arb").status_code == 401
        with pytest.raises(WebSocketDisconnect) as closed, asking.websocket_connect(SOCKET):
            pass
        assert closed.value.code == 4401


def test_who_changed_which_parameter_when_stands_on_the_page_with_what_it_was(
    web_folder: Path, empty_database: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", empty_database.url)
    with client_of(edges_over(web_folder)) as asking:
        assert "No change is kept yet" in asking.get("/arb/exchanges").text
    ready_schema(empty_database)
    with connect(empty_database) as connection:
        for edge, by in (("0.1", "ann@host"), ("0.25", "<i>bob")):
            keep_strategy(connection, {"min_net_edge_pct": edge, "notionals": ["100", "1000"]}, by, NOON)
    with client_of(edges_over(web_folder)) as asking:
        page = Page(asking.get("/arb/exchanges").text)
    newest = next(one.text for one in page.all("tr") if "min_net_edge_pct" in one.text)
    assert "0.250.1" in newest, "what it became, and what it was"
    assert "<i>bob" in newest
    assert "100, 1000" in page.text


def test_earlier_opportunities_are_told_with_their_lives_page_by_page(
    web_folder: Path, swept_warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", swept_warehouse.url)
    with client_of(edges_over(web_folder)) as asking:
        whole = asking.get("/api/v1/opportunities/kept").json()["items"]
        first = asking.get("/api/v1/opportunities/kept?limit=4").json()
        rest = asking.get(f"/api/v1/opportunities/kept?limit=4&cursor={first['next_cursor']}").json()
        assert first["items"] + rest["items"] == whole
        assert {one["key"] for one in whole} == {one.key for one in example_board(NOON).opportunities}
        shown = Page(asking.get("/arb").text).all("table", class_="opportunities")[-1].text
        assert "SOL/USDT" in shown
        assert "35\u00a0s" in shown, "the second of the board has lived for seven scans"


def test_where_no_database_was_made_the_page_says_what_makes_one(client: TestClient) -> None:
    text = client.get("/arb/exchanges").text
    assert "<code>p2p warehouse migrate</code> makes one" in text
