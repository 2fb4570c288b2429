"""Data quality: one sentence first, the checks behind it, what was set aside, and warnings where they matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.p2p.answers.checks import CheckHistory
from p2p_pipeline.p2p.answers.data_warnings import failing_checks
from p2p_pipeline.p2p.answers.recorded_verdicts import Verdict
from p2p_pipeline.p2p.markets import Side, Source
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.trust import check_titles
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page
from p2p_pipeline_tests.web.serving import NOON, QUESTION, Page, client_of, edges_over


def test_the_first_thing_said_is_whether_the_data_can_be_trusted(client: TestClient) -> None:
    shown_page = Page(client.get("/quality").text)
    said = shown_page.first("p", class_="headline").text
    # Two sides of four have a book; of the other market nothing was ever collected.
    assert "2 of 4 market sides have no fresh answer" in said


def test_hours_later_nothing_is_fresh_and_it_says_not_now(web_folder: Path) -> None:
    with client_of(edges_over(web_folder, now=NOON.replace(hour=15))) as asking:
        shown_page = Page(asking.get("/quality").text)
    assert "Not now: no market side has a fresh answer" in shown_page.first("p", class_="headline").text


def test_the_checks_of_the_page_are_those_of_the_api(client: TestClient) -> None:
    items = client.get("/api/v1/quality/checks").json()["items"]
    shown_page = Page(client.get("/quality").text)
    titles = check_titles(Words("en"))
    shown = {one.text for one in shown_page.all("a") if one.attributes.get("href", "").startswith("/quality/checks/")}
    assert shown == {titles[one["name"]] for one in items}
    assert {one["source"] for one in items} == {"computed", "dagster"}
    (quarantined,) = [one for one in items if one["name"] == "quarantined_share" and one["newest"]]
    assert (quarantined["state"], quarantined["newest"]["bad"]) == ("failed", 1)


def test_every_check_there_is_has_a_title_for_people(client: TestClient) -> None:
    names = {one["name"] for one in client.get("/api/v1/quality/checks").json()["items"]}
    assert names == set(check_titles(Words("en")))


def test_a_check_has_its_page_and_its_history_in_the_api(client: TestClient) -> None:
    told = client.get("/api/v1/quality/checks/quarantined_share").json()
    shown_page = Page(client.get("/quality/checks/quarantined_share").text)
    assert "binance/offers" in {one["asset"] for one in told["items"]}
    (mine,) = [one for one in told["items"] if one["asset"] == "binance/offers"]
    assert mine["verdicts"][0] == mine["newest"]
    assert mine["newest"]["observed"] in shown_page.text


@pytest.mark.parametrize("address", ["/quality/checks/nonsense", "/api/v1/quality/checks/nonsense"])
def test_a_check_that_is_none_is_told_with_those_there_are(client: TestClient, address: str) -> None:
    found = client.get(address)
    assert found.status_code == 404
    assert "schema_drift" in found.text


def test_what_was_set_aside_is_filtered_by_market_and_reason_in_the_address(client: TestClient) -> None:
    (row,) = client.get("/api/v1/quarantine").json()["items"]
    shown_page = Page(
        client.get("/quality/quarantine", params={"market": "binance.USDT-BOB", "reason": row["reason"]}).text
    )
    assert [one.text for one in shown_page.all("a") if one.attributes["href"].startswith("/quality/quarantine/")] == [
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
        shown_page = Page(
            client.get(address, params=QUESTION if address == "/now" else {"from": "BOB", "to": "RUB"}).text
        )
        lines = shown_page.all("ul", class_="data-warnings plain")
        assert bool(lines) is (address == "/now")
        if lines:
            links = [one.attributes["href"] for one in shown_page.all("a")]
            assert all(one["text"] in lines[0].text and one["link"] in links for one in told)
            assert all(client.get(one["link"]).status_code == 200 for one in told)


def test_a_page_of_a_time_that_has_been_is_not_judged_by_what_is_wrong_now(client: TestClient) -> None:
    shown_page = Page(client.get("/now", params={**QUESTION, "at": "2024-10-25T12:00:10Z"}).text)
    assert not shown_page.all("ul", class_="data-warnings plain")


def reasons_of(folder: Path, moments: list[datetime], now: datetime) -> dict[str, str]:
    store = RawStore(folder)
    for moment in moments:
        for side in Side:
            body = page([ad(1, "10.50", "100", "2000", **({"tradeType": "BUY"} if side is Side.SELL else {}))])
            store.append(captures(moment, body, side=side, source=Source.SIMULATED))
    with client_of(edges_over(folder, now=now)) as asking:
        return {one["of"]: one["reason"] for one in asking.get("/health/ready").json()["reasons"]}


def test_a_collection_that_has_just_begun_after_an_hourly_history_lacks_nothing(tmp_path: Path) -> None:
    hourly = [NOON - timedelta(hours=back) for back in range(5, 0, -1)]
    begun = [NOON - timedelta(seconds=seconds) for seconds in (60, 30)]
    assert "binance.USDT-BOB BUY" not in reasons_of(tmp_path, hourly + begun, NOON)


def test_what_a_collection_lacked_in_ten_minutes_is_a_reason_not_to_be_ready(tmp_path: Path) -> None:
    kept = [NOON - timedelta(seconds=30 * back) for back in range(40, 0, -1) if not 5 <= back < 12]
    assert reasons_of(tmp_path, kept, NOON)["binance.USDT-BOB BUY"] == "7 slots missing in 10 min"


def test_a_check_touches_only_answers_that_rest_on_its_table_and_only_while_it_is_young() -> None:
    def said(table: str, name: str, hours_ago: float = 1, *, passed: bool = False) -> CheckHistory:
        verdict = Verdict(NOON - timedelta(hours=hours_ago), passed, False, None, "", "")
        return CheckHistory(("binance", table), name, "", False, (verdict,))

    checks = [
        said("offers", "duplicates"),
        said("history", "history_keeps_quotes"),
        said("offers", "completeness", passed=True),
        said("offers", "unknown_payments", hours_ago=60),
        said("offers", "slot_gaps"),
        replace(said("offers", "price_range"), asset=("bybit", "offers")),
    ]
    assert [one.name for one in failing_checks(checks, "binance", NOON, ("offers",))] == ["duplicates"]
