from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.actions.collect import CollectionSetup, set_up_collection
from p2p_pipeline.p2p.capture.collector import Collector
from p2p_pipeline.p2p.capture.slot_results import SlotStatus
from p2p_pipeline.p2p.markets import Market, MarketSide, NativePayment, Offer, Side, Source
from p2p_pipeline.p2p.proxies import worker_proxy_url
from p2p_pipeline.p2p.settings import SettingsError, parse_settings
from p2p_pipeline.p2p.settings_warehouse import SweepSettings
from p2p_pipeline_tests.p2p.capture.collecting import SLOT

SETTINGS = """
markets:
  - {market: bybit.USDT-RUB, profile: sbp, minimum_offers: 40}
  - market: binance.USDT-BOB
profiles:
  sbp: {payment_methods: [sbp]}
collection: {max_pages: 7, max_body_mib: 2}
venues:
  bybit: {requests_per_second: 3, concurrency: 2, proxy_variable: A_PROXY}
"""


def _set_up(folder: Path, proxy: str | None, source: str | None = None) -> CollectionSetup:
    environment = {} if proxy is None else {"A_PROXY": proxy}
    return set_up_collection(DataPaths(folder), parse_settings(SETTINGS), "a test", source, environment)


def _offer(remark: str) -> Offer:
    one = Decimal(1)
    return Offer(
        "1", None, None, "USDT", "RUB", Side.BUY, one, one, one, one, one, (NativePayment("14"),), 1.0, 5, False, None,
        False, None, 2, 4, remark,
    )  # fmt: skip


def test_the_settings_say_what_is_collected_and_how_politely(tmp_path: Path) -> None:
    setup = _set_up(tmp_path, "http://user:hunter2@proxy.test:3128")
    bybit, binance = setup.plans
    assert [side.market_side for side in bybit.sides] == [MarketSide(Market("bybit", "USDT", "RUB"), s) for s in Side]
    assert (bybit.sides[0].limits.minimum_offers, bybit.sides[0].limits.max_pages) == (40, 7)
    assert (bybit.manners.pacing.requests_per_second, bybit.manners.concurrency) == (3.0, 2)
    assert bybit.manners.exchange.max_body_bytes == 2 * 1024 * 1024
    assert (bybit.manners.proxy_url is None, binance.manners.proxy_url) == (False, None)
    assert "hunter2" not in repr(setup)
    assert setup.collector.source is Source.LIVE


def test_each_worker_of_a_sweep_goes_through_its_own_proxy_in_turn() -> None:
    sweep = SweepSettings(proxy_variables=("FIRST_PROXY", "SECOND_PROXY"))
    environment = {"FIRST_PROXY": "http://u:hunter2@one.test:1", "SECOND_PROXY": " https://two.test:2 "}
    urls = [worker_proxy_url(sweep, worker, environment) for worker in (1, 2, 3)]
    assert urls == ["http://u:hunter2@one.test:1", "https://two.test:2", "http://u:hunter2@one.test:1"]
    assert worker_proxy_url(SweepSettings(), 1, environment) is None


@pytest.mark.parametrize("value", [None, "hunter2", "ftp://hunter2:x@y", "http://:hunter2@"])
def test_a_workers_proxy_variable_that_holds_none_is_an_instruction_without_its_value(value: str | None) -> None:
    environment = {} if value is None else {"A_PROXY": value}
    with pytest.raises(
        SettingsError, match=r"sweep, worker 2: .* variable A_PROXY, .* sweep\.proxy_variables"
    ) as error:
        worker_proxy_url(SweepSettings(proxy_variables=("A_PROXY",)), 2, environment)
    assert "hunter2" not in str(error.value)


def test_a_profile_counts_offers_by_canonical_codes_and_by_banks_in_the_remark(tmp_path: Path) -> None:
    passes = _set_up(tmp_path, "http://proxy.test:1").plans[0].sides[0].passes
    assert passes(_offer("Оплата только СБП"))
    assert not passes(_offer("hello"))


def test_a_source_is_simulated_and_goes_through_no_proxy(tmp_path: Path) -> None:
    setup = _set_up(tmp_path, "http://proxy.test:1", "http://127.0.0.1:8700")
    assert setup.collector.source is Source.SIMULATED
    assert setup.plans[0].manners.proxy_url is None
    request = setup.plans[0].venue.search_request(Market("bybit", "USDT", "RUB"), Side.BUY, 1)
    assert request.url.startswith("http://127.0.0.1:8700/")


@pytest.mark.parametrize("value", [None, "", "hunter2", "ftp://hunter2:x@y"])
def test_a_proxy_variable_that_holds_none_costs_its_venue_only_and_is_an_instruction_without_its_value(
    tmp_path: Path, value: str | None
) -> None:
    setup = _set_up(tmp_path, value)
    assert [plan.venue.name for plan in setup.plans] == ["binance"]
    assert setup.plan("binance") is setup.plans[0]
    with pytest.raises(SettingsError, match=r"venue bybit: .* environment variable A_PROXY") as error:
        setup.plan("bybit")
    assert "hunter2" not in str(error.value)
    assert "hunter2" not in repr(setup)


def test_a_change_of_the_settings_forgets_nothing_that_a_venue_has_taught(tmp_path: Path) -> None:
    before = _set_up(tmp_path, "http://proxy.test:1")
    learnt = [before.collector.gate(plan) for plan in before.plans]
    changed = parse_settings(SETTINGS.replace("max_pages: 7", "max_pages: 3"))
    after = set_up_collection(
        DataPaths(tmp_path), changed, "a test", None, {"A_PROXY": "http://proxy.test:1"}, before=before
    )
    assert after.plans[0].sides[0].limits.max_pages == 3
    assert [after.collector.gate(plan) for plan in after.plans] == learnt
    simulated = set_up_collection(DataPaths(tmp_path), changed, "a test", "http://127.0.0.1:1", before=before)
    assert [simulated.collector.gate(plan) for plan in simulated.plans] != learnt


def test_a_venues_requests_go_through_its_proxy(tmp_path: Path) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def run(setup: CollectionSetup, collector: Collector) -> None:
        async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
            url = f"http://user:hunter2@127.0.0.1:{server.sockets[0].getsockname()[1]}"
            plan = setup.plans[0]
            plan = replace(plan, sides=plan.sides[:1], manners=replace(plan.manners, proxy_url=url))
            report = await collector.collect_slot(plan, SLOT)
            assert report.results[0].status is SlotStatus.FAILED
            assert "hunter2" not in repr(report)

    setup = _set_up(tmp_path, "http://proxy.test:1")
    asyncio.run(run(setup, setup.collector))
    assert asked
    assert asked[0].startswith(b"CONNECT api2.bybit.com:443 ")
    assert b"hunter2" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
