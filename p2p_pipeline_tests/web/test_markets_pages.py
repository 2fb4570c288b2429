"""The pages of all markets, of one, and of the questions: what they show with a warehouse and without one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.p2p.warehouse.questions.catalogue import all_questions
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.premium_strip import PremiumStrip
from p2p_pipeline.web.words.languages import LANGUAGES, Words
from p2p_pipeline.web.words.question_texts import question_texts
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import SIDES
from p2p_pipeline_tests.web.serving import NASTY, Page
from p2p_pipeline_tests.web.swept import asking_of, load_reads


@pytest.fixture
def swept(web_folder: Path, swept_warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    with asking_of(web_folder, swept_warehouse, monkeypatch) as asking:
        yield asking


def shown(asking: TestClient, address: str, status: int = 200) -> Page:
    found = asking.get(address)
    assert found.status_code == status, found.text
    return Page(found.text)


def market_names(page: Page) -> list[str]:
    return [one.text.replace("\n", "") for one in page.all("th", scope="row", class_="text")]


def test_the_table_is_sorted_by_what_the_address_says_and_its_head_says_so(swept: TestClient) -> None:
    page = shown(swept, "/markets")
    (head,) = [one for one in page.all("th", scope="col") if "aria-sort" in one.attributes]
    assert ("premium" in head.text, head.attributes["aria-sort"]) == (True, "descending")
    by_name = shown(swept, "/markets?asset=all&sort=market")
    assert market_names(by_name) == [
        "RUB binance.BTC",
        "BOB binance.USDT",
        "RUB binance.USDT",
        "RUB bybit.USDT",
    ]
    turned = shown(swept, "/markets?asset=all&sort=market&order=desc")
    assert market_names(turned) == market_names(by_name)[::-1]
    # Links keep the filter, leave defaults out, and turn the order round.
    links = {one.text.strip(): one.attributes["href"] for one in by_name.all("a") if "sort=" in one.attributes["href"]}
    assert links["spread"] == "/markets?asset=all&sort=spread"
    assert links["market ▲"] == "/markets?asset=all&sort=market&order=desc"


def test_the_form_chooses_and_a_wrong_value_costs_only_itself(swept: TestClient) -> None:
    assert market_names(shown(swept, "/markets?fiat=bob&asset=all")) == ["BOB binance.USDT"]
    wrong = shown(swept, "/markets?sort=colour&shade=red", 400)
    assert "sort" in wrong.first("p", class_="mistake").text
    assert "shade" in wrong.first("p", class_="notice").text
    assert len(market_names(wrong)) == 3
    assert "No market fits" in shown(swept, "/markets?fiat=XXX").text


def test_premiums_are_dots_on_one_scale(swept: TestClient) -> None:
    page = shown(swept, "/markets")
    # The book of one side of BOB is empty: it has no middle.
    assert len(page.all("circle", class_="dot")) == 1
    strip = PremiumStrip.over([-0.01, *([0.02] * 60), 5.0])
    assert strip is not None
    assert (strip.dot(5.0).is_beyond, strip.dot(0.02).is_beyond, strip.dot(-1).is_beyond) == (1, 0, -1)
    assert strip.low <= 0 <= strip.high
    assert 0 in strip.ticks
    assert strip.x(strip.low) <= strip.x(0) < strip.x(0.02)


def test_without_a_warehouse_it_says_what_would_be_here_and_what_to_do(client: TestClient) -> None:
    page = shown(client, "/markets")
    (told,) = page.all("div", class_="empty")
    assert "Sweeps bring every market" in told.text
    assert "p2p sweep" in told.text
    assert market_names(page) == ["BOB binance.USDT", "RUB bybit.USDT"]


def test_a_warehouse_without_sweeps_says_so(
    web_folder: Path, warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with asking_of(web_folder, warehouse, monkeypatch) as asking:
        assert "No sweep has been loaded yet" in shown(asking, "/markets").first("div", class_="empty").text


def test_the_page_shows_the_figures_of_the_api(swept: TestClient) -> None:
    (told,) = swept.get("/api/v1/markets?fiat=RUB&asset=USDT&venue=binance").json()["items"]
    figures = Figures(Words("en"), ZoneInfo("UTC"))
    row = next(one for one in shown(swept, "/markets").all("tr") if "RUB" in one.text and "binance" in one.text)
    for text in (
        figures.share(told["premium"]["share"]),
        figures.bare_share(told["spread"]),
        figures.asset(Decimal(told["buy"]["near_asset"]), "USDT"),
        figures.count(told["offers"]),
    ):
        assert text in row.text


def test_what_is_new_and_what_is_lost_is_told(
    web_folder: Path, warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_rub, of_bob = ([side for side in SIDES if side.market.fiat == fiat] for fiat in ("RUB", "BOB"))
    days_of_nine = 144 * 9
    load_reads(warehouse, {0: of_rub[:2], days_of_nine: [*of_rub[2:], *of_bob]})
    with asking_of(web_folder, warehouse, monkeypatch, timedelta(days=9)) as asking:
        page = shown(asking, "/markets?asset=all")
        market = asking.get("/api/v1/markets/binance.USDT-BOB").json()
    heads = [one.text for one in page.all("h3")]
    assert heads == ["4 sides got their first offers", "2 sides lost their last offers"]
    assert {one["what"] for one in market["changes"]} == {"appeared"}


def test_a_swept_market_shows_its_premium_places_and_weeks(swept: TestClient) -> None:
    page = shown(swept, "/markets/binance.USDT-RUB")
    assert "over the dollar" in page.first("p", class_="headline").text
    assert "number 1 of 1" in page.first("ul", class_="ranks").text
    assert {one.attributes["class"] for one in page.all("polyline")} == {"buy", "sell", "premium"}
    assert "Buying USDT" in page.text
    assert "sweep" in page.first("h2").text


def test_a_market_of_the_books_alone_shows_both_of_them_and_leads_on(client: TestClient) -> None:
    page = shown(client, "/markets/Binance.usdt-bob")
    assert [one.text.split(" ")[0] for one in page.all("h2") if "keys" not in one.attributes.get("id", "")] == [
        "Buying",
        "Selling",
    ]
    links = {one.attributes["href"] for one in page.all("a")}
    assert {
        "/now?market=binance.USDT-BOB&side=BUY",
        "/history?market=binance.USDT-BOB&side=SELL&measure=executable",
        "/windows?market=binance.USDT-BOB&side=BUY&measure=executable",
        "/behaviour?market=binance.USDT-BOB",
    } <= links
    assert NASTY not in client.get("/markets/binance.USDT-BOB").text
    assert "\\u202e" in page.text


def test_a_market_with_nothing_but_an_imported_history_shows_that(client: TestClient) -> None:
    page = shown(client, "/markets/bybit.USDT-RUB")
    assert "There is no book of this market" in page.text
    assert page.all("polyline")


@pytest.mark.parametrize("key", ["binance.USDT-EUR", "nonsense", "x" * 500])
def test_an_unknown_market_is_told_as_a_page(client: TestClient, key: str) -> None:
    page = shown(client, f"/markets/{key}", 404)
    assert page.first("p", class_="empty").text


def test_all_questions_are_listed_and_each_opens_with_its_usual_values(swept: TestClient) -> None:
    links = [one.attributes["href"] for one in shown(swept, "/questions").all("a")]
    for question in all_questions():
        path = f"/questions/{question.name}"
        assert path in links
        page = shown(swept, path)
        named = {one.attributes["name"] for tag in ("input", "select") for one in page.all(tag)}
        assert {parameter.name for parameter in question.parameters} <= named
        assert question.sql.strip() in page.first("pre", class_="sql").text


def test_a_question_is_answered_with_what_stands_in_the_address(swept: TestClient) -> None:
    page = shown(swept, "/questions/offers_of_a_batch?fiat=RUB&side=SELL")
    assert "10 rows" in page.first("caption").text
    assert page.first("input", name="fiat").attributes["value"] == "RUB"
    links = [one.attributes["href"] for one in page.all("a")]
    assert "/api/v1/questions/offers_of_a_batch?fiat=RUB&side=SELL&format=csv" in links
    wrong = shown(swept, "/questions/teasers?percent=much&colour=red", 400)
    assert "percent" in wrong.first("p", class_="mistake").text
    assert "colour" in wrong.first("p", class_="notice").text


def test_a_question_without_a_warehouse_and_one_that_there_is_not(client: TestClient) -> None:
    assert "p2p sweep" in shown(client, "/questions/teasers").first("div", class_="empty").text
    assert "nonsense" in shown(client, "/questions/nonsense", 404).first("p", class_="empty").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_questions_is_in_every_language(language: str) -> None:
    texts = question_texts(Words(language))
    wanted = {text for one in all_questions() for text in (one.title, one.notes) if text}
    wanted |= {parameter.meaning for one in all_questions() for parameter in one.parameters}
    assert texts.keys() == wanted
    assert (language == LANGUAGES[0]) == (texts["whose markets"] == "whose markets")
