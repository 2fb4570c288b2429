"""One advertiser's odd text or number does not make a page of twenty unreadable."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.venues.binance import BinanceVenue
from p2p_pipeline.p2p.venues.lenient_json import loads

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
    "body", [b"", b"{", b'{"a":NaN}', b"[Infinity]", b"<html>", b'{"a":1}x', b"\xff\xfe", b"[" * 100_000]
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
