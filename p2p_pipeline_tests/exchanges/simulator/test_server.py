"""The simulated exchanges over real sockets on loopback: what a client sees, and what a person may steer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from p2p_pipeline.exchanges.simulator import sockets
from p2p_pipeline.exchanges.simulator.faults import FaultName
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.server import PortTaken, RunningExchanges, running_exchanges

OPTIONS = ExchangesOptions(
    exchanges=("binance",), symbols=("BTC/USDT", "ETH/USDT"), changes_per_second=20.0, time_scale=5.0
)


@pytest.fixture
def running() -> Iterator[RunningExchanges]:
    with running_exchanges(OPTIONS) as started:
        yield started


def socket(running: RunningExchanges, path: str) -> ClientConnection:
    return connect(running.url.replace("http", "ws") + path, compression=None)


def get(running: RunningExchanges, path: str, **query: str) -> Any:
    return httpx.get(running.url + path, params=query).json()


def test_one_port_carries_sockets_and_requests_and_both_tell_the_true_book(running: RunningExchanges) -> None:
    with socket(running, "/binance/ws") as client:
        client.send('{"method":"SUBSCRIBE","params":["btcusdt@depth"],"id":1}')
        assert json.loads(client.recv()) == {"result": None, "id": 1}
        snapshot = get(running, "/binance/api/v3/depth", symbol="BTCUSDT", limit="5000")
        bids, last = dict(snapshot["bids"]), snapshot["lastUpdateId"]
        for _ in range(40):
            delta = json.loads(client.recv())
            if delta["u"] > last:
                bids |= dict(delta["b"])
                last = delta["u"]
        truth = get(running, "/truth/book", exchange="binance", symbol="BTC/USDT")
        while last < truth["published"]["sequence"]:
            delta = json.loads(client.recv())
            bids |= dict(delta["b"])
            last = delta["u"]
    assert last == truth["published"]["sequence"]
    alive = {price: quantity for price, quantity in bids.items() if float(quantity)}
    assert alive == dict(truth["published"]["bids"])


def test_the_truth_knows_how_a_book_was_within_minutes(running: RunningExchanges) -> None:
    at = get(running, "/health")["now"]
    asked = {"exchange": "binance", "symbol": "BTC/USDT", "at": f"{at - 60:.3f}"}
    then = get(running, "/truth/book", **asked)
    assert get(running, "/truth/book", **asked)["true"] == then["true"], "the same whenever it is asked"
    assert at * 1000 - 62_000 < then["true"]["at_ms"] <= at * 1000 - 60_000
    assert then["true"]["bids"] != then["published"]["bids"]
    for wrong in ("yesterday", f"{at - 301:.3f}", f"{at + 60:.3f}"):
        told = get(running, "/truth/book", **(asked | {"at": wrong}))
        assert f"at was '{wrong}'; write seconds since 1970 within the last 300 s" in told["error"]


def test_the_truth_has_what_was_planted_by_request_and_mistakes_are_told(running: RunningExchanges) -> None:
    plant = {"kind": "triangular", "symbol": "ETH/BTC", "buy": "binance", "edge_pct": "0.7", "after_seconds": 0}
    planted = httpx.post(running.url + "/plants", json=plant).json()["plants"]
    assert [row["kind"] for row in planted] == ["triangular"]
    assert get(running, "/truth")["plants"][0] | {"is_now": True} == planted[0] | {"is_now": True}
    refused = httpx.post(running.url + "/plants", json=plant)
    assert refused.status_code == 400
    assert "already" in refused.json()["error"]
    unknown = httpx.post(running.url + "/plants", json=plant | {"kind": "magic"})
    assert "kind" in unknown.json()["error"]
    assert httpx.post(running.url + "/plants", content=b"{").status_code == 400


def test_faults_are_set_and_ended_by_request(running: RunningExchanges) -> None:
    answer = httpx.post(running.url + "/faults", json=[{"name": "rate_limit", "exchange": "binance"}])
    assert answer.json()["rules"] == [{"name": "rate_limit", "exchange": "binance", "probability": 1.0}]
    limited = httpx.get(running.url + "/binance/api/v3/time")
    assert (limited.status_code, limited.json()["code"], limited.headers["retry-after"]) == (429, -1003, "2")
    httpx.post(running.url + "/faults", json=[])
    assert get(running, "/binance/api/v3/time")["serverTime"] > 0
    wrong = httpx.post(running.url + "/faults", json={"name": "gremlins"})
    assert wrong.status_code == 400
    assert "stall" in wrong.json()["error"]


def test_maintenance_ends_sockets_and_turns_new_ones_away_until_it_is_over(running: RunningExchanges) -> None:
    with socket(running, "/binance/ws/btcusdt@bookTicker") as client:
        client.recv()
        running.add_fault(FaultName.MAINTENANCE, exchange="binance")
        assert list(client) is not None  # until it ends
        with pytest.raises(ConnectionClosed, match="1001"):
            client.recv(timeout=10)
    assert httpx.get(running.url + "/binance/api/v3/time").status_code == 503
    with pytest.raises(InvalidStatus, match="503"):
        socket(running, "/binance/ws")
    running.end_faults()
    with socket(running, "/binance/ws/btcusdt@bookTicker") as client:
        assert json.loads(client.recv())["s"] == "BTCUSDT"


def test_a_client_that_reads_too_slowly_is_dropped_and_the_others_go_on(
    running: RunningExchanges, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST_BYTES_BEHIND", 20_000)
    running.add_fault(FaultName.SLOW, exchange="binance", amount=1_000)
    # It falls behind by the fault: one that doesn't read at all fills the system's buffers first.
    address = "/binance/ws/btcusdt@depth20/ethusdt@depth20"
    with socket(running, address) as client, pytest.raises(ConnectionClosed):
        list(client)
    running.end_faults()
    with socket(running, "/binance/ws/btcusdt@depth20") as client:
        assert len(json.loads(client.recv())["bids"]) == 20


def test_what_is_nowhere_is_404_and_a_port_in_use_is_one_sentence(running: RunningExchanges) -> None:
    assert httpx.get(running.url + "/nowhere/api").status_code == 404
    assert httpx.get(running.url + "/binance/api/v9/none").status_code == 404
    assert "/truth" in httpx.get(running.url + "/").json()["error"]
    with pytest.raises(InvalidStatus, match="404"):
        socket(running, "/nowhere/ws")
    port = int(running.url.rpartition(":")[2])
    with pytest.raises(PortTaken, match="--port"), running_exchanges(ExchangesOptions(exchanges=(), port=port)):
        pass
