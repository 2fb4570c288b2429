"""A session that is run over chunks: its clock, its markets, and the chunk it is in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from p2p_pipeline.paper.columns.chunk import Chunk, Kind, Rare
from p2p_pipeline.paper.columns.rows import ColumnPast, Rows, is_accepted, pieces_of
from p2p_pipeline.paper.events import Event, Klines, Rank
from p2p_pipeline.paper.machine.market import Market
from p2p_pipeline.paper.machine.queue import Moments
from p2p_pipeline.paper.machine.session import advance
from p2p_pipeline.paper.machine.state import Session, opening
from p2p_pipeline.paper.wire.reading import read
from p2p_pipeline.paper.words import Said

FED, OTHER = "\0rows", "\0other"
"""Connections that rows come from: no exchange's has such a name. Which one it was is in the rows' kinds already."""


class Run:
    """Whoever runs it hands over what can matter, in the order of the queue."""

    def __init__(self, session: Session, start: int) -> None:
        self.session, self.start = session, start
        self.moments = Moments(start)
        self.chunk = Chunk(start, (), np.zeros(1, np.int64), np.zeros((0, 0), np.int8), {})
        self.pieces: dict[str, Rows] = {}
        self._timeframe_ms = session.settings.timeframe_minutes * 60_000

    def begin(self) -> Iterator[Said]:
        """The first line."""
        yield opening(self.session, self.start)

    def open(self, chunk: Chunk) -> None:
        """Go into the next chunk."""
        self.chunk, self.pieces = chunk, pieces_of(chunk)
        markets = self.session.markets
        for symbol, rows in self.pieces.items():
            if symbol not in markets:
                markets[symbol] = Market(ColumnPast(self._timeframe_ms))
            past = markets[symbol].past
            assert isinstance(past, ColumnPast)  # noqa: S101 - every market here was made so
            past.rows, past.handled = rows, 0

    def close(self) -> None:
        """Every row was handled."""
        chunk, thinned = self.chunk, self._thinned()
        for place, symbol in enumerate(chunk.symbols):
            past = self.session.markets[symbol].past
            assert isinstance(past, ColumnPast)  # noqa: S101 - every market here was made so
            past.close(thinned[place])

    def _thinned(self) -> list[list[int]]:
        """Of each symbol the rows that ends of candles will ask for: the last frame before each."""
        chunk = self.chunk
        accepted = np.flatnonzero(is_accepted(chunk.columns["kind"]))
        piece = np.searchsorted(chunk.starts, accepted, "right") - 1
        candle = chunk.columns["ts"][accepted] // self._timeframe_ms
        is_last = np.ones(len(accepted), np.bool_)
        is_last[:-1] = (piece[1:] != piece[:-1]) | (candle[1:] != candle[:-1])
        found: list[list[int]] = [[] for _ in chunk.symbols]
        for place, row in zip(piece[is_last].tolist(), accepted[is_last].tolist(), strict=True):
            found[place].append(row - int(chunk.starts[place]))
        return found

    def advance(self, event: Event) -> list[Said]:
        """Hand one event to the machine."""
        said = advance(self.session, event)
        if self.session.due:
            self.moments.expect(self.session.due)
        return said

    def take_rare(self, rare: Rare) -> list[Said]:
        """A frame as it is."""
        minutes = self.session.settings.timeframe_minutes
        if rare.minutes not in (0, minutes):
            return []
        connection = self.session.connections.get(rare.source)
        if connection is not None and rare.rank is Rank.FRAME and rare.heard_at >= 0:
            connection.heard_at = rare.heard_at
        what = read(rare.frame, minutes)
        if isinstance(what, Klines):
            self._handle(what.symbol, rare.order)
        return self.advance(Event(rare.at, rare.rank, rare.source, rare.number, what))

    def take_look(self, symbol: str, at: int) -> list[Said]:
        """A kline frame that ends no candle."""
        return self.advance(Event(at, Rank.FRAME, FED, 0, Klines(symbol, ())))

    def take_row(self, rows: Rows, row: int, at: int) -> list[Said]:
        """One row."""
        symbol, kind = rows.chunk.symbols[rows.piece], rows.kind(row)
        market = self.session.markets[symbol]
        past = market.past
        assert isinstance(past, ColumnPast)  # noqa: S101 - every market here was made so
        past.handled = row + 1
        if kind is Kind.DROPPED:
            market.drop()
            return []
        source = OTHER if kind is Kind.REJECTED else FED
        return self.advance(Event(at, Rank.FRAME, source, 0, rows.ticker(row)))

    def stop(self, event: Event) -> Iterator[Said]:
        """The end of the recording."""
        for moment in self.moments.before(event.place):
            yield from self.advance(moment)
        yield from self.advance(event)

    def _handle(self, symbol: str, order: int) -> None:
        """What the past of a symbol is at a place in the queue."""
        rows = self.pieces.get(symbol)
        if rows is not None:
            past = self.session.markets[symbol].past
            assert isinstance(past, ColumnPast)  # noqa: S101 - every market here was made so
            past.handled = rows.until_order(order)
