from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import httpx
import orjson
import pytest

from p2p_pipeline.p2p.simulator.answers import WireAnswer
from p2p_pipeline.p2p.simulator.faults import FaultName, FaultPlan, FaultRule, parse_faults
from p2p_pipeline_tests.p2p.simulator.conftest import BINANCE_SEARCH, BYBIT_SEARCH, Bench, binance_body, bybit_body


def ids_of(answer: httpx.Response) -> list[str]:
    return [item["adv"]["advNo"] for item in answer.json()["data"]]


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("too_many_requests", 429, "Too Many"),
        ("teapot", 418, "banned"),
        ("access_denied", 403, "Access Denied"),
        ("access_too_frequent", 403, "access too frequent"),
        ("server_error", 500, "500"),
        ("bad_gateway", 502, "502"),
        ("unavailable", 503, "503"),
        ("html_instead", 200, "<html>"),
        ("redirect", 302, ""),
    ],
)
def test_a_status_fault_answers_with_its_status_and_words(bench: Bench, name: str, status: int, said: str) -> None:
    bench.with_fault(name)
    for answer in (bench.bybit(), bench.binance()):
        assert answer.status_code == status
        assert said in answer.text
        assert "retry-after" not in answer.headers


def test_429_can_say_how_long_to_wait(bench: Bench) -> None:
    bench.with_fault("too_many_requests_with_retry_after", amount=7)
    assert bench.bybit().headers["retry-after"] == "7"


def test_a_redirect_points_elsewhere(bench: Bench) -> None:
    bench.with_fault("redirect")
    assert bench.bybit().headers["location"].startswith("http://redirected.invalid")


def test_a_client_that_is_never_answered_times_out(bench: Bench) -> None:
    bench.with_fault("never_answers", count=1)
    with pytest.raises(httpx.ReadTimeout):
        bench.client.post(BYBIT_SEARCH, json=bybit_body(), timeout=0.2)
    assert bench.bybit().status_code == 200


def test_a_slow_drip_sends_byte_after_byte(bench: Bench) -> None:
    bench.with_fault("slow_drip", amount=0.004)
    started = time.monotonic()
    with bench.client.stream("POST", BYBIT_SEARCH, json=bybit_body()) as answer:
        pieces = [piece for piece, _ in zip(answer.iter_raw(), range(5), strict=False)]
    assert time.monotonic() - started > 0.4  # the headers drip too
    assert sum(map(len, pieces)) < 20


def test_a_truncated_gzip_body_can_not_be_unpacked_whole(bench: Bench) -> None:
    bench.with_fault("truncated_gzip")
    answer = bench.binance()
    assert answer.headers["content-encoding"] == "gzip"
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(answer.content)


def test_truncated_json_ends_in_the_middle(bench: Bench) -> None:
    whole = bench.binance()
    bench.with_fault("truncated_json")
    cut = bench.binance()
    assert len(cut.content) < len(whole.content)
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(cut.content)


@pytest.mark.parametrize("name", ["short_body", "connection_reset"])
def test_a_connection_that_breaks_is_an_error_of_the_connection(bench: Bench, name: str) -> None:
    bench.with_fault(name)
    with pytest.raises(httpx.TransportError):
        bench.binance()


@pytest.mark.parametrize("name", ["oversized_body", "gzip_bomb"])
def test_an_oversized_body_streams_lazily_to_its_size(bench: Bench, name: str) -> None:
    bench.with_fault(name, amount=8)
    with bench.client.stream("POST", BINANCE_SEARCH, json=binance_body()) as answer:
        received = sum(len(piece) for piece in answer.iter_bytes())
        sent = int(answer.headers["content-length"])
    assert received == 8 * 2**20
    assert (sent < 100_000) == (name == "gzip_bomb")


def test_leaving_in_the_middle_of_an_oversized_body_leaves_the_simulator_serving(bench: Bench) -> None:
    bench.with_fault("oversized_body", count=1)
    with bench.client.stream("POST", BINANCE_SEARCH, json=binance_body()) as answer:
        next(answer.iter_raw())
    assert bench.binance().status_code == 200


def test_an_empty_page_looks_like_success(bench: Bench) -> None:
    bench.with_fault("empty_page")
    assert bench.binance().json() | {"data": [], "total": 0, "code": "000000"} == bench.binance().json()
    assert bench.bybit().json()["result"] == {"count": 0, "items": []}


def test_a_null_list_is_null(bench: Bench) -> None:
    bench.with_fault("null_list")
    assert bench.bybit().json()["result"]["items"] is None
    assert bench.binance().json()["data"] is None


def test_a_venue_error_is_a_code_in_a_200(bench: Bench) -> None:
    bench.with_fault("venue_error")
    assert (bench.bybit().status_code, bench.bybit().json()["ret_code"]) == (200, 912000014)
    assert bench.binance().json()["success"] is False


def test_a_duplicate_page_is_the_one_before(bench: Bench) -> None:
    first, second = ids_of(bench.binance(page=1)), ids_of(bench.binance(page=2))
    bench.with_fault("duplicate_page", page=2)
    assert ids_of(bench.binance(page=1)) == first
    assert ids_of(bench.binance(page=2)) == first != second


def test_pages_that_shift_down_repeat_ads_and_pages_that_shift_up_lose_some(bench: Bench) -> None:
    pages = [ids_of(bench.binance(page=page)) for page in (1, 2, 3)]
    bench.with_fault("pages_shift_down")
    assert ids_of(bench.binance(page=2)) == pages[0][-3:] + pages[1][:-3]
    bench.with_fault("pages_shift_up")
    assert ids_of(bench.binance(page=2)) == pages[1][3:] + pages[2][:3]
    assert ids_of(bench.binance(page=1)) == pages[0]


def differing(one: Any, other: Any) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def test_a_new_field_appears_in_every_ad(bench: Bench) -> None:
    bench.with_fault("new_field", field="vipOnly")
    assert all("vipOnly" in item["adv"] for item in bench.binance().json()["data"])
    assert all("vipOnly" in item for item in bench.bybit().json()["result"]["items"])


def test_a_missing_renamed_or_retyped_field_befalls_one_ad_alone(bench: Bench) -> None:
    clean = bench.binance().json()["data"]
    for name in ("missing_field", "renamed_field", "retyped_field", "broken_record"):
        bench.with_fault(name)
        assert differing(clean, bench.binance().json()["data"]) == 1, name


def test_the_field_that_is_missing_renamed_or_retyped_can_be_chosen(bench: Bench) -> None:
    bench.with_fault("missing_field", field="price")
    assert sum("price" not in item for item in bench.bybit().json()["result"]["items"]) == 1
    bench.with_fault("renamed_field", field="price")
    assert sum("priceV2" in item for item in bench.bybit().json()["result"]["items"]) == 1
    bench.with_fault("retyped_field", field="price")
    assert sum(not isinstance(item["price"], str) for item in bench.bybit().json()["result"]["items"]) == 1
    bench.with_fault("retyped_field", field="payments")
    assert sum(item["payments"] is None for item in bench.bybit().json()["result"]["items"]) == 1


def test_a_fault_befalls_only_the_venue_market_side_and_page_it_names(bench: Bench) -> None:
    bench.with_fault("unavailable", market_key="binance.USDT-BOB", side="SELL", page=2)
    assert bench.binance(trade_type="SELL", page=2).status_code == 503
    assert bench.binance(trade_type="SELL", page=1).status_code == 200
    assert bench.binance(trade_type="BUY", page=2).status_code == 200
    assert bench.binance(trade_type="SELL", page=2, fiat="ARS").status_code == 200
    bench.with_fault("unavailable", venue="bybit")
    assert (bench.bybit().status_code, bench.binance().status_code) == (503, 200)


def test_a_fault_with_a_count_is_over_after_so_many_requests(bench: Bench) -> None:
    bench.with_fault("unavailable", count=2)
    assert [bench.bybit().status_code for _ in range(4)] == [503, 503, 200, 200]


def test_lists_are_spared_unless_the_rule_says_otherwise(bench: Bench) -> None:
    bench.with_fault("unavailable")
    assert bench.client.post("/fiat/otc/configuration/queryAllPaymentList", json={}).status_code == 200
    bench.with_fault("unavailable", searches_only=False)
    assert bench.client.post("/fiat/otc/configuration/queryAllPaymentList", json={}).status_code == 503


def test_a_probability_is_met_and_repeats_with_the_seed() -> None:
    answer = WireAnswer(b"{}")
    rule = FaultRule(FaultName.UNAVAILABLE, probability=0.2, searches_only=False)
    runs = []
    for seed in (1, 1, 2):
        plan = FaultPlan([rule], seed)
        runs.append([plan.choose("bybit", answer) is not None for _ in range(2000)])
    assert runs[0] == runs[1] != runs[2]
    assert 0.16 < sum(runs[0]) / 2000 < 0.24


def test_faults_are_read_from_text_and_unknown_ones_are_refused_with_the_names_there_are() -> None:
    assert parse_faults("teapot:0.25, redirect") == [
        FaultRule(FaultName.TEAPOT, 0.25),
        FaultRule(FaultName.REDIRECT, 1.0),
    ]
    with pytest.raises(ValueError, match="no fault is called 'flood'; there are: too_many_requests"):
        parse_faults("flood:0.5")
    with pytest.raises(ValueError, match="write a number from 0 to 1"):
        parse_faults("teapot:3")


def test_faults_can_be_set_and_ended_at_the_control_address(bench: Bench) -> None:
    bench.client.post("/_simulator/faults", json=[{"name": "unavailable", "venue": "bybit"}])
    assert bench.bybit().status_code == 503
    assert bench.client.get("/_simulator/faults").json()["rules"][0]["venue"] == "bybit"
    bench.client.post("/_simulator/faults", json=[])
    assert bench.bybit().status_code == 200
    refused = bench.client.post("/_simulator/faults", json=[{"name": "flood"}])
    assert refused.status_code == 400
    assert "no fault is called 'flood'" in refused.json()["error"]


def test_the_log_says_what_was_served_and_what_a_fault_kept_back(bench: Bench) -> None:
    since = len(bench.simulator.exchange.requests())
    served = ids_of(bench.binance())
    bench.with_fault("truncated_json")
    bench.binance()
    good, bad = bench.client.get(f"/_simulator/requests?since={since}").json()["requests"]
    assert (good["market_key"], good["side"], good["page"], good["fault"]) == ("binance.USDT-BOB", "BUY", 1, None)
    assert good["offer_ids"] == served
    assert (bad["fault"], bad["offer_ids"]) == ("truncated_json", [])


def test_the_true_book_can_be_asked_for_and_is_marked_simulated(bench: Bench) -> None:
    truth = bench.client.get("/_simulator/book?market=binance.USDT-BOB&side=BUY").json()
    assert truth["simulated"] is True
    assert [offer["offer_id"] for offer in truth["offers"]][:20] == ids_of(bench.binance())
    assert Decimal(truth["offers"][0]["price"]) > 0
