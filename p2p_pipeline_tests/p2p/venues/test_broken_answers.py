"""Whatever a venue answers: nothing raises, and every record is either an offer or explained."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.venues.directory import VENUE_NAMES, venue_directory
from p2p_pipeline.p2p.venues.wire import RefusalKind, Venue
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.p2p.venues.answers import binance_ad, binance_answer, bybit_ad, bybit_answer, sample
from p2p_pipeline_tests.shared_files import CASES, RECORDINGS

VENUES = venue_directory()
_ANSWERS = {
    "binance": [binance_answer(*[binance_ad() for _ in range(3)])],
    "bybit": [bybit_answer(*[bybit_ad() for _ in range(3)])],
}
if RECORDINGS.is_dir():
    _ANSWERS["binance"] += [sample("binance_rub_2022-07.json"), sample("binance_aed_2026-09.trimmed.json")]
    _ANSWERS["bybit"] += [sample("bybit_item_online.official_sample.json")]

_MONSTERS: list[Any] = [
    None, True, 0, -1, 2**63, -(2**63), 1e308, 5e-324, "", "-1", "NaN", "Infinity", "1e999999999", "9" * 10_000,
    "0." + "1" * 40, "1,000.00", "1e20", "-0", "\x00", "٣", "x" * 100_000, [], [[]], {}, {"adv": {}}, [None], [{}],
    "99999999999999999999.999999999999", 99999999999999999999.0,
]  # fmt: skip


def records(venue: str, answer: Any) -> list[Any]:
    place = answer.get("data") if venue == "binance" else answer["result"].get("items")
    return place if isinstance(place, list) else []


def objects_in(value: Any) -> list[Any]:
    found = [value] if isinstance(value, dict | list) and value else []
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return found + [inner for child in children for inner in objects_in(child)]


@st.composite
def mutated_answers(draw: st.DrawFn, venue: str) -> bytes:
    answer = orjson.loads(draw(st.sampled_from(_ANSWERS[venue])))
    anything = st.sampled_from(_MONSTERS) | st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=4,
    )
    for _ in range(draw(st.integers(1, 5))):
        places = objects_in(answer)
        if not places:
            break
        place = draw(st.sampled_from(places))
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        change = draw(st.sampled_from(["drop", "rename", "replace", "repeat", "nest"]))
        if change == "drop":
            del place[key]
        elif change == "rename" and isinstance(place, dict):
            place[draw(st.text(max_size=8))] = place.pop(key)
        elif change == "repeat" and isinstance(place, list):
            place.append(orjson.loads(orjson.dumps(place[key])))
        elif change == "nest":
            deep = place[key]
            for _ in range(40):
                deep = [deep]
            place[key] = deep
        else:
            # A copy: a later change to a monster itself would make the draws depend on earlier examples.
            place[key] = copy.deepcopy(draw(anything))
    return orjson.dumps(answer)


@pytest.mark.parametrize("name", VENUE_NAMES)
def test_every_field_may_hold_any_monster_and_its_ad_alone_is_accepted_or_explained(name: str) -> None:
    make_answer = binance_answer if name == "binance" else bybit_answer
    make_ad = binance_ad if name == "binance" else bybit_ad
    market = Market(name, "USDT", "BOB" if name == "binance" else "RUB")
    symbol = {"currency": {"scale": 2}, "token": {"scale": 4}, "buyAd": {"paymentPeriods": [15]}}
    whole = make_ad() if name == "binance" else make_ad(symbolInfo=symbol, tradingPreferenceSet={"isKyc": 1})
    places = [
        (number, key)
        for number, place in enumerate(objects_in(whole))
        for key in (place if isinstance(place, dict) else range(len(place)))
    ]
    for number, key in places:
        for monster in _MONSTERS:
            ad = orjson.loads(orjson.dumps(whole))
            objects_in(ad)[number][key] = monster
            page = VENUES[name].read_search(make_answer(make_ad(), ad), market, Side.BUY, 1)
            assert page.received == 2
            assert page.offers[0][0] == 0, (key, monster)


@pytest.mark.parametrize("name", VENUE_NAMES)
@settings(max_examples=this_many(150, 10_000), deadline=None)
@given(data=st.data())
def test_a_mutated_answer_is_refused_or_each_of_its_records_is_accepted_or_explained(name: str, data: Any) -> None:
    venue = VENUES[name]
    body = data.draw(mutated_answers(name))
    side = data.draw(st.sampled_from(Side))
    if venue.refusal(200, body) is not None:
        return
    page = venue.read_search(body, Market(name, "USDT", data.draw(st.sampled_from(["RUB", "BOB", "EUR"]))), side, 1)
    received = len(records(name, orjson.loads(body)))
    assert page.received == received
    assert sorted([ordinal for ordinal, _ in page.offers] + [problem.ordinal for problem in page.rejected]) == list(
        range(received)
    )
    for _, offer in page.offers:
        assert offer.price > 0
        assert 0 <= offer.max_fiat <= offer.stated_max_fiat
        assert offer.max_fiat <= offer.price * offer.available_asset + 1
        assert offer.completion_rate is None or 0 <= offer.completion_rate <= 1
        assert 1 <= len(offer.offer_id) <= 64
    assert all(problem.detail and len(problem.detail) < 500 for problem in page.rejected)


@pytest.mark.parametrize("name", VENUE_NAMES)
@settings(max_examples=this_many(100, 2_000), deadline=None)
@given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode), status=st.integers(100, 599))
def test_any_bytes_with_any_status_are_refused_or_read_by_every_reader(name: str, body: bytes, status: int) -> None:
    venue = VENUES[name]
    if venue.refusal(status, body) is None:
        venue.read_search(body, Market(name, "USDT", "RUB"), Side.BUY, 1)
    venue.read_payment_list(body)
    venue.read_fiat_list(body)
    venue.read_asset_list(body, "RUB")


@pytest.mark.parametrize("name", VENUE_NAMES)
@settings(max_examples=this_many(100, 2_000), deadline=None)
@given(data=st.data())
def test_a_list_of_anything_is_read_as_far_as_it_can_be(name: str, data: Any) -> None:
    entries = data.draw(
        st.lists(
            st.sampled_from(_MONSTERS)
            | st.dictionaries(
                st.sampled_from(
                    ["paymentType", "paymentName", "paymentExtInfo", "identifier", "tradeMethodName", "tokenId"]
                ),
                st.sampled_from(_MONSTERS),
            ),
            max_size=5,
        )
    )
    venue = VENUES[name]
    odd = data.draw(st.sampled_from(_MONSTERS))
    for body in (
        binance_answer(data={"tradeMethods": entries, "areas": [odd, *entries]}),
        bybit_answer(result={"paymentConfigVo": entries, "currencyPaymentIdMap": odd, "symbols": entries}),
    ):
        venue.read_payment_list(body)
        venue.read_asset_list(body, "RUB")
        venue.read_fiat_list(body)


@pytest.mark.parametrize("name", VENUE_NAMES)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, RefusalKind.RATE_LIMITED), (418, RefusalKind.RATE_LIMITED), (403, RefusalKind.BLOCKED),
        (451, RefusalKind.BLOCKED), (500, RefusalKind.SERVER_ERROR), (503, RefusalKind.SERVER_ERROR),
        (404, RefusalKind.VENUE_ERROR), (302, RefusalKind.VENUE_ERROR), (204, RefusalKind.VENUE_ERROR),
    ],
)  # fmt: skip
def test_a_status_other_than_200_is_a_refusal_whatever_the_body(name: str, status: int, kind: RefusalKind) -> None:
    refusal = VENUES[name].refusal(status, binance_answer() if name == "binance" else bybit_answer())
    assert refusal is not None
    assert refusal.kind is kind


@pytest.mark.parametrize("name", VENUE_NAMES)
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", RefusalKind.NOT_JSON),
        (b"<!doctype html><p>Welcome</p>", RefusalKind.BLOCKED),
        (b" \n<html><title>Just a moment...</title></html>", RefusalKind.BLOCKED),
        (b"<HTML><TITLE>Access Denied</TITLE></HTML>", RefusalKind.BLOCKED),
        (b"<html>access too frequent</html>", RefusalKind.BLOCKED),
        (b'{"code":"000000","ret_code":0,"data":[{"adv"', RefusalKind.NOT_JSON),
        (b"\xff\xfe", RefusalKind.NOT_JSON),
        (b"[" * 100_000, RefusalKind.NOT_JSON),
        (b"null", RefusalKind.BAD_SHAPE),
    ],
)
def test_what_is_no_json_object_is_a_refusal(name: str, body: bytes, kind: RefusalKind) -> None:
    refusal = VENUES[name].refusal(200, body)
    assert refusal is not None
    assert refusal.kind is kind
    assert len(refusal.detail) < 300


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not there")
@pytest.mark.parametrize("name", VENUE_NAMES)
def test_a_wall_for_bots_is_a_block_whatever_status_it_has(name: str) -> None:
    for wall in orjson.loads((CASES / "bot-walls.json").read_bytes()):
        refusal = VENUES[name].refusal(wall["status"], wall["body"].encode())
        assert refusal is not None
        assert refusal.kind is RefusalKind.BLOCKED, wall


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (202, b"", RefusalKind.BLOCKED),
        (405, b"<html>captcha</html>", RefusalKind.BLOCKED),
        (405, b'{"code":"405"}', RefusalKind.VENUE_ERROR),
        (503, b"<!DOCTYPE html><title>Just a moment...</title>", RefusalKind.BLOCKED),
        (503, b"<html><h1>503 Service Unavailable</h1></html>", RefusalKind.SERVER_ERROR),
        (404, b"<html><h1>404 Not Found</h1></html>", RefusalKind.VENUE_ERROR),
    ],
)
def test_a_challenge_is_told_from_a_trouble_of_the_venues_own(status: int, body: bytes, kind: RefusalKind) -> None:
    refusal = VENUES["binance"].refusal(status, body)
    assert refusal is not None
    assert refusal.kind is kind


def test_characters_that_a_database_cannot_hold_are_taken_out() -> None:
    page = VENUES["bybit"].read_search(
        bybit_answer(bybit_ad(nickName="a\x00b", remark="\x00" * 3)), Market("bybit", "USDT", "RUB"), Side.BUY, 1
    )
    assert (page.offers[0][1].advertiser_name, page.offers[0][1].remark) == ("ab", "")


def test_a_simulator_gets_every_request_under_the_venues_own_paths() -> None:
    directory = venue_directory("http://127.0.0.1:8700/")
    assert set(directory) == set(VENUE_NAMES)
    for name, venue in directory.items():
        real: Venue = VENUES[name]
        market = Market(name, "USDT", "RUB")
        for here, there in [
            (venue.search_request(market, Side.BUY, 1), real.search_request(market, Side.BUY, 1)),
            (venue.payment_list_request("RUB"), real.payment_list_request("RUB")),
            (venue.fiat_list_request(), real.fiat_list_request()),
            (venue.asset_list_request("RUB"), real.asset_list_request("RUB")),
        ]:
            assert here.url == "http://127.0.0.1:8700/" + there.url.split("/", 3)[3]
            assert there.url.startswith("https://")
            assert here.payload == there.payload


@pytest.mark.parametrize("source", ["127.0.0.1:8700", "ftp://x", "http://", "http://x?y=1"])
def test_a_source_that_is_no_address_is_refused_with_an_example(source: str) -> None:
    with pytest.raises(ValueError, match="write it as http://"):
        venue_directory(source)


@pytest.mark.parametrize("name", VENUE_NAMES)
def test_asking_whether_an_answer_is_a_refusal_changes_nothing_about_this_or_another_reading(name: str) -> None:
    venue, market = VENUES[name], Market(name, "USDT", "BOB" if name == "binance" else "RUB")
    make_answer, make_ad = (binance_answer, binance_ad) if name == "binance" else (bybit_answer, bybit_ad)
    body, other = make_answer(make_ad(price="7")), make_answer(make_ad(price="8"))
    expected, expected_other = (venue.read_search(it, market, Side.BUY, 1) for it in (body, other))
    assert venue.refusal(200, body) is None
    assert venue.read_search(other, market, Side.BUY, 1) == expected_other
    assert venue.read_search(body, market, Side.BUY, 1) == expected
    assert venue.read_search(body, market, Side.BUY, 1) == expected
