from __future__ import annotations

import random
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from p2p_pipeline.p2p.markets import Offer, Profile, Side
from p2p_pipeline.p2p.metrics.pricing.book import MAX_TICKS, Book, admitted_by
from p2p_pipeline.p2p.metrics.pricing.choices import Choices
from p2p_pipeline.p2p.metrics.pricing.units import from_arrow_decimals, stripped, to_units
from p2p_pipeline_tests.p2p.metrics.pricing.random_books import KINDS, bitcoin


def make_offer(offer_id: str = "1", side: Side = Side.BUY, **changes: Any) -> Offer:
    plain: dict[str, Any] = {
        "advertiser_id": "a",
        "advertiser_name": None,
        "asset": "USDT",
        "fiat": "BOB",
        "price": Decimal("10.50"),
        "min_fiat": Decimal(100),
        "max_fiat": Decimal(1000),
        "stated_max_fiat": Decimal(5000),
        "available_asset": Decimal("95.24"),
        "payments": (),
        "completion_rate": 0.98,
        "orders_30d": 100,
        "is_merchant": False,
        "is_floating_price": None,
        "is_promoted": False,
        "payment_minutes": 15,
        "fiat_scale": 2,
        "asset_scale": 2,
    }
    return Offer(offer_id=offer_id, side=side, **(plain | changes))


def book_of(*offers: Offer, side: Side = Side.BUY) -> Book:
    return Book.from_offers(side, offers)


def assert_same(one: Any, other: Any) -> None:
    for field in fields(one):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if isinstance(left, Choices):
            assert_same(left, right)
        else:
            assert np.array_equal(left, right) if isinstance(left, np.ndarray) else left == right, field.name


def test_limits_are_rounded_inwards_to_the_ticks_of_the_amount() -> None:
    book = book_of(make_offer(min_fiat=Decimal("100.001"), max_fiat=Decimal("999.999")))
    assert (book.minima.tolist(), book.maxima.tolist()) == ([10001], [99999])


def test_selling_limits_are_the_asset_amounts_whose_fiat_lies_inside_and_that_are_available() -> None:
    book = book_of(make_offer(side=Side.SELL, price=Decimal(3), min_fiat=Decimal(100)), side=Side.SELL)
    # 100 / 3 = 33.33…, up; 1000 / 3 is more than the 95.24 available.
    assert (book.minima.tolist(), book.maxima.tolist()) == ([3334], [9524])


def test_an_offer_that_cannot_fill_its_own_minimum_is_counted_and_left_out() -> None:
    book = book_of(make_offer("1", max_fiat=Decimal(99)), make_offer("2"))
    assert (book.received, book.admitted, book.offer_ids) == (2, 2, ("2",))


def test_a_leg_buys_at_least_one_tick_of_the_asset() -> None:
    book = book_of(make_offer(price=Decimal(26_000), min_fiat=Decimal(0), fiat_scale=0))
    assert book.minima.tolist() == [260]


def test_a_leg_sells_for_at_least_one_tick_of_fiat() -> None:
    small = make_offer(side=Side.SELL, price=Decimal("0.01"), min_fiat=Decimal(0), available_asset=Decimal(10**6))
    assert book_of(replace(small, fiat_scale=0, asset_scale=0), side=Side.SELL).minima.tolist() == [100]


def test_the_best_price_comes_first_on_either_side_and_equal_prices_go_by_offer_id() -> None:
    prices = {"c": "10.50", "a": "10.50", "b": "10.49"}
    offers = [make_offer(offer_id, price=Decimal(price)) for offer_id, price in prices.items()]
    assert book_of(*offers).offer_ids == ("b", "a", "c")
    assert book_of(*offers, side=Side.SELL).offer_ids == ("a", "c", "b")


def test_mixed_scales_count_in_the_finest_tick_and_keep_each_offers_own_rounding() -> None:
    coarse = make_offer("1", min_fiat=Decimal("100.5"), max_fiat=Decimal("999.5"), fiat_scale=0)
    book = book_of(coarse, make_offer("2", price=Decimal(11), fiat_scale=2))
    assert book.tick_scale == 2
    assert (book.minima.tolist()[0], book.maxima.tolist()[0]) == (10100, 99900)


def test_a_price_of_zero_is_no_offer() -> None:
    assert len(book_of(make_offer(price=Decimal(0)))) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", list(Side))
def test_columns_of_decimals_floats_and_arrow_make_the_same_book(kind: str, side: Side) -> None:
    sheet = KINDS[kind](random.Random(3), 50, side)
    columns = {
        name: [getattr(advert, name) for advert in sheet.adverts]
        for name in ("price", "min_fiat", "max_fiat", "available_asset")
    }
    ids = [advert.offer_id for advert in sheet.adverts]
    scales = {"fiat_scale": sheet.fiat_scale, "asset_scale": sheet.asset_scale}
    floats = {name: [float(value) for value in column] for name, column in columns.items()}
    arrow = {
        name: from_arrow_decimals(pa.array([None, *column], pa.decimal128(38, 12)).slice(1))
        for name, column in columns.items()
    }
    assert_same(Book.from_columns(side, offer_ids=ids, **floats, **scales), sheet.book())  # type: ignore[arg-type]
    assert_same(Book.from_columns(side, offer_ids=ids, **arrow, **scales), sheet.book())  # type: ignore[arg-type]


def test_numbers_beyond_64_bits_stay_exact() -> None:
    huge = Decimal("123456789012345678901.5")
    units = from_arrow_decimals(pa.array([huge, Decimal("0.25")], pa.decimal128(38, 12)))
    assert [Decimal(int(value)).scaleb(-units.scale) for value in units.values] == [huge, Decimal("0.25")]
    book = book_of(make_offer(max_fiat=huge * 10, min_fiat=Decimal(1)))
    assert book.maxima.tolist() == [MAX_TICKS]


def test_a_huge_price_and_a_fine_asset_lose_nothing() -> None:
    sheet = bitcoin(random.Random(1), 30, Side.SELL)
    book = sheet.book()
    adverts = {advert.offer_id: advert for advert in sheet.adverts}
    for offer_id, least, most in zip(book.offer_ids, book.minima.tolist(), book.maxima.tolist(), strict=True):
        advert, tick = adverts[offer_id], Decimal("1E-8")
        assert (least - 1) * tick * advert.price < advert.min_fiat <= least * tick * advert.price
        assert most * tick * advert.price <= advert.max_fiat < (most + 1) * tick * advert.price


def test_trailing_zeros_common_to_a_column_are_stripped() -> None:
    assert stripped(to_units([Decimal("10.5000"), Decimal("9.0000")])).scale == 1
    assert stripped(to_units([Decimal(0)])).scale == 0


def test_the_profile_decides_offer_by_offer() -> None:
    offers = [make_offer("1"), make_offer("2", orders_30d=None), make_offer("3", is_merchant=True)]
    codes = [["sbp"], ["sbp"], ["cash"]]
    profile = Profile(name="strict", payment_methods=frozenset({"sbp"}), min_orders_30d=10)
    assert admitted_by(profile, offers, codes) == [True, False, False]
    assert Book.from_offers(Side.BUY, offers, admitted_by(profile, offers, codes)).admitted == 1
