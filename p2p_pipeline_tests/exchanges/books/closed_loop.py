"""Books and a simulated exchange in a loop without sockets: what the books ask for is answered, and the way is bad."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from p2p_pipeline.exchanges.books.actions import Action, Fetch, Reconnect, Send
from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook, SimulatedInstrument
from p2p_pipeline.exchanges.simulator.dialects.catalogue import dialect_of
from p2p_pipeline.exchanges.simulator.dialects.dialect import Outgoing, Session
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of
from p2p_pipeline.exchanges.words import Feed, Subscription, message_sent_at

STEP_NS = 100_000_000
START_NS = 1_790_000_000 * 1_000_000_000
_LEVELS = 30
_REMEMBERED = 400
FAULTS = ("dropped", "doubled", "swapped", "delayed")

Shown = tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]


@dataclass
class _Way:
    frame: Frame
    steps: int


class Loop:
    """One exchange with two symbols; `step` is a tenth of a second."""

    def __init__(
        self,
        exchange: str,
        feed: Feed,
        seed: int,
        *,
        step_ns: int = STEP_NS,
        keep: Callable[[Frame], object] | None = None,
    ) -> None:
        self.step_ns, self._keep = step_ns, keep
        self.exchange, self.feed = exchange, feed
        self.random = Random(f"{exchange} {feed} {seed}")
        self.told: list[tuple[Frame, dict[str, Any]]] = []
        """Every frame that was recorded, and what was served after it."""
        self.books = ExchangeBooks(exchange, wire_of(exchange), lists_of(exchange), record=self._record)
        dialect = dialect_of(exchange)
        assert dialect is not None
        self.dialect = dialect
        self.address = "127.0.0.1:1"
        self.now_ns = START_NS
        self.simulated = [_simulated(exchange, base, self.random) for base in ("BTC", "ETH")]
        self.symbols = {self.dialect.symbol(book): book for book in self.simulated}
        self.true: dict[str, deque[Shown]] = {symbol: deque(maxlen=_REMEMBERED) for symbol in self.symbols}
        self.fault_share = 0.0
        self.faults: dict[str, int] = dict.fromkeys(FAULTS, 0)
        self.wrong: list[str] = []
        self.depth = (
            10 if exchange == "kraken" else (wire_of(exchange).CAPABILITY.top_depth if feed is Feed.TOP else 20)
        )
        self._on_the_way: list[_Way] = []
        self._connections = 0
        self._remember()
        self._connect()

    def all(self) -> Sequence[SimulatedBook]:
        return self.simulated

    def now_ms(self) -> int:
        return self.now_ns // 1_000_000

    def run(self, steps: int, fault_share: float = 0.0) -> None:
        self.fault_share = fault_share
        for _ in range(steps):
            self._step()

    def shown(self, symbol: str) -> Shown | None:
        book = self.books.book(symbol)
        if book is None:
            return None
        exact = book.exact(self.depth)
        return list(exact.bids), list(exact.asks)

    def is_true(self, symbol: str, *, now: bool = True) -> bool:
        """Whether what is served is the book as it is now, or else as it was: all its levels, or the first of them
        where a snapshot that was asked for may have been cut short."""
        served = self.shown(symbol)
        known = [self.true[symbol][-1]] if now else self.true[symbol]
        if served is None or served in known:
            return served is not None or not now
        if self.books.wire.CAPABILITY.book_from_rest or self.exchange == "htx":
            return any(all(mine == its[: len(mine)] for mine, its in zip(served, true, strict=True)) for true in known)
        return False

    def _connect(self) -> None:
        self._connections += 1
        self.name = f"ws{self._connections}"
        wanted = [Subscription(self.feed, symbol) for symbol in self.symbols]
        path, first = self.books.wire.opening(wanted)
        self.session = Session(path)
        self._take(Frame(self.exchange, self.name, Passage.OPENED, b"", self.now_ns, path))
        self._send(self.dialect.opened(self.session, self))
        for text in [*first, *self.books.wire.subscribe(wanted, 1)]:
            self._send(self.dialect.heard(self.session, message_sent_at(text, self.now_ms()), self))
        self.books.subscribed(self.name, wanted, self.now_ns)

    def _step(self) -> None:
        self.now_ns += self.step_ns
        for book in self.simulated:
            if self.random.random() < 0.6:
                change = _change(book, self.random, self.now_ms())
                self._remember()
                self._send(self.dialect.changed(self.session, book, change))
        if self.now_ns // STEP_NS % 10 == 0 or self.step_ns > STEP_NS:
            self._send(self.dialect.beat(self.session, self))
        ping = self.books.wire.ping(self.now_ms())
        if ping is not None and self.now_ns // self.step_ns % 10 == 0:
            self._send(self.dialect.heard(self.session, ping, self))
        self._deliver()
        self._act(self.books.due(self.now_ns))

    def _send(self, frames: Sequence[Outgoing]) -> None:
        """On the way to the books, where something may happen to them."""
        for body in frames:
            frame = Frame(
                self.exchange, self.name, Passage.SOCKET, body if isinstance(body, bytes) else body.encode(), None,
                is_binary=isinstance(body, bytes),
            )  # fmt: skip
            if self.random.random() >= self.fault_share:
                self._on_the_way.append(_Way(frame, 0))
                continue
            fault = self.random.choice(FAULTS)
            self.faults[fault] += 1
            if fault == "swapped" and self._on_the_way:
                self._on_the_way.insert(len(self._on_the_way) - 1, _Way(frame, 0))
            elif fault == "delayed":
                self._on_the_way.append(_Way(frame, self.random.randrange(1, 15)))
            elif fault == "doubled":
                self._on_the_way += [_Way(frame, 0), _Way(frame, 0)]

    def _deliver(self) -> None:
        arrived = [way.frame for way in self._on_the_way if way.steps <= 0]
        self._on_the_way = [_Way(way.frame, way.steps - 1) for way in self._on_the_way if way.steps > 0]
        for frame in arrived:
            if frame.connection not in (self.name, "http0"):
                continue
            self._take(_received(frame, self.now_ns))
            for symbol in self.symbols if self._keep is None else ():
                if not self.is_true(symbol, now=False):
                    self.wrong.append(f"{symbol} at {(self.now_ns - START_NS) / 1e9:.1f} s")

    def _take(self, frame: Frame) -> None:
        actions = self.books.take(frame, self.now_ns)
        self._record(frame)
        self._act(actions)

    def _record(self, frame: Frame) -> None:
        if self._keep is not None:
            self._keep(frame)
            return
        served = {symbol: book.top(20) for symbol in self.symbols if (book := self.books.book(symbol)) is not None}
        self.told.append((frame, {symbol: served.get(symbol) for symbol in self.symbols}))

    def _act(self, actions: Sequence[Action]) -> None:
        for action in actions:
            if isinstance(action, Send) and action.connection == self.name:
                self._send(self.dialect.heard(self.session, message_sent_at(action.text, self.now_ms()), self))
            elif isinstance(action, Fetch):
                request = action.request
                answer = self.dialect.answer(request.method, request.path, dict(request.query), b"", self)
                assert answer is not None
                frame = Frame(self.exchange, "http0", Passage.REST, answer.body, None, request.url)
                self._on_the_way.append(_Way(frame, self.random.randrange(1, 5)))
            elif isinstance(action, Reconnect) and action.connection == self.name:
                self._take(Frame(self.exchange, self.name, Passage.CLOSED, b"", self.now_ns))
                self._connect()

    def _remember(self) -> None:
        if self._keep is not None:
            return
        for symbol, book in self.symbols.items():
            bids, asks = book.top(self.depth)
            now = ([(Decimal(p), Decimal(q)) for p, q in bids], [(Decimal(p), Decimal(q)) for p, q in asks])
            if not self.true[symbol] or self.true[symbol][-1] != now:
                self.true[symbol].append(now)


def _received(frame: Frame, now_ns: int) -> Frame:
    return Frame(
        frame.exchange, frame.connection, frame.passage, frame.body, now_ns, frame.url, is_binary=frame.is_binary
    )


def _simulated(exchange: str, base: str, random: Random) -> SimulatedBook:
    instrument = SimulatedInstrument(exchange, base, "USDT", 2, 4, Decimal(1), Decimal("0.001"))
    middle = 1_000
    return SimulatedBook(
        instrument,
        {f"{middle - 1 - level}.00": f"{random.randrange(1, 9)}.5000" for level in range(_LEVELS)},
        {f"{middle + 1 + level}.00": f"{random.randrange(1, 9)}.2500" for level in range(_LEVELS)},
        at_ms=START_NS // 1_000_000,
    )


def _change(book: SimulatedBook, random: Random, now_ms: int) -> BookChange:
    """Some levels come, change or go; the middle stays between 900 and 1,100, and the book never crosses."""
    changed: tuple[dict[str, str], dict[str, str]] = ({}, {})
    # Of Bitfinex each level is a message of its own, and the book between two of them one that never was.
    for _ in range(1 if book.instrument.exchange == "bitfinex" else random.randrange(1, 4)):
        side = random.randrange(2)
        levels, other = (book.bids, book.asks) if side == 0 else (book.asks, book.bids)
        best_other = min(map(Decimal, other)) if side == 0 else max(map(Decimal, other))
        if random.random() < 0.4 and len(levels) > 22:
            price = random.choice(sorted(levels)[:3] + sorted(levels)[-8:])
            del levels[price]
            changed[side][price] = "0"
            continue
        away = Decimal(random.randrange(1, 40))
        at = best_other - away if side == 0 else best_other + away
        price = f"{at:.2f}"
        if not 800 < at < 1_200:
            continue
        levels[price] = changed[side][price] = f"{random.randrange(1, 99)}.{random.randrange(1, 9999):04d}"
    # Where an exchange has one number a change, it rises by one.
    previous, count = book.last, 1 if book.instrument.exchange in ("bybit", "bingx") else random.randrange(1, 4)
    book.last += count
    book.at_ms = now_ms
    return BookChange(tuple(changed[0].items()), tuple(changed[1].items()), previous + 1, book.last, previous, now_ms)
