"""One symbol's rows of a chunk as the machine knows them: tickers, and the past that references are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from p2p_pipeline.paper.columns.chunk import KIND_BITS, NUMBERS, UNKNOWN, Chunk, Kind, Whole, exact
from p2p_pipeline.paper.events import Ticker
from p2p_pipeline.paper.machine.market import LONG_PAST, Past, PastOiv
from p2p_pipeline.paper.wire.tickers import NEXT_FUNDING

_MARK = NUMBERS.index("markPrice")
_OIV, _INTEREST = NUMBERS.index("openInterestValue"), NUMBERS.index("openInterest")


@dataclass(frozen=True, slots=True)
class Rows:
    """One symbol's."""

    chunk: Chunk
    piece: int
    """Place of the symbol in the chunk."""
    first: int
    end: int

    def column(self, name: str) -> Whole:
        """Its part of a column."""
        return self.chunk.columns[name][self.first : self.end]

    def until_order(self, order: int) -> int:
        """How many of its rows stand in the queue at or before a place."""
        return int(np.searchsorted(self.column("order"), order, "right"))

    def until(self, at: int) -> int:
        """How many of its rows were received at or before a moment."""
        return int(np.searchsorted(self.column("at"), at, "right"))

    def values(self, row: int) -> dict[str, Decimal | None]:
        """The merged ticker as of a row."""
        columns, place = self.chunk.columns, self.first + row
        digits = self.chunk.digits[self.piece].tolist()
        found = {name: exact(int(columns[name][place]), many) for name, many in zip(NUMBERS, digits, strict=True)}
        funding_at = int(columns[NEXT_FUNDING][place])
        found[NEXT_FUNDING] = None if funding_at == UNKNOWN else Decimal(funding_at)
        return found

    def last_mark(self, row: int) -> Decimal | None:
        """The last mark that was known as of a row."""
        known = np.flatnonzero(self.column("markPrice")[: row + 1] != UNKNOWN)
        if not len(known):
            return None
        return exact(int(self.column("markPrice")[known[-1]]), int(self.chunk.digits[self.piece][_MARK]))

    def ticker(self, row: int) -> Ticker:
        """A row as a frame that tells everything: what the machine merges out of it is the row."""
        kind = self.kind(row)
        ts = int(self.chunk.columns["ts"][self.first + row])
        return Ticker(self.chunk.symbols[self.piece], ts, kind is Kind.SNAPSHOT, self.values(row))

    def kind(self, row: int) -> Kind:
        """What a row is."""
        return Kind(int(self.chunk.columns["kind"][self.first + row]) & KIND_BITS)


class Told(NamedTuple):
    """The open interest as of some rows of a symbol, in their order."""

    ts: Whole
    oiv: Whole
    interest: Whole
    oiv_digits: int
    interest_digits: int

    @classmethod
    def of(cls, rows: Rows, chosen: slice | npt.NDArray[np.int64]) -> Told:
        """Of a symbol's rows."""
        ts, oiv, interest = (rows.column(name)[chosen] for name in ("ts", "openInterestValue", "openInterest"))
        digits = rows.chunk.digits[rows.piece]
        return cls(ts, oiv, interest, int(digits[_OIV]), int(digits[_INTEREST]))

    def at(self, place: int) -> PastOiv:
        """As of one of them."""
        return PastOiv(
            exact(int(self.oiv[place]), self.oiv_digits),
            int(self.ts[place]),
            exact(int(self.interest[place]), self.interest_digits),
        )

    def last(self, moment: int, counts: npt.NDArray[np.bool_] | None = None) -> PastOiv | None:
        """As of the last one, of those that count, whose `ts` is at or before a moment."""
        fitting = np.flatnonzero(self.ts <= moment if counts is None else (self.ts <= moment) & counts)
        return self.at(int(fitting[-1])) if len(fitting) else None


@dataclass(slots=True)
class ColumnPast(Past):
    """A symbol's past: of this chunk its rows as far as they were handled, of earlier ones what counts."""

    rows: Rows | None = None
    handled: int = 0
    """How many of the rows."""
    frames: int = 0
    """Of earlier chunks."""
    kept: list[Told] = field(default_factory=list)
    """While the past is short each of its frames, a chunk after the other."""

    def add(self, ts: int, value: Decimal | None, open_interest: Decimal | None = None) -> None:
        """Its rows are there already."""

    def at(self, moment: int) -> PastOiv | None:
        """As of the last frame whose `ts` is at or before a moment; None where there is none."""
        found, rows = None, self.rows
        if rows is not None:
            until = slice(0, self.handled)
            found = Told.of(rows, until).last(moment, is_accepted(rows.column("kind")[until]))
        if found is None:
            found = Past.at(self, moment)
        for told in reversed(self.kept):
            found = told.last(moment) if found is None else found
        return found

    def close(self, thinned: list[int]) -> None:
        """The chunk is over: keep every frame while they are few, else those that ends of candles will ask for."""
        rows = self.rows
        if rows is None:
            return
        accepted = np.flatnonzero(is_accepted(rows.column("kind")))
        self.frames += len(accepted)
        told = Told.of(rows, accepted if self.frames <= LONG_PAST else np.array(thinned, np.int64))
        if self.frames <= LONG_PAST:
            self.kept.append(told)
        else:
            for place in range(len(thinned)):
                said = told.at(place)
                Past.add(self, said.ts, said.value, said.open_interest)
        self.rows, self.handled = None, 0


def is_accepted(kinds: Whole) -> npt.NDArray[np.bool_]:
    """Which rows are frames that said something."""
    kinds = kinds & KIND_BITS
    accepted: npt.NDArray[np.bool_] = (kinds == Kind.DELTA) | (kinds == Kind.SNAPSHOT)
    return accepted


def pieces_of(chunk: Chunk) -> dict[str, Rows]:
    """The rows of each symbol of a chunk."""
    starts = chunk.starts.tolist()
    return {symbol: Rows(chunk, piece, starts[piece], starts[piece + 1]) for piece, symbol in enumerate(chunk.symbols)}
