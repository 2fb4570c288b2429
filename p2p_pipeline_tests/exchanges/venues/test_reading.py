"""What all decoders read with: exact, bounded, and never more than the bytes deserve."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.exchanges.venues import reading
from p2p_pipeline.exchanges.venues.asking import in_requests, nearest_depth
from p2p_pipeline.exchanges.words import Limits

PRICES = st.from_regex(
    r"[0-9]{1,17}(\.[0-9]{1,10})?(e-?[0-9]{1,3})?|0\.[0-9]{1,17}|[0-9.e+-]{0,6}|nan|1_0|٣", fullmatch=True
)


@settings(max_examples=40)
@given(rows=st.lists(st.tuples(PRICES, PRICES).map(list), max_size=6))
def test_a_side_is_taken_exactly_when_each_of_its_levels_is_good(rows: list[list[str]]) -> None:
    def is_good(price: str, quantity: str) -> bool:
        try:
            reading.check_level(price, quantity)
        except reading.Unreadable:
            return False
        return Decimal(price) > 0 and len(Decimal(price).normalize().as_tuple().digits) <= 15 and Decimal(quantity) >= 0

    try:
        taken = list(reading.levels(rows))
    except reading.Unreadable:
        assert not all(is_good(*row) for row in rows)
    else:
        assert taken == [tuple(row) for row in rows]
        assert all(is_good(*row) for row in rows)


@pytest.mark.parametrize(
    "rows",
    [
        None,
        {},
        "12",
        [["1"]],
        ["12"],
        [[1, 2]],
        [["1", None]],
        [["1 2", "3 4"]],
        [["0", "1"]],
        [["1", "-1"]],
        [["1", "inf"]],
    ],
    ids=str,
)
def test_what_is_no_side_of_a_book_is_refused(rows: object) -> None:
    with pytest.raises(reading.MISREAD):
        reading.levels(rows)


@pytest.mark.parametrize(
    ("price", "is_good"),
    [
        ("123456789012345", True),
        ("0.00000123456789012345", True),
        ("950000000.00000000", True),
        ("1234567890123456", False),
        ("12345678.12345678", False),
    ],
)
def test_a_price_has_at_most_fifteen_digits_since_books_sort_by_its_float(price: str, is_good: bool) -> None:
    try:
        assert reading.levels([[price, "1"]]) == [(price, "1")]
        assert is_good
    except reading.Unreadable:
        assert not is_good


def test_bare_numbers_keep_their_spelling() -> None:
    assert reading.exact_json(b'{"p":1.50,"q":1.55e-7,"n":10}') == {"p": "1.50", "q": "1.55e-7", "n": "10"}


@pytest.mark.parametrize(
    "body", [b"NaN", b'{"a":Infinity}', b'"\\ud800"', b"[" * 100_000, b"\xff", b""], ids=lambda b: repr(b[:9])
)
def test_json_that_no_exchange_sends_is_refused(body: bytes) -> None:
    for read in (reading.exact_json, reading.text_json):
        events = reading.guarded(lambda frame, read=read: read(frame), body)  # type: ignore[misc]
        assert events[0].kind.name == "UNREADABLE"
        assert events[0].detail


def test_a_gzip_bomb_stays_packed_and_a_cut_frame_is_told() -> None:
    assert reading.unpacked(gzip.compress(b"Ping")) == b"Ping"
    with pytest.raises(reading.Unreadable, match="unpacks to more"):
        reading.unpacked(gzip.compress(bytes(reading.UNPACKED_BYTES + 1), compresslevel=1))
    with pytest.raises(reading.Unreadable, match="cut short"):
        reading.unpacked(gzip.compress(b"Ping" * 100)[:-9])


@pytest.mark.parametrize("value", [1723161255, 1723161255000, 1723161255000000, "1723161255000", 1723161255000000000])
def test_a_time_is_read_by_its_size(value: int | str) -> None:
    assert reading.time_us(value) == 1723161255000000


def test_no_quote_is_nothing_an_empty_text_or_zero() -> None:
    assert [reading.quote(price, "0") for price in (None, "", "0", "0.00000000")] == [()] * 4
    assert reading.quote("1.5", "2") == (("1.5", "2"),)


def test_a_reason_is_one_bounded_line_that_can_be_stored() -> None:
    reason = reading.reason_of(ValueError("\ud800" + "x" * 10_000))
    assert len(reason) <= 200
    reason.encode()
    assert reading.reason_of(reading.Refused("")), "an exchange that gives none does not leave it empty"


def test_decimals_make_a_step_and_a_step_is_above_zero() -> None:
    assert reading.step_of_decimals(8) == Decimal("0.00000001")
    with pytest.raises(reading.Unreadable):
        reading.step_of("0.000")


@given(
    topics=st.lists(st.text("abc", min_size=1, max_size=30), max_size=60),
    most=st.integers(1, 20),
    characters=st.integers(140, 400),
)
def test_each_request_holds_what_its_exchange_takes_and_none_is_forgotten(
    topics: list[str], most: int, characters: int
) -> None:
    requests = in_requests(topics, Limits(topics_per_request=most, characters_per_request=characters))
    assert [topic for request in requests for topic in request] == list(dict.fromkeys(topics))
    assert all(len(request) <= most for request in requests)
    assert all(len(json.dumps({"m": "S", "params": request})) <= characters for request in requests)


def test_the_depth_on_offer_nearest_above_the_wanted_is_taken() -> None:
    assert [nearest_depth(wanted, (5, 20, 10), 10) for wanted in (None, 1, 6, 20, 50)] == [10, 5, 10, 20, 20]
