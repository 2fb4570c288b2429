from __future__ import annotations

import json
from decimal import Decimal

import pytest

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline_tests.p2p.simulator.conftest import BINANCE_SEARCH, BYBIT_SEARCH, NOON, Bench, binance_body
from p2p_pipeline_tests.shared_files import RECORDINGS

RECORDED = RECORDINGS / "samples"


def test_binance_marks_the_answer_to_a_buy_request_with_the_makers_side(bench: Bench) -> None:
    answer = bench.binance(trade_type="BUY").json()
    assert {item["adv"]["tradeType"] for item in answer["data"]} == {"SELL"}
    assert answer["code"] == "000000"
    assert answer["success"] is True


def test_binance_pages_of_at_most_20_rows_hold_the_whole_book_once(bench: Bench) -> None:
    first = bench.binance().json()
    pages = -(-first["total"] // 20)
    ids = [item["adv"]["advNo"] for page in range(1, pages + 1) for item in bench.binance(page=page).json()["data"]]
    assert len(ids) == len(set(ids)) == first["total"]
    assert bench.binance(page=pages + 1).json() == first | {"data": []}


def test_binance_money_is_text_and_the_dynamic_maximum_is_what_can_be_traded(bench: Bench) -> None:
    for item in bench.binance().json()["data"]:
        adv = item["adv"]
        worth = Decimal(adv["tradableQuantity"]) * Decimal(adv["price"])
        most = Decimal(adv["dynamicMaxSingleTransAmount"])
        assert most <= min(worth, Decimal(adv["maxSingleTransAmount"]))
        assert most + Decimal("0.01") > min(worth, Decimal(adv["maxSingleTransAmount"]))
        assert Decimal(adv["tradableQuantity"]) <= Decimal(adv["surplusAmount"])
        assert 0 <= item["advertiser"]["monthFinishRate"] <= 1


def test_bybit_answers_side_1_with_asks_and_side_0_with_bids(bench: Bench) -> None:
    asks, bids = (
        [Decimal(item["price"]) for item in bench.bybit(side=side).json()["result"]["items"]] for side in ("1", "0")
    )
    assert sorted(asks)[len(asks) // 2] > sorted(bids)[len(bids) // 2]


def test_bybit_pages_until_one_is_not_full_hold_the_whole_book_once(bench: Bench) -> None:
    ids: list[str] = []
    page, size = 1, 20
    while size == 20:
        answer = bench.bybit(page=page).json()["result"]
        size, page = len(answer["items"]), page + 1
        ids += [item["id"] for item in answer["items"]]
    assert len(ids) == len(set(ids)) == answer["count"]


def test_bybit_rates_are_percents_and_numbers_of_money_are_text(bench: Bench) -> None:
    items = bench.bybit().json()["result"]["items"]
    assert max(item["recentExecuteRate"] for item in items) > 50
    assert all(isinstance(item[name], str) for item in items for name in ("price", "lastQuantity", "minAmount", "id"))


def test_bybit_takes_page_and_size_as_text_or_number(bench: Bench) -> None:
    assert (
        bench.bybit(page=2, size="10").content
        == bench.client.post(
            BYBIT_SEARCH,
            json=json.loads(json.dumps({"tokenId": "USDT", "currencyId": "RUB", "side": 1, "page": 2, "size": 10})),
        ).content
    )


@pytest.mark.recordings
def test_an_ad_has_all_fields_of_the_official_bybit_sample(bench: Bench) -> None:
    sample = RECORDED / "bybit_item_online.official_sample.json"
    if not sample.exists():
        pytest.skip("shared/recordings is missing")
    official = json.loads(sample.read_text())["result"]["items"][0]
    made = bench.bybit().json()["result"]["items"][0]
    assert official.keys() <= made.keys()
    assert official["symbolInfo"].keys() == made["symbolInfo"].keys()
    assert official["tradingPreferenceSet"].keys() <= made["tradingPreferenceSet"].keys()


@pytest.mark.recordings
@pytest.mark.parametrize("name", ["binance_rub_2022-07.json", "binance_aed_2026-09.trimmed.json"])
def test_an_ad_has_all_fields_of_real_binance_samples(bench: Bench, name: str) -> None:
    sample = RECORDED / name
    if not sample.exists():
        pytest.skip("shared/recordings is missing")
    for item in json.loads(sample.read_text())["data"]:
        made = bench.binance().json()["data"][0]
        assert item["adv"].keys() <= made["adv"].keys()
        assert item["advertiser"].keys() <= made["advertiser"].keys()


def test_filters_of_amount_payment_and_merchant_hold(bench: Bench) -> None:
    for item in bench.binance(transAmount="700", publisherType="merchant").json()["data"]:
        adv = item["adv"]
        assert item["advertiser"]["userType"] == "merchant"
        assert Decimal(adv["minSingleTransAmount"]) <= 700
    found = bench.binance(payTypes=["BancoUnion"]).json()
    assert 0 < found["total"] < bench.binance().json()["total"]
    assert all("BancoUnion" in [m["identifier"] for m in item["adv"]["tradeMethods"]] for item in found["data"])
    cash = bench.bybit(payment=["90"], amount="5000").json()["result"]["items"]
    assert cash
    assert all("90" in item["payments"] and Decimal(item["minAmount"]) <= 5000 for item in cash)


def test_featured_ads_stand_at_the_top_and_break_the_price_order(bench: Bench) -> None:
    for hours in range(0, 24 * 14, 6):
        bench.clock[0] = NOON + hours * 3600
        data = bench.binance().json()["data"]
        prices = [Decimal(item["adv"]["price"]) for item in data]
        if data[0].get("privilegeDesc") == "Featured Ad" and prices != sorted(prices):
            return
    pytest.fail("in two weeks no featured ad broke the price order")


def test_a_market_that_nobody_trades_is_an_empty_success(bench: Bench) -> None:
    assert bench.binance(fiat="ZZZ").json()["total"] == 0
    assert bench.bybit(currencyId="ZZZ").json()["result"] == {"count": 0, "items": []}


@pytest.mark.parametrize("change", [{"rows": 21}, {"page": 0}, {"page": "1"}, {"tradeType": "ASK"}, {"asset": None}])
def test_binance_answers_a_bad_request_with_its_error_code_and_no_data(bench: Bench, change: dict[str, object]) -> None:
    answer = bench.client.post(BINANCE_SEARCH, json=binance_body() | change).json()
    assert (answer["code"], answer["data"], answer["success"]) == ("000002", None, False)


def test_bybit_answers_a_bad_request_with_its_error_code(bench: Bench) -> None:
    assert bench.bybit(side="2").json()["ret_code"] == 10001
    assert bench.client.post(BYBIT_SEARCH, content=b"{").json()["ret_code"] == 10001


def test_wrong_methods_and_routes_are_refused_as_the_venues_do(bench: Bench) -> None:
    assert bench.client.get(BINANCE_SEARCH).status_code == 400
    assert bench.client.get(BYBIT_SEARCH).status_code == 404
    assert bench.client.post("/bapi/c2c/v9/none", json={}).status_code == 404
    assert bench.client.post("/elsewhere", json={}).status_code == 404


def test_the_bybit_payment_list_names_every_id_and_maps_fiats_in_a_json_text(bench: Bench) -> None:
    result = bench.client.post("/fiat/otc/configuration/queryAllPaymentList", json={}).json()["result"]
    names = {entry["paymentType"]: entry["paymentName"] for entry in result["paymentConfigVo"]}
    by_fiat = json.loads(result["currencyPaymentIdMap"])
    assert names["14"].strip() == "Bank Transfer"
    assert {str(number) for numbers in by_fiat.values() for number in numbers} == names.keys()
    used = {method for item in bench.bybit().json()["result"]["items"] for method in item["payments"]}
    assert used <= {str(number) for number in by_fiat["RUB"]}


def test_binance_lists_110_fiats_their_assets_and_their_payment_methods(bench: Bench) -> None:
    fiats = bench.client.post("/bapi/c2c/v1/friendly/c2c/trade-rule/fiat-list", json={}).json()["data"]
    config = bench.client.post("/bapi/c2c/v2/friendly/c2c/portal/config", json={"fiat": "BOB"}).json()["data"]
    methods = bench.client.post("/bapi/c2c/v2/public/c2c/adv/filter-conditions", json={"fiat": "BOB"}).json()["data"]
    listed = bench.client.get("/bapi/c2c/v2/public/c2c/trade-method/list-by-page?page=1&rows=1000").json()
    used = {m["identifier"] for item in bench.binance().json()["data"] for m in item["adv"]["tradeMethods"]}

    assert len({fiat["currencyCode"] for fiat in fiats}) == 110
    assert len(config["areas"][0]["tradeSides"][0]["assets"]) == 8
    assert used <= {method["identifier"] for method in methods["tradeMethods"]}
    assert listed["total"] == len(listed["data"]) > 100


def test_what_is_served_is_the_true_book(bench: Bench) -> None:
    truth = bench.simulator.exchange.book(MarketSide(Market("binance", "USDT", "BOB"), Side.SELL))
    served = bench.binance(trade_type="SELL").json()["data"]
    assert [item["adv"]["advNo"] for item in served] == [offer.offer_id for offer in truth[:20]]
    assert [Decimal(item["adv"]["price"]) for item in served] == [offer.price for offer in truth[:20]]
