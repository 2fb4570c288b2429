from __future__ import annotations

import gzip
import json
from decimal import Decimal
from typing import Any

import pytest

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline_tests.p2p.simulator.conftest import (
    BINANCE_SEARCH,
    BYBIT_SEARCH,
    NOON,
    Bench,
    binance_body,
    bybit_body,
)
from p2p_pipeline_tests.shared_files import RECORDINGS

RECORDED = RECORDINGS / "samples"


def test_binance_marks_the_answer_to_a_buy_request_with_the_makers_side(bench: Bench) -> None:
    answer = bench.binance(trade_type="BUY").json()
    assert {item["adv"]["tradeType"] for item in answer["data"]} == {"SELL"}
    assert answer["code"] == "000000"
    assert answer["success"] is True


def test_binance_pages_of_20_rows_and_a_paid_ad_on_top_hold_the_whole_book_once(bench: Bench) -> None:
    first = bench.binance().json()
    pages = -(-first["total"] // 20)
    ids = [item["adv"]["advNo"] for page in range(1, pages + 1) for item in bench.binance(page=page).json()["data"]]
    assert len(ids) == len(set(ids)) == first["total"]
    assert bench.binance(page=pages + 1).json() == first | {"data": []}


def test_binance_money_is_text_limits_are_whole_and_the_dynamic_maximum_is_what_can_be_traded(bench: Bench) -> None:
    for trade_type in ("BUY", "SELL"):
        for item in bench.binance(trade_type=trade_type).json()["data"]:
            adv = item["adv"]
            worth = Decimal(adv["tradableQuantity"]) * Decimal(adv["price"])
            most = Decimal(adv["dynamicMaxSingleTransAmount"])
            assert most == int(min(worth, Decimal(adv["maxSingleTransAmount"])))
            for name in ("minSingleTransAmount", "maxSingleTransAmount", "dynamicMaxSingleTransAmount"):
                assert adv[name].isdigit()
            assert 0 <= item["advertiser"]["monthFinishRate"] <= 1


def test_binance_sellers_keep_the_commission_back_merchants_too_and_buyers_nothing(bench: Bench) -> None:
    def withheld(trade_type: str) -> set[tuple[str, Decimal]]:
        found = set()
        for item in bench.binance(trade_type=trade_type).json()["data"]:
            surplus, tradable = (Decimal(item["adv"][name]) for name in ("surplusAmount", "tradableQuantity"))
            if tradable > 100:
                found.add((item["advertiser"]["userType"], round(surplus / tradable - 1, 4)))
        return found

    assert withheld("SELL") <= {("user", Decimal(0)), ("merchant", Decimal(0))}
    asks = withheld("BUY")
    assert {kind for kind, _ in asks} == {"user", "merchant"}
    assert all(Decimal("0.001") < rate < Decimal("0.004") for _, rate in asks)


def test_every_binance_ad_carries_the_privilege_keys_and_the_paid_one_is_a_21st(bench: Bench) -> None:
    seen = set()
    for hours in range(0, 24 * 20, 4):
        bench.clock[0] = NOON + hours * 3600
        data = bench.binance().json()["data"]
        assert all(
            {"privilegeDesc", "privilegeType", "privilegeTypeAdTotalCount"} <= item.keys()
            and "privilegeType" in item["adv"]
            for item in data
        )
        seen.add((data[0]["privilegeType"], data[0]["privilegeDesc"], len(data)))
        assert not [item for item in data[1:] if item["privilegeType"] not in (None, 2)]
    assert seen == {(8, "Promoted Ad", 21), (1, None, 20)}


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
    assert all(isinstance(item["recentExecuteRate"], int) for item in items)
    assert all(item[name].isdigit() for item in items for name in ("latestPayTime", "latestReleaseTime"))
    tags = {tag for item in items for tag in item["authTag"]}
    assert {"GA"} < tags <= {"GA", "BA", "VA", "VA1", "VA2", "VA3"}
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
        assert item.keys() <= made.keys()
        assert item["adv"].keys() <= made["adv"].keys()
        assert item["advertiser"].keys() <= made["advertiser"].keys()


@pytest.mark.recordings
def test_an_ad_has_exactly_the_fields_and_kinds_of_values_of_the_recording_of_2026(bench: Bench) -> None:
    recording = RECORDINGS / "binance_usdt_bob_usd_2026-08.jsonl.gz"
    if not recording.exists():
        pytest.skip("shared/recordings is missing")
    with gzip.open(recording) as lines:
        real = [item for line in lines for item in json.loads(line)["body"]["data"]]
    made = [item for trade_type in ("BUY", "SELL") for item in bench.binance(trade_type=trade_type).json()["data"]]
    for level in ("adv", "advertiser", None):
        kinds: dict[str, set[str]] = {}
        for item in real:
            for key, value in (item if level is None else item[level]).items():
                kinds.setdefault(key, set()).add(type(value).__name__)
        # Both were seen null elsewhere; a rate of 1.0 loses its point on the way through JSON.
        kinds.get("activeTimeInSecond", set()).add("NoneType")
        for item in made:
            fields = item if level is None else item[level]
            assert fields.keys() == kinds.keys()
            odd = {key: value for key, value in fields.items() if type(value).__name__ not in kinds[key]}
            assert not odd


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


def test_filters_of_periods_and_of_merchants_hold(bench: Bench) -> None:
    whole = bench.binance().json()["total"]
    for period in (15, 30):
        found = bench.binance(periods=[period]).json()
        assert 0 < found["total"] < whole
        assert {item["adv"]["payTimeLimit"] for item in found["data"]} == {period}
    merchants, pros = (bench.binance(**{name: True}).json() for name in ("shieldMerchantAds", "proMerchantAds"))
    assert {item["advertiser"]["userType"] for item in merchants["data"]} == {"merchant"}
    assert 0 < pros["total"] < merchants["total"] < whole
    assert all("Pro" in item["advertiser"]["badges"] for item in pros["data"])
    assert bench.binance(tradedWith=True).json()["total"] == 0


def test_both_venues_answer_with_a_trailing_slash_too(bench: Bench) -> None:
    for path, body in ((BYBIT_SEARCH, bybit_body()), (BINANCE_SEARCH, binance_body())):
        slashed = bench.client.post(f"{path}/", json=body)
        assert slashed.status_code == 200
        assert len(slashed.content) == len(bench.client.post(path, json=body).content)


def test_the_bybit_configuration_names_pairs_with_their_scales_fiats_and_assets(bench: Bench) -> None:
    result = bench.client.get("/x-api/fiat/p2p/config/initial/").json()["result"]
    scales = {entry["currencyId"]: entry["currency"]["scale"] for entry in result["symbols"]}
    assert scales == {entry["currencyId"]: entry["scale"] for entry in result["currencies"]}
    assert {entry["tokenId"] for entry in result["tokens"]} == {entry["tokenId"] for entry in result["symbols"]}
    assert all(entry["currencyMinQuote"] and entry["tokenMinQuote"] and entry["id"] for entry in result["symbols"])
    ad = bench.bybit().json()["result"]["items"][0]["symbolInfo"]
    assert ad in result["symbols"]


def test_the_addresses_for_assistants_show_the_same_book_in_another_shape(bench: Bench) -> None:
    def ask(what: str, **query: str | int) -> Any:
        asked = {"fiat": "BOB", "asset": "USDT", "tradeType": "buy", **query}
        return bench.client.get(f"/bapi/c2c/v1/public/c2c/agent/{what}", params=asked).json()

    best = min(Decimal(item["adv"]["price"]) for item in bench.binance().json()["data"])
    ads = ask("ad-list", limit=20)["data"]["items"]
    assert (ads[0]["price"], len(ads)) == (float(best), 20)
    assert [ad["price"] for ad in ads] == sorted(ad["price"] for ad in ads)
    assert ask("quote-price")["data"]["price"] == float(best)
    assert len(ask("ad-list")["data"]["items"]) == 10
    by_method = ask("ad-list", tradeMethodIdentifiers="BancoUnion")["data"]["items"]
    assert by_method
    assert all("BancoUnion" in ad["tradeMethods"] for ad in by_method)
    assert "BancoUnion" in {method["identifier"] for method in ask("trade-methods")["data"]}
    assert ask("ad-list", limit=21)["code"] == ask("quote-price", tradeType="ASK")["code"] == "000002"


def test_paid_ads_stand_at_the_top_and_break_the_price_order(bench: Bench) -> None:
    for hours in range(0, 24 * 14, 6):
        bench.clock[0] = NOON + hours * 3600
        data = bench.binance().json()["data"]
        prices = [Decimal(item["adv"]["price"]) for item in data]
        if data[0]["privilegeDesc"] == "Promoted Ad" and prices != sorted(prices):
            return
    pytest.fail("in two weeks no paid ad broke the price order")


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
    areas = {area["area"]: {entry["asset"] for entry in area["tradeSides"][0]["assets"]} for area in config["areas"]}
    assert len(areas["P2P"]) == 8
    assert next(iter(areas)) != "P2P"
    assert areas["P2P"] - set().union(*(assets for name, assets in areas.items() if name != "P2P"))
    assert "ALL" in {country["scode"] for country in methods["countries"]}
    assert used <= {method["identifier"] for method in methods["tradeMethods"]}
    assert listed["total"] == len(listed["data"]) > 100


def test_what_is_served_is_the_true_book(bench: Bench) -> None:
    truth = bench.simulator.exchange.book(MarketSide(Market("binance", "USDT", "BOB"), Side.SELL))
    served = bench.binance(trade_type="SELL").json()["data"]
    assert [item["adv"]["advNo"] for item in served] == [offer.offer_id for offer in truth[: len(served)]]
    assert [Decimal(item["adv"]["price"]) for item in served] == [offer.price for offer in truth[: len(served)]]
