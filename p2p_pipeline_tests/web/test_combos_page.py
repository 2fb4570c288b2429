"""The page Combos: both ways beside each other, every unit accounted for, and what it was worth lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.guard.access import Access
from p2p_pipeline.web.pages.rate_picture import rate_picture
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.web.serving import NOON, Page, client_of

VND = Market.parse("binance.USDT-VND")
ASKED = {"from": "BOB", "to": "VND", "amount": "1000"}


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("combos_page")
    store = RawStore(folder)
    for side, price, dong in ((Side.BUY, "10.50", "26400"), (Side.SELL, "10.30", "26200")):
        kind = {} if side is Side.BUY else {"tradeType": "BUY"}
        store.append(captures(NOON, page([ad(1, price, "100", "9000", **kind)]), side=side))
        vnd = ad(2, dong, "100000", "90000000", fiatUnit="VND", **kind)
        store.append(captures(NOON + timedelta(seconds=7), page([vnd]), side=side, market=VND))
    settings = parse_settings("markets:\n  - market: binance.USDT-BOB\n  - market: binance.USDT-VND\n")
    edges = Edges(DataPaths(folder), settings, Access(None), now=lambda: NOON + timedelta(seconds=12))
    with client_of(edges) as found:
        yield found


@pytest.mark.parametrize("language", ["en", "ru"])
def test_both_ways_are_seen_at_once_with_what_comes_back(asking: TestClient, language: str) -> None:
    page_told = Page(asking.get("/combos", params=ASKED, headers={"Accept-Language": language}).text)
    there = asking.get("/api/v1/combos", params=ASKED).json()["routes"][0]
    back = asking.get("/api/v1/combos", params={"from": "VND", "to": "BOB", "amount": there["target_received"]}).json()[
        "routes"
    ][0]
    rates = [one.attributes["value"] for one in page_told.all("data")]
    assert {there["effective_rate"], back["effective_rate"]} <= set(rates)
    assert len(page_told.all("p", class_="headline")) == 2
    change = Decimal(back["target_received"]) / 1000 - 1
    assert -0.05 < change < 0
    assert Figures(Words(language), ZoneInfo("UTC")).share(float(change)) in page_told.text


def test_limits_time_apart_and_what_is_left_over_are_told(asking: TestClient) -> None:
    text = Page(asking.get("/combos", params={**ASKED, "amount": "1000.007"}).text).text
    assert "100 – 9,000" in text
    assert "seen 7" in text
    assert "left over" in text
    assert "nothing has to be moved" in text
    assert "No history of this combo is kept yet" in text


def test_the_history_of_a_combo_that_has_none_is_no_answer_of_the_api(asking: TestClient) -> None:
    found = asking.get("/api/v1/combos/history", params=ASKED)
    assert (found.status_code, found.json()["type"]) == (404, "/problems/no-data")
    backwards = {**ASKED, "from_day": "2024-10-25", "to_day": "2024-10-24"}
    assert asking.get("/api/v1/combos/history", params=backwards).status_code == 422


def test_a_gap_in_the_history_is_not_joined() -> None:
    def row(hour: int, rate: float, observations: int = 3) -> dict[str, Any]:
        start = datetime(2026, 11, 9, tzinfo=UTC) + timedelta(hours=hour)
        told = {"low": rate - 1, "median": rate, "high": rate + 1} if observations else {}
        return {"period_start": start, "observations": observations, **told}

    picture = rate_picture([row(0, 310), row(1, 312), row(2, 0, 0), row(5, 311), row(6, 309)])
    assert picture is not None
    assert (len(picture.lines), len(picture.bands)) == (2, 2)
    assert (picture.least, picture.most, picture.newest) == (308, 313, 309)
    assert rate_picture([row(0, 310)]) is None
