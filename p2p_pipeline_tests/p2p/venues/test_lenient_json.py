"""One advertiser's odd text or number does not make a page of twenty unreadable."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.venues.directory import venue_directory
from p2p_pipeline.p2p.venues.lenient_json import loads
from p2p_pipeline_tests.p2p.venues.answers import binance_ad, bybit_ad

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_what_a_strict_reader_takes_is_read_as_it_reads_it(value: object) -> None:
    body = orjson.dumps(value)
    assert loads(body) == orjson.loads(body)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b"<html>", b'{"a":1}x', b"\xff\xfe", b"[" * 100_000, b'"' * 99_999, b"[" * 70 + b"]" * 75],
)
def test_what_is_no_json_stays_none(body: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        loads(body)


@pytest.mark.parametrize("half", ["\\ud83d", "\\udc00", "\\ud83dx\\ud83d"])
def test_half_a_character_is_shown_as_unreadable(half: str) -> None:
    read = loads(f'{{"{half}":["{half}","ok"]}}'.encode())
    assert "\ufffd" in next(iter(read))
    assert read[next(iter(read))][1] == "ok"
    json.dumps(read, ensure_ascii=False).encode()


def test_a_whole_emoji_written_as_two_halves_stays_whole_beside_half_of_one() -> None:
    assert loads(b'["\\ud83d\\ude00","\\ud83d"]') == ["\U0001f600", "\ufffd"]


def page_of(*records: str, total: str = "3", venue: str = "binance") -> bytes:
    whole = {
        "binance": f'{{"code":"000000","data":[{",".join(records)}],"total":{total},"success":true}}',
        "bybit": f'{{"ret_code":0,"result":{{"count":{total},"items":[{",".join(records)}]}}}}',
    }
    return whole[venue].encode("utf-8", "surrogateescape")


def advert(venue: str, number: int, odd: str) -> str:
    """One ad as JSON text; `odd` is written as it is, as the value of a field that every ad has."""
    made = binance_ad(advNo=str(number)) if venue == "binance" else bybit_ad(id=str(number))
    inner = made["adv"] if venue == "binance" else made
    inner["remarks" if venue == "binance" else "remark"] = "ODD"
    return json.dumps(made).replace('"ODD"', odd)


_ODD_VALUES = {
    "NaN": "NaN",
    "minus infinity": "-Infinity",
    "a byte that is no UTF-8": '"caf\udce9"',
    "half an emoji's bytes": '"\udcf0\udc9f"',
    "2,000 lists in each other": "[" * 2_000 + "]" * 2_000,
    "200,000 objects in each other": '{"a":' * 200_000 + "1" + "}" * 200_000,
}


@pytest.mark.parametrize("venue", ["binance", "bybit"])
@pytest.mark.parametrize("odd", _ODD_VALUES.values(), ids=_ODD_VALUES)
def test_a_value_that_no_json_has_costs_its_own_record_and_no_other(venue: str, odd: str) -> None:
    adapter = venue_directory()[venue]
    fiat = "BOB" if venue == "binance" else "RUB"
    body = page_of(*(advert(venue, number, odd if number == 12 else "null") for number in (11, 12, 13)), venue=venue)
    assert adapter.refusal(200, body) is None
    page = adapter.read_search(body, Market(venue, "USDT", fiat), Side.BUY, 1)
    assert [(ordinal, offer.offer_id) for ordinal, offer in page.offers] == [(0, "11"), (2, "13")]
    assert [(one.ordinal, one.reason, one.native_id) for one in page.rejected] == [(1, "unreadable", "12")]


def test_a_byte_order_mark_costs_nothing() -> None:
    body = page_of(*(advert("binance", number, "null") for number in (11, 12, 13)))
    assert loads(b"\xef\xbb\xbf" + body) == loads(body)


def test_a_raw_control_character_in_a_text_costs_nothing() -> None:
    body = page_of(advert("binance", 11, '"one\ntwo"'), total="1")
    page = BinanceVenue().read_search(body, Market("binance", "USDT", "BOB"), Side.BUY, 1)
    assert [offer.remark for _, offer in page.offers] == ["one\ntwo"]


def test_what_can_not_be_read_outside_every_record_is_unsaid() -> None:
    body = page_of(advert("binance", 11, "null"), total="NaN")
    page = BinanceVenue().read_search(body, Market("binance", "USDT", "BOB"), Side.BUY, 1)
    assert (page.total, page.received) == (None, 1)


@pytest.mark.parametrize("venue", ["binance", "bybit"])
def test_an_ad_with_more_payment_methods_than_any_ad_has_is_rejected_at_once(venue: str) -> None:
    many = (
        [{"identifier": f"Bank{n}"} for n in range(400_000)] if venue == "binance" else list(map(str, range(400_000)))
    )
    odd = binance_ad(advNo="12", tradeMethods=many) if venue == "binance" else bybit_ad(id="12", payments=many)
    body = page_of(advert(venue, 11, "null"), json.dumps(odd), total="2", venue=venue)
    market = Market(venue, "USDT", "BOB" if venue == "binance" else "RUB")
    page = venue_directory()[venue].read_search(body, market, Side.BUY, 1)
    assert [offer.offer_id for _, offer in page.offers] == ["11"]
    assert [(one.reason, one.native_id) for one in page.rejected] == [("too_long", "12")]


def test_of_a_page_with_half_a_character_and_an_endless_number_all_else_is_read() -> None:
    adv = {
        "advNo": "1", "asset": "USDT", "fiatUnit": "BOB", "tradeType": "SELL", "price": "7", "surplusAmount": "5",
        "tradableQuantity": "5", "maxSingleTransAmount": "30", "minSingleTransAmount": "1",
    }  # fmt: skip
    good = json.dumps({"adv": adv, "advertiser": {"nickName": "NICK"}}).replace("NICK", "a\\ud83d")
    endless = json.dumps({"adv": {**adv, "advNo": "2", "price": 7}, "advertiser": {}}).replace(
        '"price": 7', '"price": ' + "9" * 5_000
    )
    body = f'{{"code":"000000","data":[{good},{endless}],"total":2,"success":true}}'.encode()
    venue = BinanceVenue()
    assert venue.refusal(200, body) is None
    page = venue.read_search(body, Market("binance", "USDT", "BOB"), Side.BUY, 1)
    assert [offer.advertiser_name for _, offer in page.offers] == ["a\ufffd"]
    assert [rejected.ordinal for rejected in page.rejected] == [1]
