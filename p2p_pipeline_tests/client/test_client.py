"""The client over real HTTP on loopback: typed answers, what it remembers, when it asks again, what it raises."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline.client import AsyncClient, Client, ProblemError, Unreadable, asks
from p2p_pipeline.client.asking import Ask
from p2p_pipeline.web.api.shapes.units import Paged
from p2p_pipeline_tests.web.browsing import served
from p2p_pipeline_tests.web.serving import edges_over

TOKEN = "a-secret-of-more-than-twenty-characters"
QUOTE = asks.get_quote(market="binance.USDT-BOB", side="BUY", amount=2500)
Scripted = tuple[int, dict[str, str], str]

BUSY: Scripted = (503, {"Retry-After": "2"}, "busy")
OFTEN: Scripted = (429, {"Retry-After": "7"}, "too-often")
LIVE: Scripted = (200, {}, '{"status": "live", "field_of_tomorrow": 1}')


class Numbers(Paged):
    items: list[int]


@pytest.fixture(scope="module")
def site(web_folder: Path) -> Iterator[str]:
    with served(edges_over(web_folder)) as address:
        yield address


@contextmanager
def scripted(*answers: Scripted) -> Iterator[tuple[str, list[str]]]:
    """A service that gives these answers one after the other; its address, and the addresses it was asked."""
    left, asked = list(answers), []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, headers, body = left.pop(0)
            is_problem = status >= 400 and not body.startswith("<")
            if is_problem:
                body = (
                    f'{{"type": "/problems/{body}", "title": "", "status": {status}, "detail": "no", "instance": ""}}'
                )
            self.send_response(status)
            kind = "application/problem+json" if is_problem else "application/json"
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_money_is_exact_and_times_know_their_zone(site: str) -> None:
    with Client(site) as client:
        quote = client.ask(QUOTE)
    assert quote.best_split is not None
    assert (quote.amount, quote.best_split.fiat) == (Decimal(2500), Decimal("2500.00"))
    assert sum((leg.fiat for leg in quote.best_split.legs), Decimal(0)) == quote.best_split.fiat
    assert quote.snapshot_at == datetime(2024, 10, 25, 12, 0, 0, 200_000, tzinfo=UTC)


def test_what_has_not_changed_is_not_sent_again(site: str) -> None:
    with Client(site) as client:
        first, again = client.ask(QUOTE), client.ask(QUOTE)
        other = client.ask(asks.get_quote(market="binance.USDT-BOB", side="BUY", amount=700))
    assert first is again
    assert other.amount == 700


def test_a_problem_is_an_exception_with_the_services_sentence(site: str) -> None:
    with Client(site) as client, pytest.raises(ProblemError, match="no snapshot of binance") as raised:
        client.ask(asks.get_depth(market="binance.USDT-EUR", side="BUY"))
    assert (raised.value.code, raised.value.status) == ("no-data", 404)


def test_readiness_is_an_answer_though_it_says_no(site: str) -> None:
    with Client(site) as client:
        assert client.ask(asks.ready()).status == "not_ready"


def test_who_awaits_gets_the_same(site: str) -> None:
    async def ask() -> object:
        async with AsyncClient(site) as client:
            first, again = await client.ask(QUOTE), await client.ask(QUOTE)
            assert first is again
            return first.best_split

    with Client(site) as client:
        assert asyncio.run(ask()) == client.ask(QUOTE).best_split


def test_the_token_is_sent(web_folder: Path) -> None:
    with served(edges_over(web_folder, token=TOKEN)) as address:
        with Client(address, TOKEN) as client:
            assert client.ask(asks.list_markets()).items
        with Client(address) as client, pytest.raises(ProblemError) as raised:
            client.ask(asks.list_markets())
    assert raised.value.code == "not-allowed"


def test_it_asks_again_when_the_service_says_to_and_waits_as_long_as_it_says() -> None:
    waited: list[float] = []
    with scripted(BUSY, OFTEN, LIVE) as (address, asked), Client(address, sleep=waited.append) as client:
        assert client.ask(asks.live()).status == "live"
    assert (waited, len(asked)) == ([2.0, 7.0], 3)


def test_it_asks_again_while_awaiting_too() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def ask(address: str) -> str:
        async with AsyncClient(address, sleep=sleep) as client:
            return (await client.ask(asks.live())).status

    with scripted(BUSY, LIVE) as (address, _):
        assert asyncio.run(ask(address)) == "live"
    assert waited == [2.0]


@pytest.mark.parametrize(
    ("answers", "tries", "waits"),
    [
        ((BUSY, BUSY, BUSY), 3, 2),
        (((503, {"Retry-After": "3600"}, "busy"),), 4, 0),
        (((404, {}, "no-data"),), 4, 0),
    ],
)
def test_it_gives_up_when_asking_again_is_of_no_use(answers: tuple[Scripted, ...], tries: int, waits: int) -> None:
    waited: list[float] = []
    with (
        scripted(*answers) as (address, _),
        Client(address, tries=tries, sleep=waited.append) as client,
        pytest.raises(ProblemError),
    ):
        client.ask(asks.live())
    assert len(waited) == waits


def test_it_follows_cursors_to_the_end() -> None:
    pages: tuple[Scripted, ...] = (
        (200, {}, '{"items": [1, 2], "next_cursor": "a b"}'),
        (200, {}, '{"items": [3], "next_cursor": null}'),
    )
    with scripted(*pages) as (address, asked), Client(address) as client:
        assert list(client.each(Ask("/numbers", Numbers, {"limit": "2"}))) == [1, 2, 3]
    assert asked == ["/numbers?limit=2", "/numbers?limit=2&cursor=a+b"]


@pytest.mark.parametrize(
    "ask", [asks.list_markets(), asks.list_offers(market="binance.USDT-BOB", side="BUY")], ids=lambda one: one.path
)
def test_pages_of_the_service_are_together_the_whole_list(site: str, ask: Ask[Any]) -> None:
    with Client(site) as client:
        whole = client.ask(ask)
        one_by_one = replace(ask, parameters={**ask.parameters, "limit": "1"})
        assert client.ask(one_by_one).next_cursor
        assert list(client.each(one_by_one)) == whole.items
    assert (len(whole.items) >= 2, whole.next_cursor) == (True, None)


def test_who_awaits_follows_the_services_cursors_too(site: str) -> None:
    async def prices() -> list[Decimal]:
        async with AsyncClient(site) as client:
            return [
                one.price
                async for one in client.each(
                    asks.list_offers(
                        market="binance.USDT-BOB",
                        side="BUY",
                        limit=1,
                    )
                )
            ]

    found = asyncio.run(prices())
    assert (len(found) >= 3, found) == (True, sorted(found))


@pytest.mark.parametrize("answer", [(200, {}, "<html>"), (502, {}, "<html>bad gateway"), (200, {}, '{"status": 7}')])
def test_what_is_no_answer_of_the_service_is_told(answer: Scripted) -> None:
    with scripted(answer) as (address, _), Client(address) as client, pytest.raises(Unreadable, match="is it p2p_pipe"):
        client.ask(asks.live())
