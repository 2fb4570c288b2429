"""Every page in Russian is in Russian: no sentence of ours is left in English, whatever went wrong."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.web.live.watching import live_rows
from p2p_pipeline_tests.web.serving import QUESTION, Page, edges_over
from p2p_pipeline_tests.web.test_browser import ADDRESSES

WRONG = (
    "/now?market=bybit.USDT-RUB",
    "/now?market=bybit.USDT-XXX",
    "/now?market=kraken.USDT-RUB",
    "/now?market=binance.USDT-BOB&amount=-5",
    f"/now?market=binance.USDT-BOB&amount={'9' * 40}",
    "/now?market=binance.USDT-BOB&amount=2500&profile=nobody",
    "/now?market=binance.USDT-BOB&amount=2500&side=UP",
    "/now?market=binance.USDT-BOB&amount=2500&max_splits=many",
    "/now?market=binance.USDT-BOB&amount=2500&pay=gold",
    "/now?market=binance.USDT-BOB&amount=2500&at=yesterday",
    "/now?market=binance.USDT-BOB&amount=2500&at=2030-01-01",
    "/now?market=binance.USDT-BOB&amount=2500&at=2020-01-01",
    "/now?market=binance.USDT-BOB&amount=1",
    "/now?market=binance.USDT-BOB&amount=2500&colour=red",
    "/score?market=nonsense",
    "/score?market=binance.USDT-BOB&amount=1",
    "/score?market=bybit.USDT-RUB&amount=500",
    "/combos?from=BOB&to=BOB",
    "/combos?from=BOB&to=%3F",
    "/combos?from=BOB&to=EUR",
    "/combos?from=BOB&to=RUB&amount=%7Bnot%7D",
    "/combos?from=BOB&to=RUB&amount=1000&max_splits=0",
    "/history?market=nonsense",
    "/history?market=binance.USDT-BOB&measure=nothing",
    "/history?market=bybit.USDT-RUB&measure=ask&from=2019-01-01&to=2019-01-02",
    "/history?market=bybit.USDT-RUB&measure=ask&from=2019-01-02&to=2019-01-01",
    "/history?market=bybit.USDT-RUB&measure=ask&from=then",
    "/history?market=bybit.USDT-RUB&measure=ask&tz=Mars",
    "/history?market=bybit.USDT-RUB&measure=ask&period=5min&from=2019-01-01",
    "/windows?market=nonsense",
    "/windows?market=bybit.USDT-RUB&measure=ask&between=9",
    "/windows?market=bybit.USDT-RUB&measure=ask&between=9-9",
    "/windows?market=bybit.USDT-RUB&measure=nothing",
    "/windows?market=bybit.USDT-RUB&measure=ask&from=2025-01-01&to=2025-01-02",
)
_LEFT_OUT = {"script", "style", "template", "code", "pre"}
_SHOWN_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt")
_VOID = {"meta", "link", "input", "br", "img", "option", "hr", "source"}
ENGLISH = re.compile(r"(?<![\w/.-])[A-Za-z]?[a-z']{2,}(?:[ \u00a0]\(?[a-z']{2,})+(?![\w/.-])")
"""Two words in a row: codes, names of markets and of measures stand alone."""


class Seen(HTMLParser):
    """What a person reads or hears of a page, without what strangers and programs wrote."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in _VOID:
            self._open.append((tag, tag in _LEFT_OUT or given.get("class") == "stranger"))
        self.lines += [str(given[name]) for name in _SHOWN_ATTRIBUTES if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(is_left_out for _, is_left_out in self._open):
            self.lines.append(data)


def english_of(html: str) -> list[str]:
    """The English that is left in a page."""
    return [found[0] for line in Seen(html).lines for found in ENGLISH.finditer(line)]


def test_english_is_found_where_there_is_some() -> None:
    html = '<p title="too old">Цена 5, <b>not known</b> <bdi class="stranger">a rude word</bdi> USDT <code>is it</code>'
    assert english_of(html) == ["too old", "not known"]


IN_RUSSIAN = tuple(address for address in ADDRESSES if address != "/docs")
"""The API is documented in English: its names are."""


@pytest.mark.parametrize(
    "address",
    [*IN_RUSSIAN, *WRONG, "/arb/cycles", "/arb?buy=nobody", "/now", "/combos", "/history", "/windows", "/score"],
)
def test_a_page_in_russian_has_no_english_sentence(client: TestClient, address: str) -> None:
    found = client.get(address, headers={"Accept-Language": "ru"})
    assert found.status_code in (200, 400), found.text
    assert english_of(found.text) == []


def test_a_quarantined_record_is_told_in_russian(client: TestClient) -> None:
    (row,) = client.get("/api/v1/quarantine?days=366").json()["items"]
    address = f"/quality/quarantine/{quote(row['capture_id'])}/{row['ordinal']}"
    found = client.get(address, headers={"Accept-Language": "ru"})
    assert "expected" in row["detail"]
    assert english_of(found.text) == []
    assert "ожидалось" in found.text


def test_the_api_and_pages_in_english_say_what_the_command_says(client: TestClient) -> None:
    asked = {**QUESTION, "amount": "-5"}
    told = client.get("/api/v1/quotes", params=asked, headers={"Accept-Language": "ru"}).json()["detail"]
    assert told.startswith("amount was '-5'; write a number above 0")
    assert told in Page(client.get("/now", params=asked).text).text


def test_what_is_wrong_with_a_market_goes_out_live_in_every_language(web_folder: Path) -> None:
    row = live_rows(edges_over(web_folder))["binance.USDT-BOB BUY"]
    assert "quarantined" in row["trouble"]
    assert "в карантине" in row["trouble_in"]["ru"]
    assert english_of(row["trouble_in"]["ru"]) == []
