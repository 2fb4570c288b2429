"""Pages together are exactly the whole, each item once, whatever comes in or goes between two of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.web.api.paging import Cursors, Page, Place, page_of, page_of_answer

CURSORS = Cursors(b"secret of this process", "/api/v1/offers?side=BUY")
Item = tuple[Decimal, str]
ITEMS = st.lists(
    st.tuples(st.decimals("-100", "100", places=2), st.text(max_size=3)), unique_by=lambda item: item[1], max_size=25
)


def walked(turn: Callable[[Place | None], Page[Any]]) -> list[Any]:
    """All pages' items; each place goes through its cursor and back."""
    found: list[Any] = []
    place: Place | None = None
    while True:
        page = turn(place)
        found += page.items
        if page.next is None:
            return found
        place = CURSORS.read(CURSORS.write(page.next))
        assert place == page.next


@given(ITEMS, st.integers(1, 7))
def test_pages_together_are_the_whole_in_its_order(items: list[Item], limit: int) -> None:
    whole = sorted(items)
    assert walked(lambda after: page_of(whole, lambda item: item, limit, after)) == whole


@given(ITEMS, st.lists(ITEMS, max_size=6), st.integers(1, 4))
def test_what_was_there_all_the_time_is_shown_once_and_nothing_is_shown_twice(
    items: list[Item], coming: list[list[Item]], limit: int
) -> None:
    present, arrivals = {name: price for price, name in items}, list(coming)

    def turn(after: Place | None) -> Page[Item]:
        page = page_of(sorted((price, name) for name, price in present.items()), lambda item: item, limit, after)
        for price, name in arrivals.pop() if arrivals else ():
            # What has its place keeps it: a list is sorted by what does not change.
            present.setdefault(name, price)
        return page

    shown = walked(turn)
    assert len(shown) == len(set(shown))
    assert set(items) <= set(shown)
    assert shown == sorted(shown)


@given(ITEMS, st.lists(st.none() | st.integers(0, 24), max_size=25), st.integers(1, 4))
def test_what_goes_between_two_pages_costs_no_other_item(
    items: list[Item], going: list[int | None], limit: int
) -> None:
    present, leaving = sorted(items), list(going)
    gone: list[Item] = []

    def turn(after: Place | None) -> Page[Item]:
        page = page_of(list(present), lambda item: item, limit, after)
        number = leaving.pop() if leaving else None
        if present and number is not None:
            gone.append(present.pop(number % len(present)))
        return page

    shown = walked(turn)
    assert set(items) - set(gone) <= set(shown)
    assert shown == sorted(set(shown))


ROWS = st.lists(st.integers(0, 99), unique=True, max_size=20).map(
    lambda numbers: [{"name": number} for number in numbers]
)


@given(ROWS, st.lists(st.tuples(st.integers(0, 20), st.integers(100, 999)), max_size=5), st.integers(1, 4))
def test_an_answer_whose_order_only_the_question_knows_goes_on_after_the_last_row_shown(
    rows: list[dict[str, int]], coming: list[tuple[int, int]], limit: int
) -> None:
    present, arrivals = list(rows), list(coming)

    def turn(after: Place | None) -> Page[Any]:
        page = page_of_answer(list(present), limit, after)
        if arrivals:
            place, number = arrivals.pop()
            if {"name": number} not in present:
                present.insert(place, {"name": number})
        return page

    shown = [row["name"] for row in walked(turn)]
    assert len(shown) == len(set(shown))
    assert {row["name"] for row in rows} <= set(shown)


def test_an_answer_in_which_the_last_row_is_no_more_is_begun_again() -> None:
    place = page_of_answer([{"name": 1}, {"name": 2}], 1, None).next
    with pytest.raises(InvalidInput, match="begin again"):
        page_of_answer([{"name": 2}, {"name": 3}], 1, place)


@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_cursor_that_was_changed_in_any_place_is_refused(position: int, change: int) -> None:
    from base64 import urlsafe_b64decode, urlsafe_b64encode

    raw = bytearray(urlsafe_b64decode(CURSORS.write(Place((Decimal("10.50"), "7"))) + "=="))
    raw[position % len(raw)] ^= change
    with pytest.raises(InvalidInput, match="begin again"):
        CURSORS.read(urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode())


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_told(text: str) -> None:
    if text:
        with pytest.raises(InvalidInput, match="begin again"):
            CURSORS.read(text)


@pytest.mark.parametrize(
    "other", [Cursors(CURSORS.secret, "/api/v1/offers?side=SELL"), Cursors(b"another process", CURSORS.scope)]
)
def test_a_cursor_of_other_filters_or_another_service_is_refused(other: Cursors) -> None:
    with pytest.raises(InvalidInput, match="leave it out"):
        other.read(CURSORS.write(Place(("a",))))
