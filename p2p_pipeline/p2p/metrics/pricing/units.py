"""Columns of money as exact integers: what lets a book compare and add without rounding.

Here: reading Decimals, floats, integers or Arrow decimals into `Units`. Not here: what the numbers mean (book.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntegerArray = NDArray[Any]
"""int64 where everything fits, Python integers (dtype object) where it does not; the same operators serve both."""

FLOAT_SCALE = 8
"""Decimal places kept of a column that arrives as floats."""

_EXACT = Context(prec=200)

SAFE_INT64 = float(2**62)


@dataclass(frozen=True, slots=True)
class Units:
    """A column of exact decimal numbers: `values[i] / 10**scale`."""

    values: IntegerArray
    scale: int

    def __len__(self) -> int:
        return len(self.values)

    def take(self, places: NDArray[np.intp]) -> Units:
        """The chosen rows, in that order."""
        return Units(self.values[places], self.scale)


Column = Units | Sequence[Decimal] | Sequence[float] | Sequence[int] | NDArray[Any]


def to_units(column: Column) -> Units:
    """Read a column exactly: Decimals and integers as they are, floats rounded to `FLOAT_SCALE` places.

    `Units` pass through untouched: that is the fast way, for callers who have integers already.
    """
    if isinstance(column, Units):
        return column
    if isinstance(column, np.ndarray) and column.dtype.kind in "iu":
        return Units(column.astype(np.int64), 0)
    if len(column) == 0:
        return Units(np.empty(0, dtype=np.int64), 0)
    if isinstance(column[0], Decimal):
        return _from_decimals(column)
    if isinstance(column[0], int):
        return Units(_compact([int(value) for value in column]), 0)
    return _from_decimals([Decimal(repr(round(float(value), FLOAT_SCALE))) for value in column])


def _from_decimals(column: Any) -> Units:
    scale = max(0, *(-value.as_tuple().exponent for value in column))
    return Units(_compact([int(_EXACT.scaleb(value, scale)) for value in column]), scale)


def _compact(values: list[int]) -> IntegerArray:
    largest = max(abs(value) for value in values)
    return np.array(values, dtype=np.int64 if largest < SAFE_INT64 else object)


def from_arrow_decimals(array: Any) -> Units:
    """Read a pyarrow decimal128 array without making a Python object a row.

    Takes an array (not chunked) without nulls; trailing zeros common to all rows are stripped.
    """
    words = np.frombuffer(array.buffers()[1], dtype=np.int64).reshape(-1, 2)[array.offset : array.offset + len(array)]
    low, high = words[:, 0], words[:, 1]
    if len(low) and not np.array_equal(high, low >> 63):
        return _from_decimals(array.to_pylist())
    return stripped(Units(low.copy(), array.type.scale))


def stripped(units: Units) -> Units:
    """The same numbers at the smallest scale that holds them all."""
    values, scale = units.values, units.scale
    if not len(values):
        return Units(values, 0)
    common = int(np.gcd.reduce(values))
    drop = 0
    while drop < scale and common and common % 10 == 0:
        common //= 10
        drop += 1
    return Units(values // 10**drop, scale - drop) if drop else units


def rescaled(values: IntegerArray, factor: IntegerArray | int) -> IntegerArray:
    """`values * factor`, in Python integers when int64 might overflow."""
    largest = float(np.max(np.abs(values), initial=0)) * float(np.max(factor, initial=1))
    return values * factor if largest < SAFE_INT64 else values.astype(object) * factor


def ceiling_divide(values: IntegerArray, divisor: IntegerArray | int) -> IntegerArray:
    """Integer division, rounded up."""
    return -((-values) // divisor)
