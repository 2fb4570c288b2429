"""A session that is run over chunks: its clock, its markets, and the chunk it is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import localcontext

import numpy as np

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.columns.asking import SECOND
from p2p_pipeline.paper.columns.chunk import KIND_BITS, Chunk, Kind, Looks, Rare, Shown
from p2p_pipeline.paper.columns.rows import ColumnPast, Rows, is_accepted, pieces_of
from p2p_pipeline.paper.events import Event, Klines, OfNoUse, Rank, Ticker, What
from p2p_pipeline.paper.machine.market import Market
from p2p_pipeline.paper.machine.queue import Moments
from p2p_pipeline.paper.machine.session import advance
from p2p_pipeline.paper.machine.state import Session, opening
from p2p_pipeline.paper.machine.ticking import take_tick
from p2p_pipeline.paper.machine.trading import Traded
from p2p_pipeline.paper.settings import milliseconds
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
        self.looks: Looks | None = None
        self.late: list[tuple[int, str]] = []
        """Whole seconds, and symbols that may be stale or fresh then, that a chunk leaves to the next one."""
        self._timeframe_ms = session.settings.timeframe_minutes * 60_000

    @property
    def is_sparse(self) -> bool:
        """Whether most can be left out: silences of less than a second are not found by arrays."""
        return self.session.is_frozen and milliseconds(self.session.settings.stale_after_seconds) >= SECOND

    def begin(self) -> Iterator[Said]:
        """The first line."""
        yield opening(self.session, self.start)

    def open(self, chunk: Chunk) -> None:
        """Go into the next chunk."""
        self.chunk, self.pieces = chunk, pieces_of(chunk)
        self.looks = chunk.looks.get(self.session.settings.timeframe_minutes)
        markets = self.session.markets
        for symbol, rows in self.pieces.items():
            if symbol not in markets:
                markets[symbol] = Market(ColumnPast(self._timeframe_ms))
            past = self._past(symbol)
            past.rows, past.handled, past.added = rows, 0, 0

    def close(self) -> None:
        """Every row was handled."""
        chunk, thinned = self.chunk, self._thinned()
        for place, symbol in enumerate(chunk.symbols):
            self._past(symbol).close(thinned[place])

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

    def read(self, rare: Rare) -> What:
        """What a frame says to this session."""
        minutes = self.session.settings.timeframe_minutes
        return read(rare.frame, minutes) if rare.minutes in (0, minutes) else OfNoUse()

    def take_rare(self, rare: Rare, what: What) -> list[Said]:
        """A frame as it is."""
        connection = self.session.connections.get(rare.source)
        if connection is not None and rare.rank is Rank.FRAME and rare.heard_at >= 0:
            connection.heard_at = rare.heard_at
        if isinstance(what, Klines) and what.symbol in self.pieces:
            self._past(what.symbol).handled = self.pieces[what.symbol].until_order(rare.order)
        return self.advance(Event(rare.at, rare.rank, rare.source, rare.number, what))

    def take_look(self, symbol: str, at: int) -> list[Said]:
        """A kline frame that ends no candle."""
        return self.advance(Event(at, Rank.FRAME, FED, 0, Klines(symbol, ())))

    def take_row(self, rows: Rows, row: int, at: int) -> list[Said]:
        """One row."""
        symbol, kind = rows.chunk.symbols[rows.piece], rows.kind(row)
        market = self.session.markets[symbol]
        self._past(symbol).handled = row + 1
        if kind is Kind.DROPPED:
            market.drop()
            return []
        if kind is Kind.REJECTED:
            return self.advance(Event(at, Rank.FRAME, OTHER, 0, Ticker(symbol, 0, is_snapshot=False, values={})))
        if kind is Kind.DELTA:
            # that it has a snapshot, and of its own connection, is in its kind
            market.has_snapshot, market.connection = True, FED
        return self.advance(Event(at, Rank.FRAME, FED, 0, rows.ticker(row)))

    @property
    def waiting(self) -> set[str]:
        """Symbols with an order or a position, of the session or of a shadow."""
        return self.session.engaged | self.session.models.shadowed

    def know(self, symbol: str, row: int) -> None:
        """Bring a symbol's market up to a row without handing over what led there."""
        rows, market = self.pieces[symbol], self.session.markets[symbol]
        market.values = rows.values(row)
        market.last_mark = rows.last_mark(row) or market.last_mark
        while rows.kind(row) in (Kind.REJECTED, Kind.DROPPED):
            row -= 1
        market.last_frame_at = int(rows.column("at")[row])

    def know_rates(self, rates: Iterable[Shown]) -> None:
        """Funding rates, each as it will be when it is paid: rows that are left out may have told it."""
        for shown in rates:
            if shown.has_rate and shown.symbol in self.session.traded:
                self.session.markets[shown.symbol].rates[shown.funding_at] = shown.rate

    def tick(self, at: int, perhaps_stale: list[Traded]) -> list[Said]:
        """A whole second; those before it that were not handed over are counted."""
        self.count_ticks(at - SECOND)
        self.moments.skip_to(at + SECOND)
        with localcontext(EXACT):
            return take_tick(self.session, at, perhaps_stale)

    def next_funding(self) -> Iterator[Said]:
        """The next funding moment."""
        at = self.moments.next_funding
        assert at is not None  # noqa: S101 - it is called when there is one
        self.moments.skip_to(at)
        for moment in self.moments.before((at, Rank.FUNDING + 1, "", -1)):
            yield from self.advance(moment)

    def count_ticks(self, at: int) -> None:
        """All whole seconds since the start until a moment."""
        self.session.account.counters["ticks"] = max(at // SECOND - self.start // SECOND, 0)

    def count_rejected(self, after: int, until: int) -> None:
        """Changes without a snapshot, of symbols of the universe, between two places in the queue."""
        chunk = self.chunk
        for row in np.flatnonzero(chunk.columns["kind"] & KIND_BITS == Kind.REJECTED).tolist():
            symbol = chunk.symbols[int(np.searchsorted(chunk.starts, row, "right")) - 1]
            if after < chunk.columns["order"][row] <= until and symbol in self.session.traded:
                self.session.account.counters["deltas_without_snapshot"] += 1

    def stop(self, event: Event) -> Iterator[Said]:
        """The end of the recording."""
        self.count_ticks(event.at)
        for moment in self.moments.before(event.place):
            yield from self.advance(moment)
        yield from self.advance(event)

    def _past(self, symbol: str) -> ColumnPast:
        past = self.session.markets[symbol].past
        assert isinstance(past, ColumnPast)  # noqa: S101 - every market here was made so
        return past
