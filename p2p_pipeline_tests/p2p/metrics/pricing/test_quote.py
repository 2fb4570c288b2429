from __future__ import annotations

import itertools
import random
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.combos.placing import place_up_to
from p2p_pipeline.p2p.metrics.pricing.book import MAX_TICKS, Book
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline.p2p.metrics.pricing.refusal import Reason, refusal_words
from p2p_pipeline_tests.p2p.metrics.pricing.random_books import Advert, Sheet, narrow_ranges, odd_lots, small_maxima
from p2p_pipeline_tests.p2p.metrics.pricing.reference import by_trying_all, lots_of, returned_by


def buy_book(*rows: tuple[str, str, str], admitted: list[bool] | None = None) -> Book:
    """A BUY book of (price, minimum, maximum); ids count from 0."""
    adverts = tuple(
        Advert(str(number), Decimal(price), Decimal(low), Decimal(high), Decimal(10**9))
        for number, (price, low, high) in enumerate(rows)
    )
    return Sheet(Side.BUY, adverts).book(admitted)


def test_a_single_offer_is_quoted_at_its_own_price() -> None:
    answer = quote(buy_book(("10.60", "10", "9000"), ("10.59", "10", "9000")), Decimal(7000))
    assert answer.best_single is not None
    assert answer.best_split is not None
    assert (answer.best_single.offer_id, answer.best_single.price) == ("1", Decimal("10.59"))
    assert (answer.best_single.fiat, answer.best_single.asset) == (Decimal(7000), Decimal("661.00"))
    assert answer.best_split.legs == (answer.best_single,)
    assert answer.best_split.price == Decimal("10.59")


def test_teasers_that_use_up_the_splits_defeat_greed_and_not_the_quote() -> None:
    book = buy_book(*[("10.00", "5", "10")] * 3, ("10.40", "100", "500"), ("10.50", "100", "600"))
    answer = quote(book, Decimal(1000), 3)
    assert answer.greedy_price is None
    assert answer.best_split is not None
    # One teaser is worth a leg: 10 + 500 + 490.
    assert [leg.fiat for leg in answer.best_split.legs] == [10, 500, 490]


def test_the_greedy_price_stands_beside_the_split_where_greed_succeeds_but_pays_more() -> None:
    book = buy_book(("10.00", "1", "10"), ("11.00", "1", "100"), ("10.10", "95", "100"))
    answer = quote(book, Decimal(100), 2)
    assert answer.greedy_price is None or answer.best_split is None or answer.greedy_price >= answer.best_split.price
    [leg] = quote(book, Decimal(100), 1).best_split.legs  # type: ignore[union-attr]
    assert leg.price == Decimal("10.10")


def test_equal_returns_are_reached_with_the_fewest_legs_and_the_first_offers() -> None:
    book = buy_book(*[("10.00", "1", "60")] * 4, ("10.00", "1", "100"), ("10.00", "1", "100"))
    answer = quote(book, Decimal(100), 5)
    assert answer.best_split is not None
    assert [leg.offer_id for leg in answer.best_split.legs] == ["4"]


def test_what_the_taker_gets_is_rounded_down_leg_by_leg_and_the_price_is_not() -> None:
    answer = quote(buy_book(("3", "1", "5"), ("7", "1", "5")), Decimal(10), 2)
    assert answer.best_split is not None
    assert [leg.asset for leg in answer.best_split.legs] == [Decimal("1.66"), Decimal("0.71")]
    assert answer.best_split.asset == Decimal("2.37")
    assert answer.best_split.price == Decimal("4.2")


@pytest.mark.parametrize(
    ("book", "amount", "reason", "below", "above"),
    [
        (buy_book(), "5", Reason.NO_OFFERS, None, None),
        (buy_book(("10", "1", "5"), admitted=[False]), "5", Reason.NONE_ADMITTED_BY_PROFILE, None, None),
        (buy_book(("10", "6", "5")), "5", Reason.NO_OFFER_CAN_FILL_ITS_MINIMUM, None, None),
        (buy_book(("10", "6", "9"), ("10", "7", "9")), "5", Reason.BELOW_EVERY_MINIMUM, None, "6"),
        (
            buy_book(*[("10", "1", "8")] * 2, ("10", "1", "9")),
            "17.01",
            Reason.ABOVE_TOTAL_CAPACITY,
            "17",
            None,
        ),
        (buy_book(("10", "10", "20"), ("11", "45", "50")), "30", Reason.GAP_BETWEEN_LIMITS, "20", "45"),
        (buy_book(("10", "1", "9")), "5.005", Reason.FINER_THAN_TICK, "5.00", "5.01"),
        (buy_book(("10", "1", "9")), "0.005", Reason.FINER_THAN_TICK, None, "1"),
        (buy_book(("10", "1", "9")), "11.001", Reason.FINER_THAN_TICK, "9", None),
    ],
)
def test_an_amount_that_cannot_be_placed_comes_with_the_reason_and_the_nearest_that_can(
    book: Book, amount: str, reason: Reason, below: str | None, above: str | None
) -> None:
    answer = quote(book, Decimal(amount), 2)
    assert (answer.is_executable, answer.best_split, answer.best_single) == (False, None, None)
    assert answer.reason is reason
    assert answer.explanation
    assert answer.nearest is not None
    assert answer.nearest.below == (None if below is None else Decimal(below))
    assert answer.nearest.above == (None if above is None else Decimal(above))
    for near in filter(None, (answer.nearest.below, answer.nearest.above)):
        assert quote(book, near, 2).is_executable


def test_a_search_that_has_to_end_says_how_much_may_be_lost() -> None:
    stopped = 0
    for seed in range(12):
        rng = random.Random(seed)
        sheet = odd_lots(rng, 14, Side.BUY)
        lots = lots_of(sheet)
        amount = sum(lot.least for lot in rng.sample(lots, 4))
        for most_steps in range(5):
            answer = quote(sheet.book(), Decimal(amount).scaleb(-2), 4, most_steps=most_steps)
            best = by_trying_all(lots, amount, 4)
            assert best is not None
            if answer.best_split is None:
                assert (answer.reason, answer.proven_gap) == (Reason.UNDECIDED_IN_TIME, 1.0)
                stopped += 1
                continue
            lost = 1 - float(returned_by(answer, sheet) / best[0])
            assert lost <= answer.proven_gap + 1e-12
            stopped += answer.proven_gap > 0
    assert stopped > 5


def test_a_hard_search_gives_the_same_answer_every_time_however_busy_the_machine_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book = narrow_ranges(random.Random(7), 300, Side.BUY).book()
    monkeypatch.setattr("time.perf_counter", itertools.count(0.0, 1000.0).__next__)
    answers = [quote(book, Decimal(49_000), 8, most_steps=20) for _ in range(2)]
    assert answers[0] == answers[1]


def test_an_amount_left_undecided_still_gets_amounts_near_it_that_can_be_placed() -> None:
    lots = [("10", f"{lot}.00", f"{lot}.00") for lot in range(100, 900, 2)]
    answer = quote(buy_book(*lots), Decimal("3001.01"), 3, most_steps=3)
    assert not answer.is_executable
    assert answer.nearest is not None
    assert answer.nearest.below is not None
    assert quote(buy_book(*lots), answer.nearest.below, 3).is_executable


def test_ten_splits_over_six_hundred_offers_end_within_the_steps_given() -> None:
    rng = random.Random(5)
    sheet = small_maxima(rng, 600, Side.BUY)
    answer = quote(sheet.book(), Decimal(60_000), 10, most_steps=10_000)
    assert answer.best_split is not None
    assert answer.proven_gap < 1e-3
    returned_by(answer, sheet)


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_an_amount_that_is_not_above_zero_is_a_mistake_of_the_caller(amount: str) -> None:
    with pytest.raises(ValueError, match="it must be above 0"):
        quote(buy_book(("10", "1", "9")), Decimal(amount))


def test_an_amount_too_large_to_count_is_refused_with_its_reason_and_the_most_that_can_be_placed() -> None:
    refused = quote(buy_book(("10", "1", "9")), Decimal(MAX_TICKS))
    assert (refused.is_executable, refused.reason) == (False, Reason.BEYOND_COUNTING)
    assert refused.explanation == f"{MAX_TICKS} is more than this book can count; the most is 2882303761517117.44."
    assert refused.nearest is not None
    assert refused.nearest.below == Decimal(9)


def test_a_wrong_number_of_splits_says_what_is_allowed() -> None:
    with pytest.raises(ValueError, match="it must be from 1 to 16"):
        quote(buy_book(("10", "1", "9")), Decimal(5), 17)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(0, 3),
    st.integers(1, 4),
    st.sampled_from(["", "0.001"]),
)
def test_however_short_the_search_it_says_cannot_be_placed_only_where_every_set_was_tried(
    seed: int, most_steps: int, max_splits: int, finer: str
) -> None:
    rng = random.Random(seed)
    sheet = odd_lots(rng, 12, Side.BUY)
    lots = lots_of(sheet)
    chosen = rng.sample(lots, rng.randint(1, 4))
    ticks = sum(lot.least for lot in chosen) + rng.choice((0, 0, 1))
    amount = Decimal(ticks).scaleb(-2) + Decimal(finer or 0)
    answer = quote(sheet.book(), amount, max_splits, most_steps=most_steps)
    best = None if finer else by_trying_all(lots, ticks, max_splits)
    words = refusal_words(f"{amount} RUB", answer.reason, answer.explanation)
    if answer.best_split is None:
        assert answer.is_undecided == (not answer.is_proven)
        assert ("can't be placed" in words) == answer.is_proven
        if answer.is_proven:
            assert best is None
        else:
            assert answer.would_more_steps_help
        assert answer.nearest is not None
        if answer.nearest.is_proven:
            # The nearest amounts of a search without an end.
            whole = quote(sheet.book(), amount, max_splits, most_steps=100_000)
            assert whole.nearest == answer.nearest
        else:
            assert answer.would_more_steps_help
    placed = place_up_to(sheet.book(), amount, partial(quote, max_splits=max_splits, most_steps=most_steps))
    if placed.reason not in (None, Reason.UNDECIDED_IN_TIME):
        whole_part = place_up_to(sheet.book(), amount, partial(quote, max_splits=max_splits, most_steps=100_000))
        assert (placed.reason, placed.left_over) == (whole_part.reason, whole_part.left_over)


def test_an_amount_that_a_longer_search_places_is_not_said_to_be_impossible_before() -> None:
    lots = [("10", f"{lot}.00", f"{lot}.00") for lot in range(100, 900, 2)]
    short, longer = (quote(buy_book(*lots), Decimal("1206.00"), 2, most_steps=steps) for steps in (0, 10_000))
    assert short.is_executable or short.is_undecided
    assert longer.is_executable
