from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.faults import FaultRule
from p2p_pipeline.p2p.simulator.server import RunningSimulator, SimulatorOptions, running_simulator

NOON = 1_790_000_000.0
"""A fixed simulated time, so that a test sees the same books in every run."""

BYBIT_SEARCH = "/fiat/otc/item/online"
BINANCE_SEARCH = "/bapi/c2c/v2/friendly/c2c/adv/search"


def bybit_body(side: str = "1", page: int = 1, **changes: Any) -> dict[str, Any]:
    body = {"userId": "", "tokenId": "USDT", "currencyId": "RUB", "payment": [], "side": side, "size": "20"}
    return {**body, "page": str(page), "amount": "", "authMaker": False, "canTrade": False, **changes}


def binance_body(trade_type: str = "BUY", page: int = 1, **changes: Any) -> dict[str, Any]:
    body = {"asset": "USDT", "fiat": "BOB", "tradeType": trade_type, "page": page, "rows": 20}
    return {**body, "payTypes": [], "publisherType": None, **changes}


class Bench:
    """A running simulator with its time standing still, and a client."""

    def __init__(self, simulator: RunningSimulator, client: httpx.Client, clock: list[float]) -> None:
        self.simulator = simulator
        self.client = client
        self.clock = clock

    def bybit(self, **arguments: Any) -> httpx.Response:
        return self.client.post(BYBIT_SEARCH, json=bybit_body(**arguments))

    def binance(self, **arguments: Any) -> httpx.Response:
        return self.client.post(BINANCE_SEARCH, json=binance_body(**arguments))

    def with_fault(self, name: str, **arguments: Any) -> None:
        self.simulator.faults.replace([FaultRule(name, **arguments)])  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def running() -> Iterator[Bench]:
    clock = [NOON]
    options = SimulatorOptions(CatalogueOptions(seed=5, offers_per_side=70), clock=lambda: clock[0])
    with running_simulator(options) as simulator, httpx.Client(base_url=simulator.url, timeout=5) as client:
        yield Bench(simulator, client, clock)


@pytest.fixture
def bench(running: Bench) -> Iterator[Bench]:
    running.simulator.faults.replace([])
    running.clock[0] = NOON
    yield running
    running.simulator.faults.replace([])
