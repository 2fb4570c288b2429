"""One symbol's rows of a chunk as the machine knows them: tickers, and the past that references are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from p2p_pipeline.paper.columns.chunk import KIND_BITS, LONG_PAST, NUMBERS, UNKNOWN, Chunk, Kind, Whole, exact
from p2p_pipeline.paper.events import Ticker
from p2p_pipeline.paper.machine.market import Past, PastOiv, add_to
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


@dataclass(slots=True)
class ColumnPast(Past):
    """A symbol's past: what is kept of it is brought up to a row when it is asked for, or when the chunk is over."""

    rows: Rows | None = None
    handled: int = 0
    """How many of the rows."""
    added: int = 0
    """How many of them what is kept knows of."""
    frames: int = 0
    """Of earlier chunks."""
    short: list[Told] = field(default_factory=list)
    """While the past is short each of its frames, a chunk after the other."""

    def add(self, ts: int, value: Decimal | None, open_interest: Decimal | None = None) -> None:
        """Its rows are there already."""

    def at(self, moment: int) -> PastOiv | None:
        """As Past.at has it, of the rows that were handled."""
        if not self.is_end(moment):
            return self._plainly().at(moment)
        rows = self.rows
        if rows is not None and self.handled > self.added:
            stretch = np.arange(self.added, self.handled)
            accepted = stretch[is_accepted(rows.column("kind")[stretch])]
            candles = rows.column("ts")[accepted] // self.timeframe_ms
            self._add(Told.of(rows, accepted[np.append(candles[1:] != candles[:-1], True)[: len(accepted)]]))
            self.added = self.handled
        return Past.at(self, moment)

    def close(self, thinned: list[int]) -> None:
        """The chunk is over: keep the last frame of each candle, and every frame while they are few."""
        rows = self.rows
        if rows is None:
            return
        accepted = np.flatnonzero(is_accepted(rows.column("kind")))
        self._add(Told.of(rows, np.array([row for row in thinned if row >= self.added], np.int64)))
        self.frames += len(accepted)
        if self.frames <= LONG_PAST:
            self.short.append(Told.of(rows, accepted))
        else:
            self.short.clear()
        self.rows, self.handled, self.added = None, 0, 0

    def _add(self, told: Told) -> None:
        for place in range(len(told.ts)):
            add_to(self.of_candles, told.at(place), self.timeframe_ms)

    def _plainly(self) -> Past:
        """Made of each frame: only odd recordings, whose candles end beside the grid, ask for it."""
        past, frames = Past(self.timeframe_ms), list(self.short)
        if self.rows is not None:
            handled = np.flatnonzero(is_accepted(self.rows.column("kind")[: self.handled]))
            frames.append(Told.of(self.rows, handled))
        for told in frames:
            for place in range(len(told.ts)):
                value, ts, interest = told.at(place)
                past.add(ts, value, interest)
        return past


def is_accepted(kinds: Whole) -> npt.NDArray[np.bool_]:
    """Which rows are frames that said something."""
    kinds = kinds & KIND_BITS
    accepted: npt.NDArray[np.bool_] = (kinds == Kind.DELTA) | (kinds == Kind.SNAPSHOT)
    return accepted


def pieces_of(chunk: Chunk) -> dict[str, Rows]:
    """The rows of each symbol of a chunk."""
    starts = chunk.starts.tolist()
    return {symbol: Rows(chunk, piece, starts[piece], starts[piece + 1]) for piece, symbol in enumerate(chunk.symbols)}
