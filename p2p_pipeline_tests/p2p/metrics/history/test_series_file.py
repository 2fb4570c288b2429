"""A file of prices: good lines are taken whole, each bad one is told by its number, none costs another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.metrics.history.series_file import CELLS, SeriesFile, SeriesFileError, read_series_file
from p2p_pipeline.p2p.metrics.history.settling import Settled, as_stored, settle

NOW = datetime(2025, 1, 1, tzinfo=UTC)
HEADER = "observed_at,side,vwap,low\n"
GOOD = ["2024-08-06T00:41Z,BUY,12.98,12.5\n", "2024-08-06T01:10Z,BUY,12.99,\n", "2024-08-06T00:41Z,SELL,11,10\n"]


def read(*lines: str, header: str = HEADER) -> SeriesFile:
    return read_series_file([header, *lines], NOW)


def settled(*lines: str, stored: Settled | None = None) -> Settled:
    there = CELLS.empty_table() if stored is None else as_stored(stored.cells)
    return settle(read(*lines).cells, there)


def cells_of(found: Settled) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = found.cells.drop_columns(["line"]).to_pylist()
    return rows


def test_every_filled_cell_is_a_price_and_an_empty_one_is_none() -> None:
    found = read(*GOOD)
    assert (found.lines, found.measures, found.refused) == (3, ("vwap", "low"), ())
    assert [(row["side"], row["measure"], row["value"], row["line"]) for row in found.cells.to_pylist()] == [
        ("BUY", "vwap", Decimal("12.98"), 2),
        ("BUY", "vwap", Decimal("12.99"), 3),
        ("SELL", "vwap", Decimal(11), 4),
        ("BUY", "low", Decimal("12.5"), 2),
        ("SELL", "low", Decimal(10), 4),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",BUY,13,12", "no_time"),
        ("yesterday,BUY,13,12", "unreadable_time"),
        ("2024-02-30T10:00Z,BUY,13,12", "unreadable_time"),
        ("2024,BUY,13,12", "unreadable_time"),
        ("1722904860,BUY,13,12", "unreadable_time"),
        ("2034-08-06T00:00Z,BUY,13,12", "impossible_time"),
        ("1970-01-01T00:00Z,BUY,13,12", "impossible_time"),
        ("2024-08-07T00:00Z,ASK,13,12", "unknown_side"),
        ("2024-08-07T00:00Z,,13,12", "unknown_side"),
        ("2024-08-07T00:00Z,BUY,0,12", "price_not_above_zero"),
        ("2024-08-07T00:00Z,BUY,0.0,12", "price_not_above_zero"),
        ("2024-08-07T00:00Z,BUY,13,-12", "price_not_above_zero"),
        ("2024-08-07T00:00Z,BUY,nan,12", "unreadable_price"),
        ("2024-08-07T00:00Z,BUY,inf,12", "unreadable_price"),
        ("2024-08-07T00:00Z,BUY,about 13,12", "unreadable_price"),
        ("2024-08-07T00:00Z,BUY,1e40,12", "absurd_price"),
        ("2024-08-07T00:00Z,BUY,123456789012345678,12", "absurd_price"),
        ("2024-08-07T00:00Z,BUY,0.0000000000001,12", "absurd_price"),
        ("2024-08-07T00:00Z,BUY,,", "no_price"),
        ("2024-08-07T00:00Z,BUY,13", "wrong_number_of_columns"),
        ("2024-08-07T00:00Z,BUY,13,12,11", "wrong_number_of_columns"),
        ("\x00\ufffd\x07", "wrong_number_of_columns"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_costs_no_good_one(line: str, reason: str) -> None:
    found = read(GOOD[0], line + "\n", *GOOD[1:])
    assert [(entry.line, entry.reason) for entry in found.refused] == [(3, reason)]
    assert found.cells.drop_columns(["line"]).equals(read(*GOOD).cells.drop_columns(["line"]))


def test_times_in_any_iso_form_and_zone_are_utc_and_prices_in_any_form_are_exact() -> None:
    forms = ["2024-08-06T03:41:00+03:00", "2024-08-06 00:41", "2024-08-06T00:41:00.000000Z", "2024-08-05T20:41-04:00"]
    numbers = ["1.3e1", "13.0000000000004", "+13", "013"]
    found = read(*(f'"{form}"; buy ;{number};\n' for form, number in zip(forms, numbers, strict=True)),
                 header="observed_at;Side;vwap;low\r\n")  # fmt: skip
    assert not found.refused
    assert set(found.cells["moment"].to_pylist()) == {int(datetime(2024, 8, 6, 0, 41, tzinfo=UTC).timestamp()) * 10**6}
    assert set(found.cells["value"].to_pylist()) == {Decimal(13)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("time,side,vwap\n2024-08-06T00:41Z,BUY,13\n", "observed_at is missing"),
        ("one line of prose\n", "observed_at and side are missing"),
        ("\x89PNG\r\n\x1a\n\x00\x00", "no CSV"),
        ("observed_at,side\n2024-08-06T00:41Z,BUY\n", "no column of prices"),
        ("observed_at,side,vwap\n", "no line of data"),
        ("observed_at,side,vwap,vwap\n", "twice"),
        ("observed_at,side,executable\n", "recorded_executable"),
        ("observed_at,side,spread\n", "computes itself"),
        ("observed_at,side,The Price\n", "the column name was 'the price'"),
    ],
)
def test_a_file_that_can_not_be_used_as_a_whole_says_so_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(SeriesFileError, match=said) as found:
        read_series_file(text.splitlines(keepends=True), NOW)
    assert "\n" not in str(found.value)


def test_repeated_lines_count_once_and_lines_that_contradict_each_other_are_all_refused() -> None:
    found = settled(*GOOD, GOOD[0], "2024-08-06T01:10Z,BUY,14,\n")
    assert found.duplicates == 1
    assert [(entry.line, entry.reason) for entry in found.refused] == [
        (3, "contradicting_lines"),
        (6, "contradicting_lines"),
    ]
    assert found.cells.num_rows == 4


def test_a_line_that_fills_in_what_another_left_empty_is_no_contradiction() -> None:
    found = settled(*GOOD, "2024-08-06T01:10Z,BUY,,12.1\n")
    assert (found.refused, found.duplicates, found.added) == ((), 0, 6)


def test_what_was_there_first_stays_and_a_later_file_that_contradicts_it_is_told() -> None:
    first = settled(*GOOD)
    second = settled("2024-08-06T00:41Z,BUY,13.5,12.5\n", "2024-08-06T02:00Z,BUY,13,\n", stored=first)
    assert [(entry.line, entry.reason) for entry in second.refused] == [(2, "contradicts_earlier_file")]
    assert (second.added, second.already_there) == (1, 0)
    assert cells_of(second)[: len(cells_of(first))] != []
    assert all(cell in cells_of(second) for cell in cells_of(first))


def series(count: int, price: float = 12.0) -> list[str]:
    start = datetime(2024, 8, 6, tzinfo=UTC)
    return [
        f"{start + timedelta(minutes=30 * n):%Y-%m-%dT%H:%MZ},BUY,{price + n % 5 / 10:.1f},\n" for n in range(count)
    ]


@pytest.mark.parametrize("place", [0, 30, 99])
@pytest.mark.parametrize("factor", [10, 0.1, 1000])
def test_a_price_whose_point_slipped_is_refused_wherever_it_stands(place: int, factor: float) -> None:
    lines = series(100)
    time, side, price, _ = lines[place].split(",")
    lines[place] = f"{time},{side},{float(price) * factor:.4f},\n"
    found = settled(*lines)
    assert [(entry.line, entry.reason) for entry in found.refused] == [(place + 2, "absurd_price")]
    assert found.added == 99


def test_a_new_level_for_good_is_no_absurd_price() -> None:
    days = series(200)
    lines = [*days[:100], *(line.replace(",1", ",1000").replace("10002", "12002") for line in days[100:])]
    assert settled(*lines).refused == ()


@given(st.integers(2, 60).flatmap(lambda n: st.permutations(range(n))), st.integers(1, 3))
@settings(max_examples=12, deadline=None)
def test_a_shuffled_and_doubled_file_gives_what_the_clean_one_gives(order: list[int], times: int) -> None:
    clean = [line for n, line in enumerate(series(len(order))) if n % 7]
    shuffled = [clean[place] for place in order if place < len(clean)] * times
    found = settled(*shuffled)
    assert cells_of(found) == cells_of(settled(*clean))
    assert found.duplicates == (times - 1) * len(clean)
    late = sum(any(before > line for before in shuffled[:n]) for n, line in enumerate(shuffled))
    assert found.reordered == late


@given(st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_whatever_stands_below_the_header_gives_good_cells_or_reasons_never_an_error(text: str) -> None:
    lines = text.splitlines(keepends=True)
    if not any(line.strip() for line in lines):
        return
    found = read_series_file([HEADER, *GOOD, *lines], NOW)
    assert found.cells.num_rows >= 5
    assert all(entry.line > 4 for entry in found.refused)
