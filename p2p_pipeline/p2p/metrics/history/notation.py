"""How a column of a price file writes its numbers: `1,234.50` or `1.234,50`. Told by its own cells, never guessed.

`1.234` and `1,234` can mean two things. What the other cells of the column show decides, else what those of the file
show. A cell that is written the other way than most is refused; so is a comma of which nothing tells what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute


class Notation(StrEnum):
    """Which mark stands before the decimals; the other one may stand between thousands."""

    POINT = "point"
    COMMA = "comma"
    UNTOLD = "untold"


# Each shows its notation by itself: both marks, thousands twice, or decimals that can be no group of thousands.
_SHOWS_POINT = r"^\d{1,3}(,\d{3})+\.\d*$|^\d{1,3}(,\d{3}){2,}$|^\d+\.(\d{1,2}|\d{4,})$|^(0|\d{4,})\.\d+$"
_SHOWS_COMMA = r"^\d{1,3}(\.\d{3})+,\d*$|^\d{1,3}(\.\d{3}){2,}$|^\d+,(\d{1,2}|\d{4,})$|^(0|\d{4,}),\d+$"
_GROUPED_BY_COMMA = r"^\d{1,3}(,\d{3})+(\.\d+)?$"
_GROUPED_BY_POINT = r"^\d{1,3}(\.\d{3})+(,\d+)?$"
_COMMA_DECIMAL = r"^\d+,\d+$"


def notations(columns: Sequence[Iterable[pa.Array]]) -> list[Notation]:
    """The notation of each column of texts, given in pieces."""
    shown = [_shown(pieces) for pieces in columns]
    of_file = _more(sum(points for points, _ in shown), sum(commas for _, commas in shown))
    return [_more(points, commas) if points or commas else of_file for points, commas in shown]


def _shown(pieces: Iterable[pa.Array]) -> tuple[int, int]:
    points = commas = 0
    for texts in pieces:
        points += _count(compute.match_substring_regex(texts, _SHOWS_POINT))
        commas += _count(compute.match_substring_regex(texts, _SHOWS_COMMA))
    return points, commas


def _count(mask: pa.Array) -> int:
    return int(compute.sum(mask).as_py() or 0)


def _more(points: int, commas: int) -> Notation:
    if points == commas:
        return Notation.UNTOLD
    return Notation.POINT if points > commas else Notation.COMMA


def as_plain(texts: pa.Array, notation: Notation) -> tuple[pa.Array, NDArray[np.bool_]]:
    """The texts with a point before the decimals and nothing between thousands, and which of them must be refused."""
    if notation is Notation.COMMA:
        is_grouped = compute.match_substring_regex(texts, _GROUPED_BY_POINT)
        is_told = compute.or_(is_grouped, compute.match_substring_regex(texts, _COMMA_DECIMAL))
        has_mark = compute.match_substring_regex(texts, "[.,]")
        plain = compute.replace_substring(compute.replace_substring(texts, ".", ""), ",", ".")
    else:
        is_told = compute.match_substring_regex(texts, _GROUPED_BY_COMMA)
        if notation is Notation.UNTOLD:
            is_told = pa.array(np.zeros(len(texts), dtype=bool))
        has_mark = compute.match_substring(texts, ",")
        plain = compute.replace_substring(texts, ",", "")
    refused = compute.and_(has_mark, compute.invert(is_told))
    return compute.if_else(is_told, plain, texts), refused.to_numpy(zero_copy_only=False)
