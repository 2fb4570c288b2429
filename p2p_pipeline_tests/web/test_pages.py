"""Every page works as a plain form, says what is wrong where it is wrong, and trusts no stranger's word."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.web.figures import places_of_price
from p2p_pipeline_tests.web.serving import NOON, QUESTION, Page, client_of, edges_over

SERIES = {"market": "bybit.USDT-RUB", "side": "BUY", "measure": "ask"}
COMBO = {"from": "BOB", "to": "RUB", "amount": "1000"}
PAGES = [
    ("/score", QUESTION),
    ("/wait", SERIES),
    ("/score", {**QUESTION, "amount": "20"}),
    ("/score", {"side": "UP"}),
    ("/quality", {}),
    ("/quality/checks/schema_drift", {}),
    ("/quality/quarantine", {}),
    ("/ops", {}),
    ("/combos", {}),
    ("/combos", COMBO),
    ("/combos", {"from": "?"}),
    ("/windows", SERIES),
    ("/windows", {"between": "x"}),
    ("/behaviour", {}),
    ("/behaviour", {"days": "x"}),
    ("/now", {}),
    ("/now", QUESTION),
    ("/now", {"amount": "x"}),
    ("/history", {}),
    ("/history", SERIES),
]


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(("path", "asked"), PAGES)
def test_a_page_is_whole_and_needs_nothing_that_the_policy_forbids(
    client: TestClient, path: str, asked: dict[str, str], language: str
) -> None:
    found = client.get(path, params=asked, headers={"Accept-Language": language})
    page = Page(found.text)
    assert page.first("html").attributes["lang"] == language
    assert len(page.all("h1")) == 1
    assert not [
        one for one in page.elements if "style" in one.attributes or any(n.startswith("on") for n in one.attributes)
    ]
    nonces = {one.attributes.get("nonce", "missing") for one in page.all("script")}
    nonces |= {one.attributes.get("hx-nonce", "missing") for one in page.elements if "hx-get" in one.attributes}
    assert len(nonces) == 1
    assert f"'nonce-{nonces.pop()}'" in found.headers["content-security-policy"]
    assert not page.all("style")
    links = [
        one.attributes.get("src") or one.attributes.get("href") or "" for one in page.all("script") + page.all("link")
    ]
    # The icon lies in the page itself.
    links = [link for link in links if not link.startswith("data:image/svg+xml,")]
    assert all(link.startswith("/static/") and client.get(link).status_code == 200 for link in links)


def test_every_field_has_a_label(client: TestClient) -> None:
    for path, asked in PAGES:
        html = client.get(path, params=asked).text
        fields = [
            one for one in Page(html).all("input") + Page(html).all("select") if one.attributes.get("type") != "hidden"
        ]
        assert html.count("<label") >= len(fields)


def test_the_answer_stands_in_words_with_its_age_and_its_legs(client: TestClient) -> None:
    page = Page(client.get("/now", params=QUESTION).text)
    assert page.first("p", class_="headline").text == "237.85\u00a0USDT for 2,500\u00a0BOB"
    assert "live" in page.first("span", class_="fresh live").text
    assert "11\u00a0s" in page.text
    assert len(page.all("table", class_="legs")) == 1


def test_an_amount_that_fits_nowhere_is_told_with_the_nearest_that_do_as_links(client: TestClient) -> None:
    page = Page(client.get("/now", params={**QUESTION, "amount": "20"}).text)
    assert "can't be placed" in page.text
    near = [one.attributes["href"] for one in page.all("a") if "amount=50" in one.attributes.get("href", "")]
    assert near == ["/now?market=binance.USDT-BOB&amount=50.00"]
    assert "can't be placed" not in client.get(near[0]).text


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"amount": "lots"}, "above 0"),
        ({"market": "nonsense"}, "venue.ASSET-FIAT"),
        ({"side": "UP"}, "'BUY', 'SELL'"),
        ({"max_splits": "99"}, "a number of at most 10"),
        ({"at": "yesterday"}, "2024-10-25T12:00Z"),
        ({"pay": "seashells"}, "no payment method"),
        ({"profile": "nobody"}, "profile"),
    ],
)
def test_a_mistake_is_told_in_one_sentence_and_costs_no_other_part_of_the_page(
    client: TestClient, asked: dict[str, str], words: str
) -> None:
    found = client.get("/now", params={**QUESTION, **asked})
    page = Page(found.text)
    assert found.status_code == 400
    assert words in page.first("p", class_="mistake").text
    assert len(page.all("table", id="board")) == 1
    name, value = next(iter(asked.items()))
    if name == "market":
        assert "<option selected>nonsense</option>" in found.text, "what was asked stays"
    if name in ("amount", "pay"):
        assert page.first("input", name=name).attributes["value"] == value, "what was typed stays"


def test_a_market_without_a_book_says_what_to_do(client: TestClient) -> None:
    page = Page(client.get("/now", params={"market": "bybit.USDT-RUB", "amount": "100"}).text)
    assert "collect" in page.first("p", class_="empty").text


def test_an_unknown_name_in_the_address_is_left_out_and_told(client: TestClient) -> None:
    found = client.get("/now", params={**QUESTION, "<b>x": "1"})
    assert found.status_code == 200
    assert "<b>x" in Page(found.text).first("p", class_="notice").text
    assert "<b>x" not in found.text


def test_a_strangers_name_is_only_text_and_turns_nothing_around(client: TestClient) -> None:
    html = client.get("/now", params={**QUESTION, "amount": "3000"}).text
    assert "<img" not in html
    assert "\u202e" not in html
    shown = [one.text for one in Page(html).all("bdi") if "onerror" in one.text]
    assert shown
    assert all("\\u202e" in text for text in shown)


def test_what_is_cheaper_and_why_not_stands_below_the_answer(client: TestClient) -> None:
    page = Page(client.get("/now", params={**QUESTION, "max_splits": "1"}).text)
    told = page.first("details", class_="passed").text
    assert "10.20" in told
    assert "takes at most" in told
    assert "takes at least" in told


def test_a_stale_book_is_called_stale_and_given_no_verdict(web_folder: Path) -> None:
    with client_of(edges_over(web_folder, now=NOON + timedelta(minutes=10))) as asking:
        page = Page(asking.get("/now", params=QUESTION).text)
    assert "stale" in page.first("span", class_="fresh stale").text
    assert "too old to trade by" in page.text
    assert not [one for one in page.all("p") if "verdict" in one.attributes.get("class", "")]


def test_a_book_of_hours_ago_says_since_when_nothing_comes(web_folder: Path) -> None:
    with client_of(edges_over(web_folder, now=NOON.replace(hour=15))) as asking:
        page = Page(asking.get("/now", params=QUESTION).text)
    assert " ".join(page.first("span", class_="fresh stopped").text.split()) == "■ stopped since 12:00:00"


def test_a_link_with_a_time_shows_the_same_for_ever_and_is_not_refreshed(web_folder: Path) -> None:
    asked = {**QUESTION, "at": "2024-10-25T12:00:20Z"}
    shown = []
    for hour in (12, 20):
        with client_of(edges_over(web_folder, now=NOON.replace(hour=hour, minute=1))) as asking:
            page = Page(asking.get("/now", params=asked).text)
            shown.append(page.first("section", id="answer").text)
            assert "hx-get" not in page.first("section", id="answer").attributes
    assert shown[0] == shown[1]


def test_selling_asks_in_the_asset_and_answers_in_fiat(client: TestClient) -> None:
    page = Page(
        client.get("/now", params={"market": "binance.USDT-BOB", "side": Side.SELL.value, "amount": "100"}).text
    )
    assert page.first("p", class_="headline").text == "1,030.00\u00a0BOB for 100\u00a0USDT"


def test_history_has_its_chart_its_files_and_its_table_without_script(client: TestClient) -> None:
    page = Page(client.get("/history", params=SERIES).text)
    (source,) = [one.attributes["href"] for one in page.all("a") if one.text == "the line"]
    points = client.get(source).json()["points"]
    assert len(points) == 168
    assert len(page.all("time")) >= 168
    assert [one.text for one in page.all("a") if "format=" in one.attributes.get("href", "")] == ["CSV", "Parquet"]


def test_preferences_hold_on_the_next_page(client: TestClient) -> None:
    client.post("/preferences", data={"lang": "ru", "theme": "dark", "tz": "Europe/Moscow", "updown": "green-red"})
    page = Page(client.get("/now", params=QUESTION).text)
    assert page.first("html").attributes | {"lang": "ru", "data-theme": "dark"} == page.first("html").attributes
    assert "15:00:00" in page.text, "noon UTC is three in Moscow"
    client.cookies.clear()


def test_the_best_hours_stand_in_words_and_every_hour_in_the_heat(
    client: TestClient,
) -> None:
    told = client.get("/api/v1/windows", params=SERIES).json()
    page = Page(client.get("/windows", params=SERIES).text)
    assert told["verdict"] == "recommended"
    assert "every day" in page.first("p", class_="headline").text
    assert "better than a random time" in page.text
    cells = [one for one in page.all("td") if one.attributes.get("class", "").startswith("h")]
    assert len(cells) == 24
    assert sum("chosen" in one.attributes["class"] for one in cells) == len(told["hours"])
    shown = page.first("p", class_="level").text
    assert f"{told['seen']['weeks_judged']} of {told['seen']['weeks']} weeks" in shown


def test_too_little_history_is_no_verdict(client: TestClient) -> None:
    page = Page(client.get("/windows", params={**SERIES, "to": "2024-01-14"}).text)
    assert page.first("p", class_="headline").text == "Not enough history yet"
    assert "weeks of 4 that are needed" in page.text
    assert "No hour" not in page.text


def test_the_hours_a_person_can_trade_are_what_the_advice_is_against(client: TestClient) -> None:
    page = Page(client.get("/windows", params={**SERIES, "between": "8-22"}).text)
    told = client.get("/api/v1/windows", params={**SERIES, "between": "8-22"}).json()
    assert {hour["hour"] for hour in told["candidate_hours"]} <= set(range(8, 22))
    assert told["against"] == "a random time between 08:00 and 22:00"
    assert "can't" not in page.first("p", class_="headline").text


def test_what_was_not_trusted_leads_back_to_its_bytes(client: TestClient) -> None:
    rows = client.get("/api/v1/quarantine").json()["items"]
    page = Page(client.get("/quality").text)
    (link,) = [
        one.attributes["href"] for one in page.all("a") if "/quality/quarantine/" in one.attributes.get("href", "")
    ]
    record = client.get(link)
    assert record.status_code == 200
    assert "&lt;b&gt;no price" in record.text
    assert "<b>no price" not in record.text
    assert rows[0]["reason"] in Page(record.text).text


def test_a_record_that_is_not_quarantined_is_told(client: TestClient) -> None:
    assert client.get("/quality/quarantine/no:such/1").status_code == 404


def test_the_slots_of_the_last_day_are_told_half_an_hour_a_cell(client: TestClient) -> None:
    lines = {
        f"{line['market_key']} {line['side']}": line for line in client.get("/api/v1/quality/slots").json()["items"]
    }
    assert len(lines["bybit.USDT-RUB SELL"]["cells"]) == 48
    assert lines["bybit.USDT-RUB SELL"]["wanted"] == 0


def test_the_card_of_the_score_is_a_page_by_itself_and_says_the_money(client: TestClient) -> None:
    now = Page(client.get("/now", params=QUESTION).text)
    (address,) = {one.attributes["href"] for one in now.all("a") if one.attributes["href"].startswith("/score")}
    assert address == now.first("div", class_="card score").attributes["hx-get"]
    page = Page(client.get(address).text)
    told = client.get("/api/v1/scores", params=QUESTION).json()
    assert f"{round(told['score'])} of 100" in page.first("h2").text
    assert re.search(r"expect to pay [\d,.]+\u00a0BOB", page.text)


@pytest.mark.parametrize(("hour", "between"), [(2, "8-22"), (5, "8-22"), (23, "8-22"), (12, "22-6")])
def test_outside_the_hours_a_person_can_trade_the_page_says_so(web_folder: Path, hour: int, between: str) -> None:
    with client_of(edges_over(web_folder, now=NOON.replace(hour=hour))) as asking:
        found = asking.get("/windows", params={**SERIES, "between": between})
    assert found.status_code == 200
    assert "not one of the hours in which you can trade" in found.text


def test_the_card_of_waiting_is_of_the_same_money_and_only_of_now(client: TestClient, web_folder: Path) -> None:
    def waiting(asking: TestClient, **asked: str) -> list[str]:
        page = Page(asking.get("/now", params={"market": "binance.USDT-BOB", **asked}).text)
        return [one.attributes["href"] for one in page.all("a") if "/wait?" in one.attributes.get("href", "")]

    assert waiting(client, side="SELL", amount="100") == [
        "/wait?market=binance.USDT-BOB&side=SELL&profile=wide&amount=100"
    ]
    assert waiting(client, amount="2500", at="2024-10-25T12:00:05Z") == []
    assert waiting(client, amount="20") == []
    with client_of(edges_over(web_folder, now=NOON.replace(hour=15))) as later:
        assert waiting(later, amount="2500") == []


def test_a_small_price_keeps_its_digits_on_the_board() -> None:
    assert [places_of_price(Decimal(text)) for text in ("0.3071", "12.7", "83.19", "26352", "0.00123")] == [
        4,
        2,
        2,
        2,
        6,
    ]


def test_what_one_offer_alone_costs_more_stands_beside_it(client: TestClient) -> None:
    told = client.get("/api/v1/quotes", params=QUESTION).json()
    worse = float(told["best_single"]["price"]) / float(told["best_split"]["price"]) - 1
    assert worse > 0.001
    assert f"{worse:.2%} worse".replace("%", "\u00a0%") in Page(client.get("/now", params=QUESTION).text).text


def test_every_hour_is_drawn_with_its_interval_and_the_weeks_in_what_was_told_before(client: TestClient) -> None:
    told = client.get("/api/v1/windows", params=SERIES).json()
    page = Page(client.get("/windows", params=SERIES).text)
    marks = page.all("g", class_="hour") + page.all("g", class_="hour marked")
    assert len(marks) == len(told["effects"]) == 24
    assert len(page.all("g", class_="hour marked")) == len(told["hours"])
    assert len(page.all("g", class_="week") + page.all("g", class_="week marked")) == told["walk_forward"]["weeks"]
    assert "behind the true best hour" in page.text
