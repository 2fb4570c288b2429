"""On which whole seconds the moves of a chunk's symbols reach the thresholds, found by arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import localcontext
from heapq import heapify, heappop, heappush

import numpy as np
import numpy.typing as npt

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.columns.chunk import NUMBERS, TRADABLE, Chunk, Whole
from p2p_pipeline.paper.columns.rows import Rows
from p2p_pipeline.paper.machine.limits import factors_of, have_reached, limits_of
from p2p_pipeline.paper.machine.trading import Traded
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import SymbolState

SECOND = 1000
_MARK, _OIV = NUMBERS.index("markPrice"), NUMBERS.index("openInterestValue")
_NEVER = (2**63 - 1, 2**63 - 1)


class Asking:
    """Of one chunk: for each symbol with a reference the stretches of seconds at which it would ask for a position."""

    def __init__(self, chunk: Chunk, traded: Mapping[str, Traded], settings: PaperSettings) -> None:
        self._chunk, self._traded, self._settings = chunk, traded, settings
        with localcontext(EXACT):
            self._factors = factors_of(settings)
        self._stretches: dict[str, list[tuple[int, int]]] = {}
        """Of a symbol, the last first: from a whole second to before another."""
        self._next: list[tuple[int, str]] = []
        """A heap of when symbols ask next; those that are not armed are left out until they are."""
        self._parked: set[str] = set()

    def look_at_all(self, pieces: Mapping[str, Rows], tick: int) -> None:
        """Find them for all symbols that have a reference at a chunk's begin."""
        chunk, settings = self._chunk, self._settings
        limits = np.zeros((len(chunk.symbols), 4), np.int64)
        is_referred = np.zeros(len(chunk.symbols), np.bool_)
        for symbol, rows in pieces.items():
            traded = self._traded.get(symbol)
            if traded is not None and traded.reference is not None:
                limits[rows.piece] = self._limits(traded, rows)
                is_referred[rows.piece] = True
        if not is_referred.any():
            return
        lengths = np.diff(chunk.starts)
        columns = chunk.columns
        reached = have_reached(
            columns["markPrice"], columns["openInterestValue"], np.repeat(limits, lengths, axis=0), settings
        )
        reached &= np.repeat(is_referred, lengths) & (columns["kind"] & TRADABLE != 0)
        per_piece = np.add.reduceat(reached, chunk.starts[:-1])
        for piece in np.flatnonzero(per_piece).tolist():
            rows = pieces[chunk.symbols[piece]]
            self._keep(chunk.symbols[piece], rows, reached[rows.first : rows.end], 0, tick)
        heapify(self._next)

    def look(self, symbol: str, rows: Rows, order: int, tick: int) -> None:
        """Find them anew for a symbol whose reference has changed, from a place in the queue on."""
        row = max(rows.until_order(order) - 1, 0)
        limits = np.array(self._limits(self._traded[symbol], rows), np.int64)
        mark, oiv = rows.column("markPrice")[row:], rows.column("openInterestValue")[row:]
        reached = have_reached(mark, oiv, limits, self._settings) & (rows.column("kind")[row:] & TRADABLE != 0)
        self._stretches.pop(symbol, None)
        if reached.any():
            self._keep(symbol, rows, reached, row, tick)

    def _limits(self, traded: Traded, rows: Rows) -> tuple[int, int, int, int]:
        reference = traded.reference
        assert reference is not None  # noqa: S101 - it is asked only for symbols that have one
        digits = self._chunk.digits[rows.piece]
        with localcontext(EXACT):
            if traded.limits is None or traded.limits.reference is not reference:
                traded.limits = limits_of(reference, self._factors)
            return traded.limits.whole(int(digits[_MARK]), int(digits[_OIV]), self._factors)

    def _keep(self, symbol: str, rows: Rows, reached: npt.NDArray[np.bool_], row: int, tick: int) -> None:
        edges = np.flatnonzero(np.diff(np.concatenate(([False], reached, [False])).view(np.int8)))
        ticks = first_tick(np.append(rows.column("at")[row:], self._chunk.until))[edges].reshape(-1, 2)
        ticks[:, 0] = np.maximum(ticks[:, 0], tick)
        stretches = [(begin, end) for begin, end in ticks[::-1].tolist() if begin < end]
        if stretches:
            self._stretches[symbol] = stretches
            heappush(self._next, (stretches[-1][0], symbol))

    def again(self, symbols: Iterable[str] = ()) -> None:
        """Symbols that may have become armed since they were left out."""
        for symbol in (*self._parked, *symbols):
            if self._traded[symbol].state is SymbolState.ARMED and symbol in self._stretches:
                self._parked.discard(symbol)
                heappush(self._next, (self._stretches[symbol][-1][0], symbol))

    def next(self, tick: int) -> int | None:
        """The first whole second from one on at which an armed symbol asks; None for none in this chunk."""
        while self._next:
            begin, symbol = self._next[0]
            now = self._stretch(symbol, tick)
            if now is None:
                heappop(self._next)
            elif self._traded[symbol].state is not SymbolState.ARMED:
                heappop(self._next)
                self._parked.add(symbol)
            elif now[0] > max(begin, tick):
                heappop(self._next)
                heappush(self._next, (now[0], symbol))
            else:
                return max(begin, tick)
        return None

    def at(self, tick: int) -> list[str]:
        """Everybody armed who asks at a whole second."""
        found = set()
        while self._next and self._next[0][0] <= tick:
            _, symbol = heappop(self._next)
            now = self._stretch(symbol, tick)
            if now is not None and now[0] <= tick:
                found.add(symbol)
            elif now is not None:
                heappush(self._next, (now[0], symbol))
        for symbol in found:
            heappush(self._next, (tick + SECOND, symbol))
        return sorted(found)

    def _stretch(self, symbol: str, tick: int) -> tuple[int, int] | None:
        """A symbol's stretch that is not over before a whole second."""
        stretches = self._stretches.get(symbol)
        while stretches and stretches[-1][1] <= tick:
            stretches.pop()
        if not stretches:
            self._stretches.pop(symbol, None)
            return None
        return stretches[-1]


def up_to_second(at: int) -> int:
    """The first whole second at or after a moment."""
    return -(-at // SECOND) * SECOND


def first_tick(at: Whole) -> Whole:
    """The first whole second at or after each moment."""
    ticks: Whole = -(-at // SECOND) * SECOND
    return ticks
