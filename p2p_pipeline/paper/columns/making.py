"""Frames in their order made into chunks. What they say is read by wire/, and merged as machine/ does it."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from p2p_pipeline.exchanges.frames.frame import Passage
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.columns.chunk import (
    COLUMNS,
    LONG_PAST,
    NUMBERS,
    PLACES,
    TRADABLE,
    UNKNOWN,
    Chunk,
    Kind,
    Looks,
    Rare,
    Shown,
    Whole,
)
from p2p_pipeline.paper.events import Klines, OfNoUse, Rank
from p2p_pipeline.paper.machine.queue import Arrived
from p2p_pipeline.paper.notes import Resumed, note_of
from p2p_pipeline.paper.wire.reading import read_any
from p2p_pipeline.paper.wire.tickers import TickerTexts

CHUNK_MS = 600_000
MOST_ROWS = 400_000
"""A chunk's: it bounds the memory, whatever a recording is."""
_WIDTH = len(COLUMNS)
_PLACE_OF = {name: place for place, name in enumerate(COLUMNS[len(PLACES) :])}
"""Of a field in a symbol's state; the next funding time comes first."""
_POWERS = [10**digits for digits in range(21)]
_NOTHING = [UNKNOWN] * (_WIDTH - len(PLACES))


class NotColumnar(ClearError):
    """A recording that columns can't hold exactly: its session is made of the frames themselves."""


class _Symbol:
    """What is known of one symbol, and its rows of this chunk."""

    def __init__(self) -> None:
        self.state = list(_NOTHING)
        self.digits = [0] * len(_NOTHING)
        self.has_snapshot = False
        self.connection = ""
        self.frames = 0
        self.last = (0, 0)
        """Its last frame's `at` and `ts`."""
        self.rows = array("q")
        self.shown: set[int] = set()

    def merge(self, ticker: TickerTexts, connection: str) -> bool:
        """Take a ticker frame, or say that it says nothing; as machine/market.py does it."""
        if ticker.is_snapshot:
            self.state[:] = _NOTHING
            self.has_snapshot = True
        elif not self.has_snapshot or connection != self.connection:
            return False
        self.connection = connection
        self.frames += 1
        state, digits = self.state, self.digits
        for name, text in ticker.texts.items():
            place = _PLACE_OF[name]
            if text is None:
                state[place] = UNKNOWN
            elif not place:
                state[place] = int(text)
            else:
                point = text.find(".")
                many = 0 if point < 0 else len(text) - point - 1
                if many > digits[place]:
                    self._widen(place, many)
                value = int(text) if point < 0 else int(text[:point] + text[point + 1 :])
                state[place] = value * _POWERS[digits[place] - many]
        return True

    def drop(self) -> None:
        """Its connection is gone."""
        self.state[:] = _NOTHING
        self.has_snapshot = False

    def _widen(self, place: int, many: int) -> None:
        """More digits behind the point than before: what is there of it is written anew."""
        factor = 10 ** (many - self.digits[place])
        self.digits[place] = many
        if self.state[place] != UNKNOWN:
            self.state[place] *= factor
        for at in range(place + len(PLACES), len(self.rows), _WIDTH):
            if self.rows[at] != UNKNOWN:
                self.rows[at] *= factor

    def write(self, order: int, at: int, ts: int, kind: Kind) -> None:
        """One more row of its state as it is now."""
        state = self.state
        is_tradable = UNKNOWN not in state[1:7]
        self.rows.extend((order, at, ts, kind | TRADABLE if is_tradable else kind, *state))


@dataclass(slots=True)
class _Open:
    """What a chunk has until now, beside the rows."""

    begins: int = 0
    rows: int = 0
    rare: list[Rare] = field(default_factory=list)
    looks: dict[int, list[tuple[int, int, str]]] = field(default_factory=lambda: defaultdict(list))
    rates: dict[tuple[str, int], Decimal | None] = field(default_factory=dict)
    shown: dict[tuple[str, int], int] = field(default_factory=dict)


class Maker:
    """Makes chunks of what arrives."""

    def __init__(self) -> None:
        self._symbols: dict[str, _Symbol] = defaultdict(_Symbol)
        self._heard: dict[str, int] = {}
        self._order = 0
        self._open = _Open()

    def take(self, arrived: Arrived) -> Chunk | None:
        """One more; the chunk before it when it begins another. Raises NotColumnar."""
        at, done = arrived.at, None
        now = self._open
        if self._order and (at // CHUNK_MS != now.begins or now.rows >= MOST_ROWS):
            done = self.close(at)
            now = self._open
        now.begins = at // CHUNK_MS
        try:
            self._take(arrived)
        except OverflowError:
            raise NotColumnar("a number of the recording has more than 18 digits") from None
        self._order += 1
        if arrived.rank is Rank.FRAME:
            self._heard[arrived.source] = at
        return done

    def close(self, until: int) -> Chunk:
        """The chunk as it is; the next one begins."""
        now, self._open = self._open, _Open()
        names = sorted(name for name, one in self._symbols.items() if one.rows)
        found = [self._symbols[name] for name in names]
        lengths = [len(one.rows) // _WIDTH for one in found]
        table = np.concatenate([np.frombuffer(one.rows, dtype=np.int64) for one in found] or [np.empty(0, np.int64)])
        columns = np.ascontiguousarray(table.reshape(-1, _WIDTH).T)
        for one in found:
            one.rows = array("q")
            one.write(-1, *one.last, Kind.CARRIED)
        return Chunk(
            until=until,
            symbols=tuple(names),
            starts=np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64),
            digits=np.array([one.digits[1:] for one in found], dtype=np.int8).reshape(-1, len(NUMBERS)),
            columns=dict(zip(COLUMNS, columns, strict=True)),
            rare=tuple(now.rare),
            looks={minutes: _looks(rows) for minutes, rows in now.looks.items()},
            funding=_funding(now),
        )

    def _take(self, arrived: Arrived) -> None:
        frame = arrived.frame
        if isinstance(note_of(frame), Resumed):
            raise NotColumnar("the session went on after a crash: its log's first lines are needed to make it again")
        minutes, what = read_any(frame)
        if isinstance(what, TickerTexts):
            self._take_ticker(arrived, what)
        elif isinstance(what, Klines) and is_look(arrived, what):
            self._open.looks[minutes].append((self._order, arrived.at, what.symbol))
        elif not isinstance(what, OfNoUse):
            if isinstance(what, Klines):
                self._look_at_ends(what)
            self._keep(arrived, minutes)
            if frame.passage in (Passage.OPENED, Passage.CLOSED):
                self._drop(arrived)

    def _take_ticker(self, arrived: Arrived, ticker: TickerTexts) -> None:
        symbol, at = self._symbols[ticker.symbol], arrived.at
        if not symbol.merge(ticker, arrived.source):
            symbol.write(self._order, at, ticker.ts, Kind.REJECTED)
        else:
            symbol.last = (at, ticker.ts)
            symbol.write(self._order, at, ticker.ts, Kind.SNAPSHOT if ticker.is_snapshot else Kind.DELTA)
            funding_at = symbol.state[0]
            if funding_at != UNKNOWN:
                self._note_funding(ticker.symbol, symbol, funding_at, at)
        self._open.rows += 1

    def _note_funding(self, name: str, symbol: _Symbol, funding_at: int, at: int) -> None:
        """As machine/funding.py does it."""
        if funding_at >= at:
            place = _PLACE_OF["fundingRate"]
            rate = symbol.state[place]
            self._open.rates[name, funding_at] = (
                None if rate == UNKNOWN else Decimal(rate).scaleb(-symbol.digits[place])
            )
        if funding_at not in symbol.shown:
            symbol.shown.add(funding_at)
            self._open.shown[name, funding_at] = self._order

    def _keep(self, arrived: Arrived, minutes: int) -> None:
        at, rank, source, number, frame = arrived
        heard_at = self._heard.get(source, -1)
        self._open.rare.append(Rare(self._order, at, rank, source, number, minutes, heard_at, frame))

    def _drop(self, arrived: Arrived) -> None:
        for symbol in self._symbols.values():
            if symbol.has_snapshot and symbol.connection == arrived.source:
                symbol.drop()
                symbol.write(self._order, arrived.at, 0, Kind.DROPPED)

    def _look_at_ends(self, klines: Klines) -> None:
        """A long past is kept by the ends of whole candles; no other end can be asked of it."""
        symbol = self._symbols[klines.symbol]
        for row in klines.rows:
            length = row.end + 1 - row.start
            if row.is_confirmed and symbol.frames > LONG_PAST and (length <= 0 or (row.end + 1) % length):
                raise NotColumnar("a candle of the recording ends at a time that is no candle's end")


def is_look(arrived: Arrived, what: Klines) -> bool:
    """Whether a frame says nothing but that there is a moment: a kline frame in which no candle ends."""
    return arrived.rank is Rank.FRAME and not what.unreadable and not any(row.is_confirmed for row in what.rows)


def _looks(rows: list[tuple[int, int, str]]) -> Looks:
    names = tuple(sorted({name for _, _, name in rows}))
    place = {name: number for number, name in enumerate(names)}
    table: Whole = np.array([(order, at, place[name]) for order, at, name in rows], dtype=np.int64).reshape(-1, 3)
    return Looks(table[:, 0], table[:, 1], table[:, 2], names)


def _funding(now: _Open) -> tuple[Shown, ...]:
    keys = sorted(now.rates.keys() | now.shown.keys())
    return tuple(
        Shown(name, funding_at, now.rates.get((name, funding_at)), (name, funding_at) in now.rates,
              now.shown.get((name, funding_at), -1))
        for name, funding_at in keys
    )  # fmt: skip


def chunks_of(arrived: Iterable[Arrived]) -> Iterator[Chunk]:
    """Everything that arrived, in its order, as chunks. Raises NotColumnar."""
    maker, at = Maker(), None
    for one in arrived:
        at = one.at
        done = maker.take(one)
        if done is not None:
            yield done
    if at is not None:
        yield maker.close(at + 1)
