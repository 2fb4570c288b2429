"""The text of a price series recorded elsewhere as cells that can be trusted, and a reason for every line that can't.

A line is trusted whole or not at all: a recorder that wrote a price of 0 in one column was wrong about that moment.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.table import MONEY
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.history.notation import Notation, as_plain, notations
from p2p_pipeline.p2p.metrics.history.schema import ASSET_NEAR_BEST, OF_AN_AMOUNT, OFFERS

TIME_COLUMN, SIDE_COLUMN = "observed_at", "side"
TAKEN = (*OF_AN_AMOUNT, OFFERS, ASSET_NEAR_BEST)
"""Measures that a column of prices can't be: they are of an amount under a profile, or are no prices."""
EARLIEST = datetime(2009, 1, 3, tzinfo=UTC)
"""The first block of Bitcoin: no price is older."""
HIGHEST_PRICE = Decimal(10) ** 15
CELLS = pa.schema(
    [
        ("line", pa.int64()),
        ("moment", pa.int64()),  # microseconds since 1970 UTC
        ("side", pa.string()),
        ("measure", pa.string()),
        ("value", MONEY),
    ]
)
"""One price of one line."""

_BATCH_LINES = 100_000
_MEASURE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TIME = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}"
_PLAIN_NUMBER = r"^\d{1,18}(\.\d{1,12})?$"
_SMALLEST = Decimal(1).scaleb(-12)
_HIGHEST_ARROW = pa.scalar(HIGHEST_PRICE, MONEY)


class SeriesFileError(ClearError):
    """The file as a whole can't be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that can't be trusted."""

    line: int
    """Its number in the file, from 1."""
    reason: str
    """A short stable code."""
    detail: str
    """A sentence for a person."""


@dataclass(frozen=True, slots=True, eq=False)
class SeriesFile:
    """What a file says."""

    measures: tuple[str, ...]
    """The names of its price columns."""
    lines: int
    """Lines of data, empty ones not counted."""
    cells: pa.Table
    """The prices of the good lines, as CELLS."""
    refused: tuple[Refused, ...]


def read_series_file(lines: Iterable[str], now: datetime) -> SeriesFile:
    """Read a CSV with the columns `observed_at`, `side` and prices of any name; comma, semicolon or tab between them.

    Cells may be quoted. An empty cell is no price. `1,234.50` and `1.234,50` are read as their column writes numbers
    (notation.py). Times are ISO 8601, without a zone UTC; one more than a day after `now` is refused, as
    one before 2009 is. Prices are rounded to 12 decimal places. Raises SeriesFileError when nothing in the file can
    be read: no text, no such columns, no lines.
    """
    numbered = enumerate(lines, start=1)
    header_line, delimiter, names = _header(numbered)
    measures = tuple(name for name in names if name not in (TIME_COLUMN, SIDE_COLUMN))
    batches: list[_Batch] = []
    found, refused, count = [], [], 0
    data = ((number, text) for number, text in numbered if text.strip())
    while batch := list(islice(data, _BATCH_LINES)):
        count += len(batch)
        rows = [(number, _cells(text, delimiter)) for number, text in batch]
        fitting = [row for row in rows if len(row[1]) == len(names)]
        refused += [_misfit(number, len(cells), len(names)) for number, cells in rows if len(cells) != len(names)]
        if fitting:
            batches.append(_Batch.of(fitting, names))
    # All cells of a column say together how it writes numbers.
    written = dict(zip(measures, notations([[each.texts[name] for each in batches] for name in measures]), strict=True))
    for each in batches:
        cells, bad = _batch(each, written, now)
        found.append(cells)
        refused += bad
    if not count:
        raise SeriesFileError(
            "the file has a header in line {header_line} and no line of data: nothing to import",
            header_line=header_line,
        )
    cells = pa.concat_tables([CELLS.empty_table(), *found]).combine_chunks()
    return SeriesFile(measures, count, cells, tuple(sorted(refused, key=lambda entry: entry.line)))


def _cells(text: str, delimiter: str) -> list[str]:
    """A line's cells. Each line by itself: a quote that is never closed costs its own line, not all that follow."""
    cells = text.split(delimiter)
    if '"' in text:
        try:
            cells = next(csv.reader([text.strip()], delimiter=delimiter, skipinitialspace=True, strict=True))
        except csv.Error:
            return []
    return [cell.strip(" \t\r\n\"'") for cell in cells]


def _header(numbered: Iterator[tuple[int, str]]) -> tuple[int, str, list[str]]:
    number, text = next(((number, text) for number, text in numbered if text.strip()), (0, ""))
    if not number:
        raise SeriesFileError("the file is empty: it needs a header such as observed_at,side,vwap and lines of data")
    delimiter = max(",;\t", key=text.count)
    names = [name.lower() for name in _cells(text, delimiter)]
    missing = [name for name in (TIME_COLUMN, SIDE_COLUMN) if name not in names]
    if missing:
        shown = text.strip()[:80] if text.isprintable() or text.strip().isprintable() else "no readable text"
        raise SeriesFileError(
            "the file is no CSV with the columns observed_at, side and prices: {missing} {value} missing in its "
            "first line ({shown})",
            missing=" and ".join(missing),
            value="is" if len(missing) == 1 else "are",
            shown=shown,
        )
    _check_measures([name for name in names if name not in (TIME_COLUMN, SIDE_COLUMN)])
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise SeriesFileError("the column {double!r} is there twice; keep one of the two", double=double)
    return number, delimiter, names


def _check_measures(names: list[str]) -> None:
    if not names:
        raise SeriesFileError("the file has no column of prices: give each a name of its own, such as vwap")
    for name in names:
        if _MEASURE_NAME.fullmatch(name) is None:
            raise SeriesFileError(
                "the column name was {name!r}; a price column's is of small letters, digits and _, at most 64",
                name=name,
            )
        if name in TAKEN:
            raise SeriesFileError(
                "the column {name!r} has the name of a measure that p2p computes itself from whole books; rename it, "
                "for example to recorded_{name}",
                name=name,
            )


def _misfit(number: int, found: int, wanted: int) -> Refused:
    return Refused(number, "wrong_number_of_columns", f"{found} columns where the header has {wanted}")


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Some lines, as the texts of their columns."""

    lines: NDArray[np.int64]
    texts: dict[str, pa.Array]

    @classmethod
    def of(cls, rows: list[tuple[int, list[str]]], names: list[str]) -> _Batch:
        columns = zip(*(cells for _, cells in rows), strict=True)
        lines = np.array([number for number, _ in rows], dtype=np.int64)
        return cls(lines, {name: pa.array(column) for name, column in zip(names, columns, strict=True)})


def _batch(batch: _Batch, written: dict[str, Notation], now: datetime) -> tuple[pa.Table, list[Refused]]:
    lines, texts = batch.lines, batch.texts
    reasons: dict[int, Refused] = {}
    moments = _moments(lines, texts[TIME_COLUMN], now, reasons)
    sides = compute.utf8_upper(texts[SIDE_COLUMN])
    for place in np.flatnonzero(~np.isin(sides.to_numpy(zero_copy_only=False), [str(side) for side in Side])):
        said = texts[SIDE_COLUMN][int(place)].as_py()
        _refuse(reasons, lines[place], "unknown_side", f"the side was {said!r}; it is BUY or SELL")
    prices = {name: _prices(lines, texts[name], name, notation, reasons) for name, notation in written.items()}
    has_price = np.zeros(len(lines), dtype=bool)
    for values in prices.values():
        has_price |= values.is_valid().to_numpy(zero_copy_only=False)
    for line in lines[~has_price]:
        _refuse(reasons, line, "no_price", "no column has a price")
    good = ~np.isin(lines, list(reasons))
    tables = []
    for name, values in prices.items():
        chosen = pa.array(good & values.is_valid().to_numpy(zero_copy_only=False))
        named = pa.array([name] * compute.sum(chosen).as_py() if len(chosen) else [], pa.string())
        picked = [pa.array(lines).filter(chosen), pa.array(moments).filter(chosen), sides.filter(chosen)]
        tables.append(pa.table([*picked, named, values.filter(chosen)], schema=CELLS))
    return pa.concat_tables(tables), list(reasons.values())


def _refuse(reasons: dict[int, Refused], line: np.int64, reason: str, detail: str) -> None:
    """The first reason counts."""
    reasons.setdefault(int(line), Refused(int(line), reason, detail))


def _moments(
    lines: NDArray[np.int64], texts: pa.Array, now: datetime, reasons: dict[int, Refused]
) -> NDArray[np.int64]:
    """Microseconds since 1970; what can't be read is refused."""
    # pandas alone would take `2024` and `2024-08` for times.
    whole = compute.if_else(compute.match_substring_regex(texts, _TIME), texts, None)
    read = pd.to_datetime(pd.Series(whole.to_pylist(), dtype="str"), format="ISO8601", utc=True, errors="coerce")
    moments = read.astype("datetime64[us, UTC]")
    is_read = moments.notna().to_numpy()
    is_possible = (moments.between(EARLIEST, now + timedelta(days=1))).to_numpy()
    for place in np.flatnonzero(~is_possible):
        said = texts[int(place)].as_py()
        if not said:
            _refuse(reasons, lines[place], "no_time", "there is no time")
        elif not is_read[place]:
            _refuse(reasons, lines[place], "unreadable_time", f"the time was {said[:40]!r}; write 2024-10-25T12:00Z")
        else:
            _refuse(reasons, lines[place], "impossible_time", f"the time was {said[:40]!r}: before 2009 or yet to come")
    return np.asarray(moments.dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64))


def _prices(
    lines: NDArray[np.int64], texts: pa.Array, name: str, notation: Notation, reasons: dict[int, Refused]
) -> pa.Array:
    """One column's prices, empty where the cell is or where the line is refused for it."""
    written = texts
    texts, misfits = as_plain(written, notation)
    for place in np.flatnonzero(misfits):
        said = written[int(place)].as_py()
        why = (
            "its column writes numbers otherwise"
            if notation is not Notation.UNTOLD
            else "nothing tells how it is meant"
        )
        _refuse(reasons, lines[place], "unreadable_price", f"{name} was {said[:40]!r}: {why}")
    is_plain = compute.match_substring_regex(texts, _PLAIN_NUMBER)
    values = compute.if_else(is_plain, texts, None).cast(MONEY)
    is_price = compute.and_(compute.greater(values, pa.scalar(0, MONEY)), compute.less_equal(values, _HIGHEST_ARROW))
    is_left = compute.and_(compute.invert(compute.fill_null(is_price, False)), compute.not_equal(texts, ""))
    others = np.flatnonzero(is_left.to_numpy(zero_copy_only=False))
    if not len(others):
        return values
    found = values.to_pylist()
    for place in others:
        said = texts[int(place)].as_py()
        price, reason, what = _price(said)
        found[place] = price
        if reason:
            _refuse(reasons, lines[place], reason, f"{name} was {said[:40]!r}, {what}")
    return pa.array(found, MONEY)


def _price(text: str) -> tuple[Decimal | None, str, str]:
    """A number that is written in an unusual way, or why it is none."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None, "unreadable_price", "which is no number"
    if not value.is_finite():
        return None, "unreadable_price", "which is no number"
    if value <= 0:
        return None, "price_not_above_zero", "and a price is above 0"
    if value > HIGHEST_PRICE or value < _SMALLEST:
        return None, "absurd_price", "which no price is"
    return value.quantize(_SMALLEST), "", ""
