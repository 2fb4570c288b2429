"""The table of symbols as it is asked for in the address: which rows, in which order, which of them on top. Pure.

static/js/paper_symbols.js does the same each second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.paper.board import SessionBoard, SymbolRow
from p2p_pipeline.paper.words import SymbolState

FIRST_ROWS = 40
"""Drawn by the server; the others come as they are scrolled to, or all of them on a page of their own."""
MOST_PINS = 20
USUAL_SORT = "symbol"
USUAL_NARROW = ("state", "price_move_pct")
"""Columns beside the symbol where the window has room for two; a row's other figures unfold."""
PARAMETERS = frozenset({"sort", "state", "text", "pin", "rows", "first", "second", "tz"})


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


SORTS: Mapping[str, Callable[[SymbolRow], object | None]] = {
    "symbol": lambda row: row.symbol,
    "state": lambda row: list(SymbolState).index(SymbolState(row.state)),
    "mark": lambda row: _number(row.mark),
    "price_move_pct": lambda row: _number(row.price_move_pct),
    "oiv": lambda row: _number(row.oiv),
    "oiv_move_pct": lambda row: _number(row.oiv_move_pct),
    "oi_move_pct": lambda row: _number(row.oi_move_pct),
    "reference_end": lambda row: row.reference_end,
    "next_funding_at": lambda row: row.next_funding_at,
    "heard_at": lambda row: row.heard_at,
}
"""By column; what is not known comes last, whichever way round."""
NARROW_COLUMNS = SORTS.keys() - {USUAL_SORT}


@dataclass(frozen=True, slots=True)
class AskedSymbols:
    """What an address asks for."""

    sort: str = USUAL_SORT
    """A column; with a minus before it from the greatest down."""
    state: str = ""
    text: str = ""
    pins: tuple[str, ...] = ()
    has_all_rows: bool = False
    narrow: tuple[str, str] = USUAL_NARROW
    """The two columns of a narrow window."""
    notices: tuple[str, ...] = ()
    """Names in the address that mean nothing here."""

    @property
    def column(self) -> str:
        """Which one it is sorted by."""
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether from the greatest down."""
        return self.sort.startswith("-")

    def values(self, **changed: str) -> dict[str, str]:
        """For an address that asks for the same, but for what is changed; the usual is left out."""
        told = {
            "sort": "" if self.sort == USUAL_SORT else self.sort,
            "state": self.state,
            "text": self.text,
            "pin": ",".join(self.pins),
            "rows": "all" if self.has_all_rows else "",
            **{
                name: "" if one == usual else one
                for name, one, usual in zip(("first", "second"), self.narrow, USUAL_NARROW, strict=True)
            },
        }
        return {**told, **changed}

    def sorted_by(self, column: str) -> str:
        """What the head of a column asks for: this column, or the other way round. Numbers begin with the greatest."""
        if column == self.column:
            return column if self.is_descending else f"-{column}"
        return column if column in ("symbol", "state") else f"-{column}"


def asked_symbols(given: Mapping[str, str]) -> AskedSymbols:
    """Read an address; what can't be is left out and told."""
    sort, state = given.get("sort", ""), given.get("state", "").upper()
    wrong = [name for name in given if name not in PARAMETERS]
    if sort.removeprefix("-") not in SORTS:
        wrong += ["sort"] if sort else []
        sort = USUAL_SORT
    if state not in SymbolState.__members__:
        wrong += ["state"] if state else []
        state = ""
    pins = tuple(dict.fromkeys(one.upper() for one in given.get("pin", "").split(",") if one))[:MOST_PINS]
    first, second = (
        given[name] if given.get(name) in NARROW_COLUMNS else usual
        for name, usual in zip(("first", "second"), USUAL_NARROW, strict=True)
    )
    wrong += [name for name in ("first", "second") if name in given and given[name] not in NARROW_COLUMNS]
    text, has_all_rows = given.get("text", "")[:40], given.get("rows") == "all"
    return AskedSymbols(sort, state, text, pins, has_all_rows, (first, second), tuple(wrong))


def rows_shown(board: SessionBoard, asked: AskedSymbols) -> list[SymbolRow]:
    """The rows in their order; pinned ones stand on top whatever the filters are."""
    text, key = asked.text.upper(), SORTS[asked.column]
    pinned = [row for row in board.rows if row.symbol in asked.pins]
    others = [
        row
        for row in board.rows
        if row.symbol not in asked.pins and (not asked.state or row.state == asked.state) and text in row.symbol.upper()
    ]
    return [*_sorted(pinned, key, asked), *_sorted(others, key, asked)]


def _sorted(rows: list[SymbolRow], key: Callable[[SymbolRow], object | None], asked: AskedSymbols) -> list[SymbolRow]:
    """Ties by name, always from A on."""
    by_name = sorted(rows, key=lambda row: row.symbol)
    known = sorted((row for row in by_name if key(row) is not None), key=key, reverse=asked.is_descending)  # type: ignore[arg-type]
    return known + [row for row in by_name if key(row) is None]
