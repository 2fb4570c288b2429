from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing import meeting, split
from p2p_pipeline.p2p.metrics.pricing import search_row as row
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline.p2p.metrics.pricing.refusal import Reason
from p2p_pipeline_tests.effort import only_long, this_many
from p2p_pipeline_tests.p2p.metrics.pricing.random_books import KINDS, Advert, Sheet, amounts_for
from p2p_pipeline_tests.p2p.metrics.pricing.reference import (
    by_integer_programme,
    by_trying_all,
    lots_of,
    nearest_by_trying_all,
    returned_by,
)

PLENTY_OF_STEPS = 300_000


@st.composite
def small_sheets(draw: st.DrawFn) -> Sheet:
    """Up to 8 offers with small whole limits, so that ties, gaps and exact sums are common."""
    side = draw(st.sampled_from(Side))
    prices = st.sampled_from([100, 101, 102, 103]) if draw(st.booleans()) else st.integers(90, 130)
    widths = st.sampled_from([0, 0, 1, 3, 20, -2]) if draw(st.booleans()) else st.just(0)
    adverts = []
    for number in range(draw(st.integers(1, 8))):
        price, least = Decimal(draw(prices)) / 100, draw(st.integers(1, 25))
        most, unit = least + draw(widths), Decimal(1) if side is Side.BUY else price
        adverts.append(Advert(f"{number}", price, least * unit, most * unit, Decimal(1000)))
    scales = (0, 8) if side is Side.BUY else (2, 0)
    return Sheet(side, tuple(adverts), *scales)


@settings(max_examples=this_many(150, 3_000), deadline=None)
@given(sheet=small_sheets(), amount=st.integers(1, 70), max_splits=st.integers(1, 4))
def test_the_quote_is_what_trying_every_set_finds(sheet: Sheet, amount: int, max_splits: int) -> None:
    lots = lots_of(sheet)
    expected = by_trying_all(lots, amount, max_splits)

    answer = quote(sheet.book(), Decimal(amount), max_splits, most_steps=PLENTY_OF_STEPS)

    assert answer.is_executable == (expected is not None)
    if expected is None:
        assert answer.nearest is not None
        assert answer.nearest.is_proven
        found = (answer.nearest.below, answer.nearest.above)
        assert found == nearest_by_trying_all(lots, amount, max_splits)
    else:
        assert answer.best_split is not None
        assert returned_by(answer, sheet) == expected[0]
        assert len(answer.best_split.legs) == expected[1]
        assert answer.proven_gap == 0.0


def _compare_with_integer_programme(sheet: Sheet, amount: Decimal, max_splits: int) -> bool:
    """Whether both found a split; fails when the other solver's is better."""
    book = sheet.book()
    answer = quote(book, amount, max_splits, most_steps=PLENTY_OF_STEPS)
    ticks = int(amount.scaleb(book.tick_scale))
    programme = by_integer_programme(lots_of(sheet), ticks, max_splits)
    if not answer.is_executable:
        # The solver may place an amount by its tolerance; its set, valued exactly, then can't hold it.
        assert programme is None or programme.value is None
        return False
    returned = returned_by(answer, sheet)
    assert programme is not None
    assert float(returned) <= programme.bound * (1 + 1e-6)
    assert programme.value is None or returned >= programme.value * (1 - Fraction(1, 10**12))
    assert answer.proven_gap == 0.0
    return True


def _random_cases(cases: int, seed: int) -> int:
    placed = 0
    for case in range(cases):
        rng = random.Random(seed * 1_000_003 + case)
        kind = rng.choice(list(KINDS))
        sheet = KINDS[kind](rng, rng.randint(1, 60), rng.choice(list(Side)))
        max_splits = rng.randint(1, 5)
        [amount] = amounts_for(rng, sheet, sheet.book(), 1, max_splits)
        try:
            placed += _compare_with_integer_programme(sheet, amount, max_splits)
        except AssertionError as failure:
            raise AssertionError(
                f"case {case} of seed {seed}: {kind}, {sheet.side}, {amount}, {max_splits}"
            ) from failure
    return placed


def test_an_independent_solver_finds_no_better_split_of_150_random_books() -> None:
    assert _random_cases(150, seed=1) > 75


@pytest.mark.long
@pytest.mark.timeout(3600)
@only_long
def test_an_independent_solver_finds_no_better_split_of_5000_random_books() -> None:
    assert _random_cases(5000, seed=2) > 2500


@pytest.mark.parametrize("kind", KINDS)
def test_promises_that_hold_for_every_book_and_amount(kind: str) -> None:
    for seed in range(4):
        rng = random.Random(seed)
        side = rng.choice(list(Side))
        sheet = KINDS[kind](rng, 40, side)
        book = sheet.book()
        better = 1 if side is Side.SELL else -1
        for amount in amounts_for(rng, sheet, book, 4, 3):
            quotes = [quote(book, amount, k, most_steps=PLENTY_OF_STEPS) for k in range(1, 5)]
            for fewer, more in pairwise(quotes):
                assert more.is_executable or not fewer.is_executable
                if fewer.best_split and more.best_split:
                    assert better * more.best_split.price >= better * fewer.best_split.price
            for answer in quotes:
                if answer.best_split is None:
                    assert answer.best_single is None
                    assert answer.greedy_price is None
                    continue
                returned_by(answer, sheet)
                if answer.best_single is not None:
                    assert better * answer.best_split.price >= better * answer.best_single.price
                if answer.greedy_price is not None:
                    assert better * answer.best_split.price >= better * answer.greedy_price


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_unit_of_the_offers_do_not_change_the_answer(kind: str) -> None:
    for seed in range(4):
        rng = random.Random(seed)
        sheet = KINDS[kind](rng, 40, Side.BUY)
        shuffled = sheet.with_adverts(rng.sample(sheet.adverts, len(sheet.adverts)))
        # On BUY the asset's tick sets a least amount too, so it grows along.
        tenfold = Sheet(
            Side.BUY,
            tuple(
                Advert(a.offer_id, a.price, a.min_fiat * 10, a.max_fiat * 10, a.available_asset * 10)
                for a in sheet.adverts
            ),
            sheet.fiat_scale - 1,
            sheet.asset_scale - 1,
        )
        for amount in amounts_for(rng, sheet, sheet.book(), 4, 3):
            answer = quote(sheet.book(), amount, most_steps=PLENTY_OF_STEPS)
            assert quote(shuffled.book(), amount, most_steps=PLENTY_OF_STEPS) == answer
            if sheet.fiat_scale and answer.best_split is not None:
                scaled = quote(tenfold.book(), amount * 10, most_steps=PLENTY_OF_STEPS)
                assert scaled.best_split is not None
                assert scaled.best_split.price == answer.best_split.price


@pytest.mark.parametrize("kind", KINDS)
def test_a_wider_profile_or_one_more_offer_never_makes_it_worse(kind: str) -> None:
    for seed in range(4):
        rng = random.Random(seed)
        side = rng.choice(list(Side))
        sheet = KINDS[kind](rng, 40, side)
        admitted = [rng.random() < 0.7 for _ in sheet.adverts]
        better = 1 if side is Side.SELL else -1
        for amount in amounts_for(rng, sheet, sheet.book(), 4, 3):
            strict = quote(sheet.book(admitted), amount, most_steps=PLENTY_OF_STEPS)
            wide = quote(sheet.book(), amount, most_steps=PLENTY_OF_STEPS)
            if strict.best_split is not None:
                assert wide.best_split is not None
                assert better * wide.best_split.price >= better * strict.best_split.price
                # The mask and the shorter list are the same book.
                kept = [a for a, is_in in zip(sheet.adverts, admitted, strict=True) if is_in]
                listed = quote(sheet.with_adverts(kept).book(), amount, most_steps=PLENTY_OF_STEPS)
                assert listed.best_split == strict.best_split


@pytest.mark.parametrize(("window", "nodes", "long_row"), [(1, 3, 10**9), (3, 1, 0), (5, 20, 2), (10**9, 10**9, 10**9)])
def test_the_answer_does_not_depend_on_how_the_search_is_cut(
    window: int, nodes: int, long_row: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = []
    for seed, make in product(range(3), KINDS.values()):
        rng = random.Random(seed)
        sheet = make(rng, 70, rng.choice(list(Side)))
        book = sheet.book()
        cases += [(sheet, book, amount, 4) for amount in amounts_for(rng, sheet, book, 3, 4)]
    expected = [quote(book, amount, k, most_steps=PLENTY_OF_STEPS) for _, book, amount, k in cases]
    monkeypatch.setattr(split, "WINDOW", window)
    monkeypatch.setattr(split, "NODES_IN_WINDOW", nodes)
    monkeypatch.setattr(split, "NODES_BEFORE_NEW_LEVEL", nodes)
    monkeypatch.setattr(row, "LONG_ROW", long_row)
    monkeypatch.setattr(meeting, "FIRST_WINDOW", window)
    monkeypatch.setattr(meeting, "MOST_MEETINGS", 100 * nodes)
    monkeypatch.setattr(meeting, "HALVES_AT_ONCE", 10 * nodes)
    monkeypatch.setattr(meeting, "MAP_CELLS", 7 * nodes)
    for (sheet, book, amount, k), usual in zip(cases, expected, strict=True):
        cut = quote(book, amount, k, most_steps=PLENTY_OF_STEPS)
        assert cut.is_executable == usual.is_executable
        if cut.is_executable:
            assert abs(returned_by(cut, sheet) / returned_by(usual, sheet) - 1) < Fraction(1, 10**12)


@settings(max_examples=this_many(90, 2_000), deadline=None)
@given(sheet=small_sheets(), amount=st.integers(1, 70), legs=st.integers(1, 6), window=st.integers(1, 9))
def test_sums_that_meet_in_the_middle_find_what_trying_every_set_finds(
    sheet: Sheet, amount: int, legs: int, window: int
) -> None:
    lots = lots_of(sheet)
    expected = by_trying_all(lots, amount, legs)
    book = sheet.book()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(meeting, "FIRST_WINDOW", window)
        patched.setattr(split, "NODES_BEFORE_NEW_LEVEL", 0)
        # Nothing but the sums may find it: a search that had to go on from them would show.
        patched.setattr(split._Search, "_branch", lambda *_: pytest.fail("the sums did not suffice"))
        answer = quote(book, Decimal(amount), legs, most_steps=PLENTY_OF_STEPS)
    assert answer.is_executable == (expected is not None)
    if expected is not None:
        assert answer.best_split is not None
        assert (returned_by(answer, sheet), len(answer.best_split.legs)) == expected
        assert answer.proven_gap == 0.0


def test_odd_lots_are_decided_and_the_split_is_the_best_within_the_usual_steps() -> None:
    for seed, legs in product(range(3), (3, 4, 5)):
        rng = random.Random(seed)
        sheet = KINDS["odd_lots"](rng, 600, rng.choice(list(Side)))
        book = sheet.book()
        for amount in amounts_for(rng, sheet, book, 4, legs):
            answer = quote(book, amount, legs, with_nearest=False)
            assert answer.reason is not Reason.UNDECIDED_IN_TIME
            assert answer.proven_gap == 0.0
            assert answer.best_split is None or returned_by(answer, sheet) > 0
