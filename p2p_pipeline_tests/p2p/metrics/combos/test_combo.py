"""A combo spends, buys, moves and sells what can really be placed, and accounts for every unit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.combos.combo import Combo, price_combo
from p2p_pipeline.p2p.metrics.combos.placing import Placed, Taker, place_up_to
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline_tests.p2p.metrics.pricing.random_books import Advert, Sheet
from p2p_pipeline_tests.p2p.metrics.pricing.reference import Lot, by_trying_all, lots_of, nearest_by_trying_all

Row = tuple[str, str, str]
"""Price, least and most fiat of an advert."""


def sheet(side: Side, *rows: Row, fiat_scale: int = 2, asset_scale: int = 2) -> Sheet:
    adverts = [
        Advert(str(number), Decimal(price), Decimal(low), Decimal(high), Decimal(10**9))
        for number, (price, low, high) in enumerate(rows)
    ]
    return Sheet(side, tuple(adverts), fiat_scale, asset_scale)


def taker(book: Book, max_splits: int = 3) -> Taker:
    return partial(place_up_to, book, price_amount=partial(quote, max_splits=max_splits, most_steps=300_000))


def combine(buy: Sheet, sell: Sheet, amount: str | Decimal, max_splits: int = 3, fee: str = "0") -> Combo:
    buyer, seller = taker(buy.book(), max_splits), taker(sell.book(), max_splits)
    return price_combo(buyer, seller, Decimal(amount), fee_asset=Decimal(fee))


def refused(combo: Combo) -> str | None:
    """The step and reason in a word, as the table says it."""
    return combo.refusal.code if combo.refusal else None


RUB = sheet(Side.BUY, ("80", "100", "20000"), ("82", "100", "100000"))
VND = sheet(Side.SELL, ("26000", "100000", "5000000"), ("25000", "100000", "500000000"), fiat_scale=0)


def test_an_amount_is_bought_and_sold_at_the_best_split_of_each_leg() -> None:
    found = combine(RUB, VND, "50000")
    # 20,000 at 80 give 250.00, 30,000 at 82 give 365.85; of 615.85, 192.30 fit under 5,000,000 at 26,000.
    assert found.bought_asset == found.sold_asset == Decimal("615.85")
    assert found.target_received == Decimal(4_999_800 + 10_588_750)
    assert found.effective_rate == pytest.approx(Decimal(15_588_550) / 50_000)
    assert (found.left_over_source, found.left_over_asset) == (Decimal(0), Decimal(0))
    assert (found.is_executable, found.refusal) == (True, None)


def test_moving_between_venues_takes_the_fee_off_what_is_sold() -> None:
    found = combine(RUB, VND, "50000", fee="1")
    assert (found.bought_asset, found.sold_asset) == (Decimal("615.85"), Decimal("614.85"))
    assert found.target_received == Decimal(15_588_550 - 25_000)


def test_a_fee_that_takes_all_is_a_reason_of_its_own() -> None:
    found = combine(RUB, VND, "160", fee="2")
    assert (refused(found), found.target_received, found.left_over_asset) == (
        "transfer:fee_takes_all",
        None,
        Decimal(2),
    )
    assert found.refusal
    assert "The fee of 2 takes all of the 2.00" in found.refusal.explanation


def test_what_is_finer_than_a_market_counts_in_is_left_over() -> None:
    coarse = sheet(Side.SELL, ("25000", "1", "500000000"), fiat_scale=0, asset_scale=0)
    found = combine(RUB, coarse, "50000.005")
    assert found.left_over_source == Decimal("0.005")
    assert found.left_over_asset == Decimal("0.85")
    assert found.target_received == 615 * 25_000
    assert found.is_executable


def test_a_market_that_counts_too_coarsely_for_the_amount_says_so() -> None:
    coarse = sheet(Side.SELL, ("25000", "1", "500000000"), fiat_scale=0, asset_scale=0)
    found = combine(RUB, coarse, "140")
    assert (found.sold_asset, found.left_over_asset) == (Decimal(1), Decimal("0.75"))
    assert refused(found) == "sell:finer_than_tick"
    assert found.refusal
    assert "0.75 would be left over" in found.refusal.explanation


def test_a_second_leg_that_takes_nearly_all_leaves_the_rest_over() -> None:
    found = combine(RUB, sheet(Side.SELL, ("25000", "25000", "15300000"), fiat_scale=0), "50000")
    assert (found.sold_asset, found.left_over_asset) == (Decimal(612), Decimal("3.85"))
    assert found.is_executable


def test_a_second_leg_that_takes_only_a_part_is_told_with_what_it_takes() -> None:
    found = combine(RUB, sheet(Side.SELL, ("25000", "25000", "2500000"), fiat_scale=0), "50000")
    assert (found.is_executable, refused(found)) == (False, "sell:above_total_capacity")
    assert found.refusal
    assert "the most is 100.00" in found.refusal.explanation
    assert (found.sold_asset, found.left_over_asset) == (Decimal(100), Decimal("515.85"))
    assert found.target_received == 2_500_000


def test_a_first_leg_that_takes_only_a_part_spends_that_part() -> None:
    found = combine(sheet(Side.BUY, ("80", "100", "8000")), VND, "50000")
    assert (found.is_executable, refused(found)) == (False, "buy:above_total_capacity")
    assert (found.spent_source, found.left_over_source, found.bought_asset) == (
        Decimal(8000),
        Decimal(42000),
        Decimal(100),
    )


@pytest.mark.parametrize(
    ("buy", "sell", "reason"),
    [
        (sheet(Side.BUY), VND, "buy:no_offers"),
        (sheet(Side.BUY, ("80", "60000", "70000")), VND, "buy:below_every_minimum"),
        (RUB, sheet(Side.SELL, fiat_scale=0), "sell:no_offers"),
        (RUB, sheet(Side.SELL, ("25000", "90000000", "900000000"), fiat_scale=0), "sell:below_every_minimum"),
    ],
)
def test_a_leg_that_can_not_be_done_is_named_with_its_reason_and_nothing_is_made_up(
    buy: Sheet, sell: Sheet, reason: str
) -> None:
    found = combine(buy, sell, "50000")
    assert (refused(found), found.is_executable) == (reason, False)
    assert (found.target_received, found.effective_rate, found.loss_against_mid) == (None, None, None)
    assert found.refusal
    assert found.refusal.explanation


def test_the_loss_is_counted_against_the_middle_between_buying_and_selling_this_much_in_each_market() -> None:
    found = price_combo(
        taker(sheet(Side.BUY, ("81", "1", "900000")).book()),
        taker(sheet(Side.SELL, ("25000", "1", "900000000"), fiat_scale=0).book()),
        Decimal(8100),
        sell_back=taker(sheet(Side.SELL, ("79", "1", "900000")).book()),
        buy_back=taker(sheet(Side.BUY, ("25200", "1", "900000000"), fiat_scale=0).book()),
    )
    assert (found.buy_mid.price, found.sell_mid.price) == (Decimal(80), Decimal(25_100))
    assert found.loss_against_mid == pytest.approx(1 - (25_000 / 81) / (25_100 / 80))


def test_without_the_other_side_there_is_no_mid_price_and_it_says_why() -> None:
    found = combine(RUB, VND, "50000")
    assert (found.mid_rate, found.loss_against_mid) == (None, None)
    assert found.buy_mid.reason == found.sell_mid.reason == "other_side:no_snapshot"
    thin = taker(sheet(Side.SELL, ("79", "1", "800")).book())
    assert price_combo(
        taker(RUB.book()), taker(VND.book()), Decimal(50_000), sell_back=thin
    ).buy_mid.reason == "other_side:above_total_capacity"  # fmt: skip


@pytest.mark.parametrize(("amount", "fee"), [("0", "0"), ("-1", "0"), ("1", "-1")])
def test_amounts_and_fees_below_zero_are_refused(amount: str, fee: str) -> None:
    with pytest.raises(ValueError, match="must"):
        combine(RUB, VND, amount, fee=fee)


def sheets(side: Side) -> st.SearchStrategy[Sheet]:
    """Small books, mostly hard: lots, gaps between limits, equal prices."""
    row = st.tuples(st.integers(900, 1100), st.integers(1, 3000), st.sampled_from([1.0, 1.05, 1.5, 4.0]))

    def built(rows: list[tuple[int, int, float]]) -> Sheet:
        named = [(str(Decimal(price) / 100), str(low), str(round(low * width))) for price, low, width in rows]
        return sheet(side, *named)

    return st.lists(row, min_size=1, max_size=5).map(built)


amounts = st.integers(100, 1_000_000).map(lambda ticks: Decimal(ticks) / 100)
splits = st.integers(1, 3)


@given(sheets(Side.BUY), sheets(Side.SELL), amounts, splits, st.sampled_from(["0", "0.5", "30"]))
def test_every_unit_is_spent_or_left_over_and_every_asset_is_paid_as_fee_sold_or_left_over(
    buy: Sheet, sell: Sheet, amount: Decimal, max_splits: int, fee: str
) -> None:
    found = combine(buy, sell, amount, max_splits, fee)
    assert found.spent_source + found.left_over_source == amount
    assert found.spent_source >= 0
    assert found.left_over_source >= 0
    paid_fee = Decimal(fee) if found.sell else Decimal(0)
    assert found.bought_asset == paid_fee + found.sold_asset + found.left_over_asset
    assert found.left_over_asset >= 0
    assert found.is_executable == (found.refusal is None)
    if found.is_executable:
        assert found.left_over_source <= amount / 100
        assert found.left_over_asset <= found.bought_asset / 100


@given(sheets(Side.BUY), sheets(Side.SELL), amounts, splits)
def test_no_combo_is_better_than_the_two_best_prices_without_limits(
    buy: Sheet, sell: Sheet, amount: Decimal, max_splits: int
) -> None:
    found = combine(buy, sell, amount, max_splits)
    if found.target_received is not None:
        best = max(Fraction(a.price) for a in sell.adverts) / min(Fraction(a.price) for a in buy.adverts)
        assert Fraction(found.target_received) <= best * Fraction(found.spent_source)
        assert found.effective_rate is not None
        assert float(found.effective_rate) <= float(best) * (1 + 1e-15)


@given(sheets(Side.BUY), sheets(Side.SELL), amounts, splits)
def test_each_leg_places_the_most_that_any_set_of_offers_can_and_gets_the_most_for_it(
    buy: Sheet, sell: Sheet, amount: Decimal, max_splits: int
) -> None:
    found = combine(buy, sell, amount, max_splits)
    _agrees_with_trying_all(Side.BUY, found.buy, lots_of(buy), amount, max_splits)
    if found.sell:
        _agrees_with_trying_all(Side.SELL, found.sell, lots_of(sell), found.sell.asked, max_splits)


def _agrees_with_trying_all(side: Side, placed: Placed, lots: list[Lot], asked: Decimal, max_splits: int) -> None:
    ticks: int | None = int(asked * 100)
    best = by_trying_all(lots, int(asked * 100), max_splits)
    if best is None:
        ticks, _ = nearest_by_trying_all(lots, int(asked * 100), max_splits)
        best = None if ticks is None else by_trying_all(lots, ticks, max_splits)
    if best is None or ticks is None:
        assert placed.split is None
        return
    assert placed.split is not None
    assert placed.asked - placed.left_over == Decimal(ticks) / 100
    gets = placed.split.asset if side is Side.BUY else placed.split.fiat
    # Each leg rounds what it gives down to a cent.
    assert 0 <= float(best[0]) / 100 - float(gets) <= 0.01 * len(placed.split.legs) + 1e-9


@given(st.one_of(sheets(Side.BUY), sheets(Side.SELL)), amounts, st.integers(1, 2))
def test_with_more_splits_a_leg_never_places_less_and_never_gets_less_for_the_same(
    book_sheet: Sheet, amount: Decimal, max_splits: int
) -> None:
    fewer, more = (taker(book_sheet.book(), count)(amount) for count in (max_splits, max_splits + 1))
    assert more.left_over <= fewer.left_over
    if more.left_over == fewer.left_over and fewer.split and more.split:
        is_better = more.split.price <= fewer.split.price
        assert (is_better if book_sheet.side is Side.BUY else more.split.price >= fewer.split.price) or float(
            more.split.price
        ) == pytest.approx(float(fewer.split.price), rel=1e-11)


@given(sheets(Side.BUY), amounts, st.integers(1, 2))
def test_where_selling_is_not_short_of_room_more_splits_never_make_a_combo_worse(
    buy: Sheet, amount: Decimal, max_splits: int
) -> None:
    roomy = sheet(Side.SELL, ("10.5", "0.01", "9000000"), ("10.1", "0.01", "9000000"))
    fewer, more = (combine(buy, roomy, amount, count) for count in (max_splits, max_splits + 1))
    if fewer.target_received is not None and fewer.left_over_source == more.left_over_source:
        assert more.target_received is not None
        # A cent of asset for each leg more is what rounding may take.
        assert more.target_received >= fewer.target_received - Decimal("10.5") * Decimal("0.01") * (max_splits + 1)


@given(
    st.integers(500, 20_000),
    st.lists(st.tuples(st.integers(1, 500), st.integers(2, 50)), min_size=1, max_size=5),
    amounts,
    splits,
)
def test_there_and_back_at_one_price_loses_nothing_but_dust(
    price_cents: int, limits: list[tuple[int, int]], amount: Decimal, max_splits: int
) -> None:
    price = Decimal(price_cents) / 100
    rows = [(str(price), str(low), str(low * width)) for low, width in limits]
    found = combine(sheet(Side.BUY, *rows), sheet(Side.SELL, *rows), amount, max_splits)
    kept = found.left_over_source + found.left_over_asset * price + (found.target_received or Decimal(0))
    # Each leg of the purchase may lose a tick of the asset, each of the sale one of the fiat.
    dust = max_splits * (price * Decimal("0.01") + Decimal("0.01"))
    assert amount - dust <= kept <= amount
