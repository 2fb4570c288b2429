"""Every recorded book against the integer programme; the fields are read here, without the adapters."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.execution import quote
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.p2p.metrics.pricing.random_books import Sheet
from p2p_pipeline_tests.p2p.metrics.pricing.recorded_books import RECORDING, recorded_sheets
from p2p_pipeline_tests.p2p.metrics.pricing.reference import by_integer_programme, lots_of, returned_by

AMOUNTS_BOB = (60, 150, 500, 2_000, 7_000, 20_000, 60_000, 200_000)

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not RECORDING.exists(), reason=f"{RECORDING.parent} is missing"),
]


def _compare(sheets: tuple[Sheet, ...], amounts: tuple[int, ...], splits: tuple[int, ...]) -> int:
    placed = 0
    for sheet in sheets:
        book, lots = sheet.book(), lots_of(sheet)
        for amount_bob in amounts:
            amount = Decimal(amount_bob) if sheet.side is Side.BUY else round(Decimal(amount_bob) / Decimal("10.5"), 2)
            for max_splits in splits:
                answer = quote(book, amount, max_splits, most_steps=300_000)
                programme = by_integer_programme(lots, int(amount * 100), max_splits)
                assert answer.proven_gap == 0.0
                if not answer.is_executable:
                    assert programme is None or programme.value is None
                    continue
                placed += 1
                returned = returned_by(answer, sheet)
                assert programme is not None
                assert float(returned) <= programme.bound * (1 + 1e-6)
                assert programme.value is None or returned >= programme.value * (1 - Fraction(1, 10**12))
    return placed


def test_a_sample_of_recorded_books_is_priced_as_the_independent_solver_does() -> None:
    assert _compare(recorded_sheets()[::27], (150, 7_000, 60_000), (1, 3, 5)) > 30


@pytest.mark.long
@pytest.mark.timeout(7200)
@only_long
def test_all_recorded_books_are_priced_as_the_independent_solver_does() -> None:
    sheets = recorded_sheets()
    assert len(sheets) == 134
    assert _compare(sheets, AMOUNTS_BOB, (1, 2, 3, 4, 5)) > 4000


def test_greed_fails_to_place_most_amounts_that_three_recorded_offers_can_fill() -> None:
    placed = failed = 0
    for sheet in recorded_sheets()[::7]:
        book = sheet.book()
        for amount in (500, 2_000, 7_000) if sheet.side is Side.BUY else (50, 200, 700):
            answer = quote(book, Decimal(amount), 3)
            placed += answer.is_executable
            failed += answer.is_executable and answer.greedy_price is None
    assert failed > placed / 3
