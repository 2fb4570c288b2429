from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.faults import FaultName, FaultRule
from p2p_pipeline.p2p.simulator.server import RunningSimulator, SimulatorOptions, make_clock, running_simulator
from p2p_pipeline_tests.p2p.simulator.conftest import NOON, Bench, binance_body


def test_every_answer_is_marked_as_simulated_and_small_on_the_wire(bench: Bench) -> None:
    answer = bench.binance()
    assert answer.headers["x-p2p-simulator"] == "1"
    assert int(answer.headers["content-length"]) < len(answer.content) / 5
    plain = bench.client.post(
        "/bapi/c2c/v2/friendly/c2c/adv/search", json=binance_body(), headers={"accept-encoding": "identity"}
    )
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content


def test_a_book_changes_as_the_clock_moves_and_is_the_same_when_it_comes_back(bench: Bench) -> None:
    first = bench.binance().content
    bench.clock[0] = NOON + 6 * 3600
    assert bench.binance().content != first
    bench.clock[0] = NOON
    assert bench.binance().content == first


def test_concurrent_requests_all_get_the_same_book(bench: Bench) -> None:
    def ask(_: int) -> bytes:
        with httpx.Client(base_url=bench.simulator.url) as client:
            return client.post("/bapi/c2c/v2/friendly/c2c/adv/search", json=binance_body()).content

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(16)))) == 1


def test_a_venue_answers_429_beyond_its_limit_and_recovers() -> None:
    options = SimulatorOptions(CatalogueOptions(offers_per_side=3), requests_per_second=5)
    with running_simulator(options) as simulator, httpx.Client(base_url=simulator.url) as client:
        path = "/bapi/c2c/v2/friendly/c2c/adv/search"
        answers = [client.post(path, json=binance_body()) for _ in range(12)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 3 <= len(refused) <= 7
        assert refused[0].headers["retry-after"] == "1"
        assert client.post("/fiat/otc/configuration/queryAllPaymentList", json={}).status_code == 200
        time.sleep(0.3)
        assert client.post(path, json=binance_body()).status_code == 200


def test_leaving_the_block_ends_the_thread_even_with_a_client_waiting() -> None:
    before = threading.active_count()
    with httpx.Client() as client:
        with running_simulator(SimulatorOptions(CatalogueOptions(offers_per_side=3))) as simulator:
            assert client.get(f"{simulator.url}/_simulator/health").status_code == 200
        assert threading.active_count() == before
        with pytest.raises(httpx.TransportError):
            client.get(f"{simulator.url}/_simulator/health")


def test_leaving_the_block_does_not_wait_for_an_answer_that_never_comes() -> None:
    options = SimulatorOptions(CatalogueOptions(offers_per_side=3), faults=(FaultRule(FaultName.NEVER_ANSWERS),))
    started = time.monotonic()
    with running_simulator(options) as simulator, socket.create_connection(("127.0.0.1", port_of(simulator))) as line:
        line.sendall(b"POST /fiat/otc/item/online HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n")
        line.sendall(b'{"tokenId":"USDT","currencyId":"RUB","side":"1"}  ')
        time.sleep(0.2)
    assert time.monotonic() - started < 3


def port_of(simulator: RunningSimulator) -> int:
    return int(simulator.url.rsplit(":", 1)[1])


def test_a_port_that_is_taken_is_said_in_one_sentence() -> None:
    with running_simulator() as first:
        port = port_of(first)
        with (
            pytest.raises(OSError, match=f"port {port} on 127.0.0.1 can't be used"),
            running_simulator(SimulatorOptions(port=port)),
        ):
            pass


def test_a_clock_may_start_elsewhere_and_run_faster() -> None:
    now = make_clock(NOON, 1000)
    first = now()
    time.sleep(0.02)
    assert NOON <= first < NOON + 1000
    assert now() - first >= 20


def test_the_full_market_has_55000_offers_in_110_fiats_and_8_assets() -> None:
    from p2p_pipeline.p2p.markets import Market
    from p2p_pipeline.p2p.simulator.catalogue import Catalogue
    from p2p_pipeline.p2p.simulator.currencies import ASSETS, FIATS

    catalogue = Catalogue(CatalogueOptions(total_offers=55_000))
    sizes = [catalogue.offers_a_side(Market("binance", asset, fiat)) for fiat in FIATS for asset in ASSETS]
    assert len(sizes) == 880
    assert 54_000 < 2 * sum(sizes) < 56_000
    assert max(sizes) > 800
    assert min(sizes) < 5
