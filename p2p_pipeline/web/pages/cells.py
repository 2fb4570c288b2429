"""Any value of a warehouse's answer as a cell: its text, and whether it is a number, a moment or somebody's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from markupsafe import Markup

from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.rendering import stranger

NOTHING = "–"
_SHARES = frozenset({"premium", "share", "gain", "spread_share", "complete_share", "better_by"})
"""Columns whose numbers are shares of 1."""
MOST_DIGITS = 9
"""A product of an amount and a price has more digits than anybody knows."""
_LONG = 24
"""Texts from here on may be broken into lines."""
_MOMENT = Markup('<time datetime="{0}" title="{0}">{1}</time>')


class Kind(StrEnum):
    """How a cell stands."""

    NUMBER = "number"
    TEXT = "text"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it is shown."""

    text: str | Markup
    kind: Kind


def cells_of(columns: Sequence[str], row: Sequence[Any], figures: Figures, now: datetime) -> list[Cell]:
    """A row's cells."""
    return [cell_of(name, value, figures, now) for name, value in zip(columns, row, strict=True)]


def cell_of(column: str, value: Any, figures: Figures, now: datetime) -> Cell:
    """A value's cell. What isn't known to be a number is somebody's words."""
    if isinstance(value, timedelta):
        return Cell(figures.age(value.total_seconds()), Kind.NUMBER)
    if value is None or (isinstance(value, float | int | Decimal) and not isinstance(value, bool)):
        return Cell(NOTHING if value is None else _number(column, value, figures), Kind.NUMBER)
    return _text(value, figures, now)


def _text(value: Any, figures: Figures, now: datetime) -> Cell:
    if isinstance(value, bool):
        return Cell("✓" if value else NOTHING, Kind.TEXT)
    if isinstance(value, datetime):
        return Cell(_MOMENT.format(figures.utc(value), figures.clock(value, now)), Kind.TEXT)
    if isinstance(value, date):
        return Cell(value.isoformat(), Kind.TEXT)
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return Cell(stranger(text), Kind.LONG if len(text) > _LONG else Kind.TEXT)


def _number(column: str, value: float | Decimal, figures: Figures) -> str:
    if isinstance(value, Decimal):
        return figures.plain(round(value, max(0, MOST_DIGITS - 1 - value.adjusted()))) if value.is_finite() else NOTHING
    if column in _SHARES:
        return figures.share(value) if column in ("premium", "gain") else figures.bare_share(value)
    # A number of an account or a batch is a name: its digits are not grouped.
    if isinstance(value, int):
        return str(value) if column.endswith("_id") or column == "year" else figures.count(value)
    return figures.statistic(value) if value == value and abs(value) != float("inf") else NOTHING  # noqa: PLR0124
