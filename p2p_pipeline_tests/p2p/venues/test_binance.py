"""Binance: the request is what the web site sends, the answer becomes offers in the project's words."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import orjson
import pytest

from p2p_pipeline.p2p.markets import Market, NativePayment, Side
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.venues.wire import RefusalKind
from p2p_pipeline_tests.p2p.venues.answers import binance_ad, binance_answer, recorded, recording, sample

BOB = Market("binance", "USDT", "BOB")
BINANCE = BinanceVenue()


def read(*ads: Any, side: Side = Side.BUY, page: int = 1, **envelope: Any) -> Any:
    return BINANCE.read_search(binance_answer(*ads, **envelope), BOB, side, page)


def test_the_request_asks_for_the_takers_side_and_records_which_classes_of_ads_it_wants() -> None:
    request = BINANCE.search_request(BOB, Side.BUY, 3)
    assert request.method == "POST"
    assert request.url == "https://p2p.binance.com/bapi/c2c/v2/friendly/c2c/adv/search"
    assert request.payload is not None
    asked = {"asset": "USDT", "fiat": "BOB", "tradeType": "BUY", "page": 3, "rows": 20, "payTypes": []}
    assert asked.items() <= request.payload.items()
    assert request.payload["publisherType"] is None
    assert request.payload["classifies"] == ["mass", "profession", "fiat_trade"]
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("Mozilla/5.0")


def test_an_ad_becomes_an_offer_with_every_number_exact() -> None:
    (_, offer), *_ = read(binance_ad()).offers
    assert (offer.offer_id, offer.advertiser_id, offer.advertiser_name) == ("12679314427299463168", "s1", "a seller")
    assert (offer.asset, offer.fiat, offer.side) == ("USDT", "BOB", Side.BUY)
    assert (offer.price, offer.min_fiat, offer.available_asset) == (Decimal("10.59"), Decimal(10000), Decimal("1193.6"))
    assert offer.stated_max_fiat == Decimal(130000)
    assert offer.max_fiat == Decimal("12640.22")
    assert (offer.completion_rate, offer.orders_30d, offer.payment_minutes) == (0.968, 149, 15)
    assert offer.payments == (NativePayment("BancoUnion", "Banco Union"), NativePayment("BANK", None))
    assert not offer.is_merchant
    assert not offer.is_promoted
    assert offer.is_floating_price is None


def test_the_answers_trade_type_is_the_makers_so_an_ad_of_the_other_side_is_rejected() -> None:
    assert len(read(binance_ad(tradeType="BUY"), side=Side.SELL).offers) == 1
    page = read(binance_ad(), binance_ad(tradeType="BUY"))
    assert [ordinal for ordinal, _ in page.offers] == [0]
    assert [(problem.ordinal, problem.reason) for problem in page.rejected] == [(1, "wrong_market")]
    assert "tradeType 'BUY'" in page.rejected[0].detail


@pytest.mark.parametrize("change", [{"asset": "BTC"}, {"fiatUnit": "ARS"}, {"fiatUnit": 7}])
def test_an_ad_of_another_market_is_rejected(change: dict[str, Any]) -> None:
    assert read(binance_ad(**change)).rejected[0].reason == "wrong_market"


@pytest.mark.parametrize(
    "field", ["advNo", "price", "minSingleTransAmount", "maxSingleTransAmount", "tradableQuantity"]
)
@pytest.mark.parametrize("value", [..., None, ""])
def test_an_ad_without_what_a_price_needs_is_rejected_alone_and_named(field: str, value: object) -> None:
    page = read(binance_ad(), binance_ad(**{field: value}), binance_ad())
    assert len(page.offers) == 2
    assert page.rejected[0].reason == "missing_field"
    assert f"adv.{field}" in page.rejected[0].detail
    assert ("adv." + field in page.missing_fields) == (value is ...)


@pytest.mark.parametrize(
    "field", ["payTimeLimit", "tradeMethods", "dynamicMaxSingleTransAmount", "assetScale", "fiatScale", "isTradable"]
)
@pytest.mark.parametrize("value", [..., None])
def test_an_ad_without_anything_else_is_an_offer_still(field: str, value: object) -> None:
    assert len(read(binance_ad(**{field: value})).offers) == 1


def test_what_can_be_filled_is_the_least_of_the_stated_the_dynamic_and_the_available() -> None:
    def most(**changes: Any) -> Decimal:
        return Decimal(read(binance_ad(**changes)).offers[0][1].max_fiat)

    assert most(dynamicMaxSingleTransAmount=...) == Decimal("12640.22")  # 1193.60 x 10.59 = 12640.224, rounded down
    assert most(dynamicMaxSingleTransAmount="999999") == Decimal("12640.22")
    assert most(dynamicMaxSingleTransAmount="-1") == Decimal("12640.22")
    assert most(dynamicMaxSingleTransAmount="11000") == Decimal(11000)
    assert most(maxSingleTransAmount="10500", dynamicMaxSingleTransAmount="12000") == Decimal(10500)
    assert most(isTradable=False) == 0


def test_an_ad_that_can_fill_less_than_its_minimum_is_a_fact_and_no_error() -> None:
    (_, offer), *_ = read(binance_ad(dynamicMaxSingleTransAmount="50")).offers
    assert offer.max_fiat < offer.min_fiat


def test_limits_that_contradict_each_other_are_rejected() -> None:
    assert read(binance_ad(maxSingleTransAmount="9999.99")).rejected[0].reason == "bad_limits"


def test_merchants_and_promoted_ads_are_told_by_any_of_their_marks() -> None:
    def offer(ad: dict[str, Any], advertiser: dict[str, Any]) -> Any:
        ad["advertiser"] |= advertiser
        return read(ad).offers[0][1]

    assert offer(binance_ad(), {"userType": "merchant"}).is_merchant
    assert offer(binance_ad(), {"userIdentity": "BLOCK_CASH_MERCHANT"}).is_merchant
    assert offer(binance_ad() | {"privilegeType": 2}, {}).is_promoted
    assert offer(binance_ad() | {"privilegeType": 8, "privilegeDesc": "Promoted Ad"}, {}).is_promoted
    assert offer(binance_ad() | {"privilegeDesc": "Featured Ad"}, {}).is_promoted


@pytest.mark.parametrize("kind", [1, None, 0, [], "x"])
def test_promoted_means_paid_for_so_the_best_priced_ad_that_is_only_marked_is_not(kind: object) -> None:
    marks = {"privilegeDesc": None, "privilegeType": kind, "privilegeTypeAdTotalCount": None}
    page = read(binance_ad() | marks)
    assert not page.offers[0][1].is_promoted
    assert not page.unknown_fields


def test_a_page_may_have_a_21st_ad_and_its_total_is_believed_whether_it_counts_it_or_not() -> None:
    ads = [binance_ad() for _ in range(21)]
    for total, is_last in ((20, True), (21, False), (41, False)):
        page = read(*ads, total=total)
        assert (page.received, page.total, page.is_last) == (21, total, is_last)


def test_an_empty_user_number_is_no_advertisers() -> None:
    for written in ("", " ", "0", None):
        ad = binance_ad()
        ad["advertiser"]["userNo"] = written
        assert read(ad).offers[0][1].advertiser_id is None


def test_a_scale_that_is_left_out_is_never_coarser_than_the_ads_own_quantities() -> None:
    def scales(**changes: Any) -> tuple[int, int]:
        offer = read(binance_ad(**changes)).offers[0][1]
        return offer.asset_scale, offer.fiat_scale

    assert scales(assetScale=..., tradableQuantity="0.0091", surplusAmount="1.0") == (4, 2)
    assert scales(assetScale=None, tradableQuantity=1193, dynamicMaxSingleTransQuantity="0.00910000") == (8, 2)
    assert scales(assetScale=..., fiatScale=...) == (2, 2)
    assert scales(fiatScale=..., minSingleTransAmount="10000.125") == (2, 3)
    assert scales(assetScale=0, tradableQuantity="0.5") == (0, 2), "what the venue states stands"


@pytest.mark.parametrize("written", ["BANK", {"identifier": "BANK"}, None, 7])
def test_payments_of_another_type_are_noted_as_unreadable(written: object) -> None:
    page = read(binance_ad(tradeMethods=written))
    assert page.offers[0][1].payments == ()
    assert page.missing_fields == {"adv.tradeMethods"}


@pytest.mark.parametrize(("written", "rate"), [(1, 1.0), ("0.5", 0.5), (None, None), (-1, None), ("99.31%", 0.9931)])
def test_rates_are_fractions(written: object, rate: float | None) -> None:
    ad = binance_ad()
    ad["advertiser"]["monthFinishRate"] = written
    page = read(ad)
    assert page.offers[0][1].completion_rate == rate
    assert not page.missing_fields


def test_a_rate_that_became_a_percent_is_unknown_and_noticed_rather_than_guessed() -> None:
    ad = binance_ad()
    ad["advertiser"]["monthFinishRate"] = 96.8
    page = read(ad)
    assert page.offers[0][1].completion_rate is None
    assert page.missing_fields == {"advertiser.monthFinishRate"}


def test_new_fields_are_noticed_at_every_level_and_cost_nothing() -> None:
    ad = binance_ad(newThing=1) | {"itemThing": 1}
    ad["advertiser"]["userThing"] = None
    ad["adv"]["tradeMethods"][0]["payThing"] = "x"
    page = read(ad, more=1)
    assert len(page.offers) == 1
    assert page.unknown_fields == {
        "adv.newThing", "itemThing", "advertiser.userThing", "adv.tradeMethods.payThing", "envelope.more",
    }  # fmt: skip


def test_the_book_ends_where_the_total_says_or_at_an_empty_page() -> None:
    ads = [binance_ad() for _ in range(20)]
    assert not read(*ads, total=41, page=2).is_last
    assert read(*ads, total=40, page=2).is_last
    assert read(total=40, page=3).is_last
    assert read(total=0).is_last
    assert read(*ads, total=41, page=2).total == 41


@pytest.mark.parametrize("total", [2**31, 2**62, -1, "many", 1.5, True])
def test_a_total_that_no_book_can_have_is_not_believed(total: object) -> None:
    assert read(binance_ad(), total=total).total is None


def test_a_total_below_what_the_page_itself_holds_is_not_believed() -> None:
    page = read(*[binance_ad() for _ in range(20)], total=0)
    assert page.total is None
    assert not page.is_last


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (binance_answer(code="000002", message="illegal parameter", data=None, success=False), RefusalKind.VENUE_ERROR),
        (binance_answer(success=False), RefusalKind.VENUE_ERROR),
        (binance_answer(code="100", message="Too many requests, try later"), RefusalKind.RATE_LIMITED),
        (binance_answer(data=None), RefusalKind.BAD_SHAPE),
        (binance_answer(data={}), RefusalKind.BAD_SHAPE),
        (binance_answer(data="x"), RefusalKind.BAD_SHAPE),
        (b"{}", RefusalKind.BAD_SHAPE),
        (b"[]", RefusalKind.BAD_SHAPE),
    ],
)
def test_an_error_inside_http_200_is_a_refusal(body: bytes, kind: RefusalKind) -> None:
    refusal = BINANCE.refusal(200, body)
    assert refusal is not None
    assert refusal.kind is kind
    assert refusal.detail.endswith(".")


def test_an_empty_market_is_an_answer() -> None:
    assert BINANCE.refusal(200, binance_answer()) is None


def test_payment_fiat_and_asset_lists_are_asked_for_and_read() -> None:
    assert BINANCE.payment_list_request("VES").payload == {
        "fiat": "VES",
        "classifies": ["mass", "profession", "fiat_trade"],
    }
    methods = [{"identifier": "Banesco", "tradeMethodName": " Banesco "}, {"identifier": None}, 7, None]
    body = binance_answer(data={"tradeMethods": methods})
    assert BINANCE.refusal(200, body) is None
    payments = [method.payment for method in BINANCE.read_payment_list(body)]
    assert payments == [NativePayment("Banesco", "Banesco"), NativePayment("7")]

    fiats = binance_answer(data=[{"currencyCode": "VES"}, {"currencyCode": "ARS"}, {"currencyCode": None}, 3])
    assert BINANCE.read_fiat_list(fiats) == ["ARS", "VES"]
    assert BINANCE.fiat_list_request().payload == {}

    sides = [{"assets": [{"asset": "USDT"}, {"asset": "BTC"}]}, {"assets": [{"asset": "USDT"}]}]
    other = {"area": "EXPRESS", "tradeSides": [{"assets": [{"asset": "OTHER"}]}]}
    assets = binance_answer(data={"areas": [other, {"area": "P2P", "tradeSides": sides}, None]})
    assert BINANCE.refusal(200, assets) is None
    assert BINANCE.read_asset_list(assets, "VES") == ["BTC", "USDT"]
    assert BINANCE.asset_list_request("RUB").payload == {"fiat": "RUB"}


@recorded
@pytest.mark.recordings
def test_every_ad_of_the_recording_is_read_and_its_maximum_is_the_venues_own() -> None:
    offers = 0
    for exchange in recording():
        body, request = orjson.dumps(exchange["body"]), exchange["request"]
        assert BINANCE.refusal(exchange["status"], body) is None
        page = BINANCE.read_search(body, BOB, Side(request["tradeType"]), request["page"])
        assert not page.rejected
        assert not page.unknown_fields
        assert not page.missing_fields
        for ordinal, offer in page.offers:
            adv = exchange["body"]["data"][ordinal]["adv"]
            assert offer.max_fiat == Decimal(adv["dynamicMaxSingleTransAmount"])
            assert offer.max_fiat <= offer.price * offer.available_asset
        offers += len(page.offers)
    assert offers == 14_425


@recorded
@pytest.mark.recordings
@pytest.mark.parametrize(("fiat", "assets"), [("rub", "BNB BTC BUSD ETH RUB SHIB USDT"), ("kzt", None)])
def test_the_assets_of_a_recorded_list_are_those_of_its_p2p_area_wherever_it_stands(
    fiat: str, assets: str | None
) -> None:
    body = sample(f"binance_portal_config_{fiat}_2022-06.json")
    areas = orjson.loads(body)["data"]["areas"]
    (area,) = (area for area in areas if area["area"] == "P2P")
    expected = {entry["asset"] for side in area["tradeSides"] for entry in side["assets"]}
    assert BINANCE.read_asset_list(body, fiat.upper()) == sorted(expected)
    assert assets is None or sorted(expected) == assets.split()


@recorded
@pytest.mark.recordings
def test_the_sample_of_2022_has_one_ad_of_the_other_side_and_only_that_is_rejected() -> None:
    page = BINANCE.read_search(sample("binance_rub_2022-07.json"), Market("binance", "USDT", "RUB"), Side.BUY, 1)
    assert (len(page.offers), page.total, page.is_last) == (19, 166, False)
    assert Counter(problem.reason for problem in page.rejected) == {"wrong_market": 1}
    assert not page.unknown_fields
    assert not page.missing_fields


@recorded
@pytest.mark.recordings
def test_the_sample_of_2026_is_read_with_its_featured_ad_and_without_unknown_fields() -> None:
    page = BINANCE.read_search(
        sample("binance_aed_2026-09.trimmed.json"), Market("binance", "USDT", "AED"), Side.BUY, 1
    )
    featured, plain = (offer for _, offer in page.offers)
    assert featured.is_promoted
    assert featured.is_merchant
    assert featured.fiat_scale == 3
    assert not plain.is_promoted
    assert plain.max_fiat == Decimal("8723.62")  # 2373.13 x 3.676 = 8723.62588 is below the stated 10000
    assert not page.unknown_fields
