"""How a file writes its numbers is told by its columns, never guessed; what is written otherwise is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.history.series_file import SeriesFile, read_series_file

NOW = datetime(2025, 1, 1, tzinfo=UTC)


def read(*prices: str, delimiter: str = ";", header: str = "median") -> SeriesFile:
    lines = [f"2024-10-25T12:{n:02}Z{delimiter}BUY{delimiter}{price}\n" for n, price in enumerate(prices)]
    return read_series_file([f"observed_at{delimiter}side{delimiter}{header}\n", *lines], NOW)


def values(found: SeriesFile) -> list[str]:
    return [f"{value.normalize():f}" for value in found.cells["value"].to_pylist()]


@pytest.mark.parametrize(
    ("prices", "expected", "refused"),
    [
        (["4.123,50", "4.124", "4.122,75"], ["4123.5", "4124", "4122.75"], []),
        (["6,96", "7", "7,1234"], ["6.96", "7", "7.1234"], []),
        (["0,123", "0,124"], ["0.123", "0.124"], []),
        (["1,234.50", "1,235", "1236.5"], ["1234.5", "1235", "1236.5"], []),
        (["1,234,567", "1,235,000"], ["1234567", "1235000"], []),
        (["6.96", "6,97", "6.98"], ["6.96", "6.98"], [3]),
        (["6,96", "6.97", "6,98"], ["6.96", "6.98"], [3]),
        (["1,234", "1,235"], [], [2, 3]),
        (["1.234", "1.235"], ["1.234", "1.235"], []),
        (["1,5", "1.5"], ["1.5"], [2]),
        (["12,34,567", "1234.5"], ["1234.5"], [2]),
    ],
)
def test_a_column_decides_what_its_marks_mean(prices: list[str], expected: list[str], refused: list[int]) -> None:
    found = read(*prices)
    assert values(found) == expected
    assert [(entry.line, entry.reason) for entry in found.refused] == [(line, "unreadable_price") for line in refused]


def test_a_column_that_tells_nothing_follows_the_others_of_its_file() -> None:
    found = read("4.123,50;4.124", "4.122,75;4.125", header="median;low")
    assert sorted(values(found)) == ["4122.75", "4123.5", "4124", "4125"]


def test_quotes_hold_a_cell_together_and_one_that_is_never_closed_costs_its_own_line() -> None:
    lines = ('"1,234.50","1,235.00"', '"1,230.00,1,236.00', '"1,231.00", "1,237.00"')
    found = read(*lines, delimiter=",", header="low,median")
    assert sorted(values(found)) == ["1231", "1234.5", "1235", "1237"]
    assert [(entry.line, entry.reason) for entry in found.refused] == [(3, "wrong_number_of_columns")]


@given(st.lists(st.decimals("0.01", "9999999", places=2), min_size=1, max_size=20))
def test_prices_are_the_same_in_every_notation(prices: list[Decimal]) -> None:
    point = [f"{price:,.2f}" for price in prices]
    comma = [text.replace(",", "_").replace(".", ",").replace("_", ".") for text in point]
    plain = [f"{price:.2f}" for price in prices]
    assert (
        values(read(*point)) == values(read(*comma)) == values(read(*plain)) == [f"{p.normalize():f}" for p in prices]
    )
