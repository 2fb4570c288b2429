"""Data quality: one sentence first, the checks behind it, what was set aside, and warnings where they matter."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.p2p.answers.checks import UnknownCheck
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.trust import check_titles
from p2p_pipeline_tests.web.serving import NOON, QUESTION, Page, client_of, edges_over


def test_the_first_thing_said_is_whether_the_data_can_be_trusted(client: TestClient) -> None:
    page = Page(client.get("/quality").text)
    said = page.first("p", class_="headline").text
    # Two sides of four have a book; of the other market nothing was ever collected.
    assert "2 of 4 market sides have no fresh answer" in said


def test_hours_later_nothing_is_fresh_and_it_says_not_now(web_folder: Path) -> None:
    with client_of(edges_over(web_folder, now=NOON.replace(hour=15))) as asking:
        page = Page(asking.get("/quality").text)
    assert "Not now: no market side has a fresh answer" in page.first("p", class_="headline").text


def test_the_checks_of_the_page_are_those_of_the_api(client: TestClient) -> None:
    items = client.get("/api/v1/quality/checks").json()["items"]
    page = Page(client.get("/quality").text)
    titles = check_titles(Words("en"))
    shown = {one.text for one in page.all("a") if one.attributes.get("href", "").startswith("/quality/checks/")}
    assert shown == {titles[one["name"]] for one in items}
    assert {one["source"] for one in items} == {"computed", "dagster"}
    (quarantined,) = [one for one in items if one["name"] == "quarantined_share" and one["newest"]]
    assert (quarantined["state"], quarantined["newest"]["bad"]) == ("failed", 1)


def test_every_check_there_is_has_a_title_for_people(client: TestClient) -> None:
    names = {one["name"] for one in client.get("/api/v1/quality/checks").json()["items"]}
    assert names == set(check_titles(Words("en")))


def test_a_check_has_its_page_and_its_history_in_the_api(client: TestClient) -> None:
    told = client.get("/api/v1/quality/checks/quarantined_share").json()
    page = Page(client.get("/quality/checks/quarantined_share").text)
    assert "binance/offers" in {one["asset"] for one in told["items"]}
    (mine,) = [one for one in told["items"] if one["asset"] == "binance/offers"]
    assert mine["verdicts"][0] == mine["newest"]
    assert mine["newest"]["observed"] in page.text
    assert "p2p_pipeline" in page.text


@pytest.mark.parametrize("address", ["/quality/checks/nonsense", "/api/v1/quality/checks/nonsense"])
def test_a_check_that_is_none_is_told_with_those_there_are(client: TestClient, address: str) -> None:
    found = client.get(address)
    assert found.status_code == 404
    assert "schema_drift" in found.text
    assert issubclass(UnknownCheck, Exception)


def test_what_was_set_aside_is_filtered_by_market_and_reason_in_the_address(client: TestClient) -> None:
    (row,) = client.get("/api/v1/quarantine").json()["items"]
    page = Page(client.get("/quality/quarantine", params={"market": "binance.USDT-BOB", "reason": row["reason"]}).text)
    assert [one.text for one in page.all("a") if one.attributes["href"].startswith("/quality/quarantine/")] == [
        row["reason"]
    ]
    none = Page(client.get("/quality/quarantine", params={"market": "bybit.USDT-RUB"}).text)
    assert "No such record" in none.first("p", class_="empty").text
    assert client.get("/quality/quarantine", params={"page": "0"}).status_code in (400, 422)
    assert client.get("/quality/quarantine", params={"page": "99"}).status_code == 200


def test_what_is_wrong_stands_where_a_price_rests_on_it_with_a_link(client: TestClient) -> None:
    asked = {"market": QUESTION["market"], "side": QUESTION["side"]}
    told = client.get("/api/v1/quality/warnings", params=asked).json()["items"]
    assert [one["code"] for one in told] == ["quarantined", "fields_changed", "imported"]
    assert client.get("/api/v1/quotes", params=QUESTION).json()["warnings"] == told
    for address in ("/now", "/combos"):
        page = Page(client.get(address, params=QUESTION if address == "/now" else {"from": "BOB", "to": "RUB"}).text)
        lines = page.all("ul", class_="data-warnings plain")
        assert bool(lines) is (address == "/now")
        if lines:
            links = [one.attributes["href"] for one in page.all("a")]
            assert all(one["text"] in lines[0].text and one["link"] in links for one in told)
            assert all(client.get(one["link"]).status_code == 200 for one in told)


def test_a_page_of_a_time_that_has_been_is_not_judged_by_what_is_wrong_now(client: TestClient) -> None:
    page = Page(client.get("/now", params={**QUESTION, "at": "2024-10-25T12:00:10Z"}).text)
    assert not page.all("ul", class_="data-warnings plain")
