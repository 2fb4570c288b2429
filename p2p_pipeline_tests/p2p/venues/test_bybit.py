"""Bybit: the request is what working clients send, the answer becomes offers in the project's words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from p2p_pipeline.p2p.markets import Market, NativePayment, Side
from p2p_pipeline.p2p.venues.bybit import BybitVenue
from p2p_pipeline.p2p.venues.wire import RefusalKind
from p2p_pipeline_tests.p2p.venues.answers import bybit_ad, bybit_answer, recorded, sample

RUB = Market("bybit", "USDT", "RUB")
BYBIT = BybitVenue()


def read(*ads: Any, side: Side = Side.BUY, page: int = 1, **envelope: Any) -> Any:
    return BYBIT.read_search(bybit_answer(*ads, **envelope), RUB, side, page)


@pytest.mark.parametrize(("side", "written"), [(Side.BUY, "1"), (Side.SELL, "0")])
def test_the_request_asks_for_the_ads_side_with_page_and_size_as_text(side: Side, written: str) -> None:
    request = BybitVenue(rows=50).search_request(RUB, side, 2)
    assert (request.method, request.url) == ("POST", "https://api2.bybit.com/fiat/otc/item/online")
    assert request.payload == {
        "userId": "", "tokenId": "USDT", "currencyId": "RUB", "payment": [], "side": written, "size": "50", "page": "2",
        "amount": "", "authMaker": False, "canTrade": False,
    }  # fmt: skip
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("Mozilla/5.0")


def test_an_ad_becomes_an_offer_with_every_number_exact() -> None:
    (_, offer), *_ = read(bybit_ad()).offers
    assert (offer.offer_id, offer.advertiser_id, offer.side) == ("1899658238346616832", "290118", Side.BUY)
    assert (offer.price, offer.min_fiat, offer.stated_max_fiat) == (Decimal(85), Decimal(1000), Decimal(90000))
    assert offer.max_fiat == Decimal("85042.50")  # 1000.5 x 85 is below the stated 90000
    assert offer.available_asset == Decimal("1000.5")
    assert (offer.completion_rate, offer.orders_30d, offer.payment_minutes) == (0.995, 384, 15)
    assert offer.payments == (NativePayment("14"), NativePayment("40"))
    assert (offer.fiat_scale, offer.asset_scale) == (2, 4)
    assert offer.is_floating_price is False
    assert offer.remark == "только Т-Банк"


@pytest.mark.parametrize(("written", "side"), [(1, Side.BUY), ("1", Side.BUY), (0, Side.SELL), ("0", Side.SELL)])
def test_side_names_the_ads_side_as_text_or_number(written: object, side: Side) -> None:
    assert len(read(bybit_ad(side=written), side=side).offers) == 1
    other = Side.SELL if side is Side.BUY else Side.BUY
    assert read(bybit_ad(side=written), side=other).rejected[0].reason == "wrong_market"


@pytest.mark.parametrize("change", [{"tokenId": "BTC"}, {"currencyId": "EUR"}, {"side": "sell"}, {"side": 2}])
def test_an_ad_of_another_market_is_rejected(change: dict[str, Any]) -> None:
    assert read(bybit_ad(**change)).rejected[0].reason == "wrong_market"


@pytest.mark.parametrize("field", ["id", "price", "minAmount", "maxAmount", "lastQuantity"])
@pytest.mark.parametrize("value", [..., None, ""])
def test_an_ad_without_what_a_price_needs_is_rejected_alone_and_named(field: str, value: object) -> None:
    page = read(bybit_ad(), bybit_ad(**{field: value}), bybit_ad())
    assert [ordinal for ordinal, _ in page.offers] == [0, 2]
    assert page.rejected[0].reason == "missing_field"
    assert field in page.rejected[0].detail


@pytest.mark.parametrize("value", [..., None])
@pytest.mark.parametrize(
    "field", ["userId", "nickName", "payments", "recentOrderNum", "recentExecuteRate", "symbolInfo", "remark", "status"]
)
def test_an_ad_without_anything_else_is_an_offer_still(field: str, value: object) -> None:
    assert len(read(bybit_ad(**{field: value})).offers) == 1


@pytest.mark.parametrize(
    ("written", "rate"),
    [(100, 1.0), ("99", 0.99), ("99.31%", 0.9931), (0, 0.0), (1, 0.01), (-1, None), ("-1", None), ("", None)],
)
def test_rates_are_percents_as_number_or_text(written: object, rate: float | None) -> None:
    page = read(bybit_ad(recentExecuteRate=written))
    assert page.offers[0][1].completion_rate == (None if rate is None else pytest.approx(rate))
    assert not page.missing_fields


@pytest.mark.parametrize("written", ["1,000.00", 1000, 1000.0, " 1000 ", "1000.000000000000000000"])
def test_an_amount_may_be_written_in_many_ways(written: object) -> None:
    assert read(bybit_ad(minAmount=written)).offers[0][1].min_fiat == 1000


@pytest.mark.parametrize(
    "written",
    [
        "abc",
        "NaN",
        "Infinity",
        "1e999999",
        "9" * 10_000,
        "1000,5",
        "-5",
        "-1",
        True,
        [],
        {},
        "1e21",
        "0.0000000000001",
        "١٢",
    ],
)
def test_a_number_in_doubt_rejects_its_ad_with_a_short_sentence(written: object) -> None:
    rejected = read(bybit_ad(minAmount=written)).rejected[0]
    assert rejected.reason == "bad_number"
    assert len(rejected.detail) < 250


def test_a_price_of_zero_is_no_price() -> None:
    assert read(bybit_ad(price="0.00")).rejected[0].reason == "bad_number"


@pytest.mark.parametrize(
    ("written", "payments"),
    [
        (["14"], (NativePayment("14"),)),
        ([14], (NativePayment("14"),)),
        (
            [{"paymentType": "75", "paymentConfigVo": {"paymentName": " Tinkoff "}}],
            (NativePayment("75", "Tinkoff"),),
        ),
        ([{"paymentType": 75}], (NativePayment("75"),)),
        (None, ()),
        ([], ()),
    ],
)
def test_payments_are_texts_numbers_or_objects(written: object, payments: tuple[NativePayment, ...]) -> None:
    assert read(bybit_ad(payments=written)).offers[0][1].payments == payments


def test_an_ad_that_is_offline_fills_nothing_now() -> None:
    assert read(bybit_ad(status=20)).offers[0][1].max_fiat == 0
    assert read(bybit_ad(status="10")).offers[0][1].max_fiat > 0


def test_merchants_are_verified_or_block_advertisers_or_organisations() -> None:
    def is_merchant(**changes: Any) -> bool:
        return bool(read(bybit_ad(**changes)).offers[0][1].is_merchant)

    assert not is_merchant()
    assert is_merchant(authTag=["VA"])
    assert is_merchant(authTag=["GA", "BA"])
    assert is_merchant(authTag=["GA", "VA2"])
    assert not is_merchant(authTag=["GA", None, 7])
    assert is_merchant(userType="ORG")
    assert not is_merchant(authTag=None, userType=None)


def test_recommended_ads_are_promoted_and_floating_prices_are_marked() -> None:
    assert read(bybit_ad(recommend=True)).offers[0][1].is_promoted
    assert read(bybit_ad(recommendTag="TOP")).offers[0][1].is_promoted
    assert read(bybit_ad(priceType=1)).offers[0][1].is_floating_price is True
    assert read(bybit_ad(priceType=None)).offers[0][1].is_floating_price is None


def test_a_hidden_user_number_is_replaced_by_the_masked_one_or_unknown() -> None:
    assert read(bybit_ad(userId="0")).offers[0][1].advertiser_id is None
    assert read(bybit_ad(userId="0", userMaskId="m1")).offers[0][1].advertiser_id == "m1"
    assert read(bybit_ad(userId=" ", userMaskId="")).offers[0][1].advertiser_id is None


def test_a_scale_that_is_left_out_is_never_coarser_than_the_ads_own_quantities() -> None:
    offer = read(bybit_ad(lastQuantity="0.00123456", minAmount="0.125")).offers[0][1]
    assert (offer.asset_scale, offer.fiat_scale) == (8, 3)


@pytest.mark.parametrize("written", ["14,40", {"paymentType": "14"}, None, 14])
def test_payments_of_another_type_are_noted_as_unreadable(written: object) -> None:
    page = read(bybit_ad(payments=written))
    assert page.offers[0][1].payments == ()
    assert page.missing_fields == {"payments"}


def test_the_fields_of_2026_are_known() -> None:
    ad = bybit_ad(latestPayTime="12", latestReleaseTime="95", ban=False, baned=False, authTag=["GA", "VA2"])
    assert not read(ad).unknown_fields


def test_a_page_shorter_than_asked_for_ends_the_book_and_null_is_an_empty_page() -> None:
    assert not read(*[bybit_ad() for _ in range(20)]).is_last
    assert read(*[bybit_ad() for _ in range(19)]).is_last
    empty = bybit_answer(result={"count": 0, "items": None})
    assert BYBIT.refusal(200, empty) is None
    assert BYBIT.read_search(empty, RUB, Side.BUY, 1).is_last


def test_a_count_that_may_count_pages_is_not_passed_on() -> None:
    ads = [bybit_ad() for _ in range(20)]
    assert read(*ads, page=2, result={"count": 3, "items": ads}).total is None
    assert read(*ads, page=2, result={"count": 55, "items": ads}).total == 55


def test_new_fields_are_noticed_at_every_level_and_cost_nothing() -> None:
    symbol = {"currency": {"scale": 3, "a": 1}, "token": {"scale": 5, "b": 1}, "c": 1}
    page = read(bybit_ad(symbolInfo=symbol, d=1, tradingPreferenceSet={"e": 1}), f=1)
    assert (page.offers[0][1].fiat_scale, page.offers[0][1].asset_scale) == (3, 5)
    assert page.unknown_fields == {
        "symbolInfo.currency.a", "symbolInfo.token.b", "symbolInfo.c", "d", "tradingPreferenceSet.e", "envelope.f",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (bybit_answer(ret_code=10006, ret_msg="Too many visits!"), RefusalKind.RATE_LIMITED),
        (bybit_answer(ret_code="10018", ret_msg=None), RefusalKind.RATE_LIMITED),
        (bybit_answer(ret_code=1, ret_msg="access too frequent"), RefusalKind.RATE_LIMITED),
        (bybit_answer(ret_code=912000014, ret_msg="permission denied\t", result={}), RefusalKind.VENUE_ERROR),
        (bybit_answer(result=None), RefusalKind.BAD_SHAPE),
        (bybit_answer(result={}), RefusalKind.BAD_SHAPE),
        (bybit_answer(result={"count": 1, "items": {}}), RefusalKind.BAD_SHAPE),
        (bybit_answer(result={"count": 1, "ads": []}), RefusalKind.BAD_SHAPE),
        (b'"x"', RefusalKind.BAD_SHAPE),
    ],
)
def test_an_error_inside_http_200_is_a_refusal(body: bytes, kind: RefusalKind) -> None:
    refusal = BYBIT.refusal(200, body)
    assert refusal is not None
    assert refusal.kind is kind


def test_the_payment_list_tells_names_and_currencies_also_from_the_json_inside_its_json() -> None:
    entries = [
        {"paymentType": "14", "paymentName": "Bank Transfer ", "paymentExtInfo": {"supportAllCurrency": True}},
        {"paymentType": "75", "paymentName": " ", "paymentAlias": "Tinkoff"},
        {"paymentType": 150, "paymentName": "Kaspi", "paymentExtInfo": {"supportCurrencyIds": ["KZT"]}},
        {"paymentName": "no id"},
        None,
    ]
    written = orjson.dumps({"RUB": ["75", 14], "KZT": [75], "XXX": None}).decode()
    body = bybit_answer(result={"paymentConfigVo": entries, "currencyPaymentIdMap": written})
    assert BYBIT.refusal(200, body) is None
    methods = {method.payment: method.fiats for method in BYBIT.read_payment_list(body)}
    assert methods == {
        NativePayment("14", "Bank Transfer"): frozenset(),
        NativePayment("75", "Tinkoff"): {"RUB", "KZT"},
        NativePayment("150", "Kaspi"): {"KZT"},
    }
    broken = bybit_answer(result={"paymentConfigVo": entries[:1], "currencyPaymentIdMap": "{"})
    assert len(BYBIT.read_payment_list(broken)) == 1


def test_fiats_and_assets_come_from_the_list_of_symbols() -> None:
    symbols = [{"tokenId": "USDT", "currencyId": "RUB"}, {"tokenId": "BTC", "currencyId": "VND"}, {"tokenId": 3}, None]
    body = bybit_answer(result={"symbols": symbols})
    assert BYBIT.refusal(200, body) is None
    assert BYBIT.read_fiat_list(body) == ["RUB", "VND"]
    assert BYBIT.read_asset_list(body, "VND") == ["BTC"]
    request = BYBIT.asset_list_request("VND")
    assert (request.method, request.url) == ("GET", "https://api2.bybit.com/fiat/p2p/config/initial")
    assert request.payload is None
    assert BYBIT.payment_list_request("RUB").url.endswith("/fiat/otc/configuration/queryAllPaymentList")


@recorded
@pytest.mark.recordings
def test_the_documents_own_sample_is_read_without_unknown_or_missing_fields() -> None:
    body = sample("bybit_item_online.official_sample.json")
    page = BYBIT.read_search(body, Market("bybit", "USDT", "EUR"), Side.SELL, 1)
    assert (len(page.offers), page.rejected, page.total, page.is_last) == (3, (), 3, True)
    assert not page.unknown_fields
    assert not page.missing_fields
    first = page.offers[0][1]
    assert (first.max_fiat, first.fiat_scale, first.asset_scale) == (Decimal(9300), 3, 4)


@recorded
@pytest.mark.recordings
def test_the_trimmed_rub_ads_lack_their_ids_and_are_read_once_these_are_filled_in() -> None:
    body = sample("bybit_rub_ads.trimmed.json")
    page = BYBIT.read_search(body, RUB, Side.BUY, 1)
    assert [problem.reason for problem in page.rejected] == ["missing_field"] * 4
    assert not page.unknown_fields
    ads = orjson.loads(body)["result"]["items"]
    filled = read(*[ad | {"id": str(number)} for number, ad in enumerate(ads)])
    assert [offer.max_fiat for _, offer in filled.offers] == [75000, 50000, 90000, 50000]
    assert filled.missing_fields == {"currencyId", "side", "tokenId", "userId"}


@recorded
@pytest.mark.recordings
def test_the_sample_of_the_payment_list_is_read() -> None:
    body = sample("bybit_payment_list.trimmed.json")
    assert BYBIT.refusal(200, body) is None
    names = {method.payment.native_id: method.payment.name for method in BYBIT.read_payment_list(body)}
    assert names == {
        "14": "Bank Transfer", "18": "Cash Deposit to Bank", "90": "Cash in Person", "40": "Mobile Top-up",
        "784": "PAY-API",
    }  # fmt: skip
