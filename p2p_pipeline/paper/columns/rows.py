"""One symbol's rows of a chunk as the machine knows them: tickers, and the past that references are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from p2p_pipeline.paper.columns.chunk import KIND_BITS, NUMBERS, UNKNOWN, Chunk, Kind, Whole, exact
from p2p_pipeline.paper.events import Ticker
from p2p_pipeline.paper.machine.market import LONG_PAST, Past, PastOiv
from p2p_pipeline.paper.wire.reading import NEXT_FUNDING

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

    def past(self, row: int) -> PastOiv:
        """The open interest as of a row."""
        columns, place = self.chunk.columns, self.first + row
        digits = self.chunk.digits[self.piece]
        return PastOiv(
            exact(int(columns["openInterestValue"][place]), int(digits[_OIV])),
            int(columns["ts"][place]),
            exact(int(columns["openInterest"][place]), int(digits[_INTEREST])),
        )


@dataclass(slots=True)
class ColumnPast(Past):
    """A symbol's past: of this chunk its rows as far as they were handled, of earlier ones what counts."""

    rows: Rows | None = None
    handled: int = 0
    """How many of the rows."""
    frames: int = 0
    """Of earlier chunks."""
    kept: list[tuple[Whole, list[PastOiv]]] = field(default_factory=list)
    """While the past is short each of its frames, a chunk after the other: times and what they said."""

    def add(self, ts: int, value: Decimal | None, open_interest: Decimal | None = None) -> None:
        """Its rows are there already."""

    def at(self, moment: int) -> PastOiv | None:
        """As of the last frame whose `ts` is at or before a moment; None where there is none."""
        rows = self.rows
        if rows is not None:
            accepted = is_accepted(rows.column("kind")[: self.handled])
            fitting = np.flatnonzero((rows.column("ts")[: self.handled] <= moment) & accepted)
            if len(fitting):
                return rows.past(int(fitting[-1]))
        found = Past.at(self, moment)
        if found is not None:
            return found
        for times, said in reversed(self.kept):
            fitting = np.flatnonzero(times <= moment)
            if len(fitting):
                return said[int(fitting[-1])]
        return None

    def close(self, thinned: list[int]) -> None:
        """The chunk is over: keep every frame while they are few, else those that ends of candles will ask for."""
        rows = self.rows
        if rows is None:
            return
        accepted = np.flatnonzero(is_accepted(rows.column("kind")))
        self.frames += len(accepted)
        if self.frames <= LONG_PAST:
            self.kept.append((rows.column("ts")[accepted].copy(), [rows.past(int(row)) for row in accepted]))
        else:
            for row in thinned:
                said = rows.past(row)
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
