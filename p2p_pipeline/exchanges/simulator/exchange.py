"""One simulated exchange: its books, its sockets, and who must be told what. No network; the time is passed in."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Announces, Answer, Books, Dialect, Outgoing, Session
from p2p_pipeline.exchanges.simulator.faults import FaultName, FaultPlan
from p2p_pipeline.exchanges.simulator.limits import too_many
from p2p_pipeline.exchanges.simulator.other_markets import empty_list
from p2p_pipeline.exchanges.simulator.path import BookPath
from p2p_pipeline.exchanges.simulator.published import PublishedBook

MOST_STEPS = 3
"""A book that fell further behind (a stall, a computer with too much to do) says all at once what changed."""
_LOOK_AGAIN_SECONDS = 0.2
UNAVAILABLE = Answer(b'{"code":503,"msg":"Service Unavailable"}', 503)


@dataclass(eq=False)
class Line:
    """One client's socket."""

    session: Session
    opened_at: float
    symbols: frozenset[str] = frozenset()
    """Of the books that are followed on it."""
    held: dict[str, list[Outgoing]] = field(default_factory=dict)
    """By symbol: frames that are made to come after those of the next change of its book."""
    must_close: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """A plant's: a book of which nothing comes between two times."""

    symbol: str
    starts_at: float
    ends_at: float


Delivery = tuple[Line, list[Outgoing]]


class Market(Protocol):
    """What the server asks an exchange, or a market of its own under the same name."""

    name: str
    """As faults call it."""
    address: str
    """HOST:PORT of the exchanges."""

    def open(self, path: str, now: float) -> tuple[Line, list[Outgoing]] | None:
        """A client's new socket, and what it is told first; None when it is turned away."""

    def heard(self, line: Line, message: Outgoing, now: float) -> list[Outgoing]:
        """What a client is answered."""

    def closed(self, line: Line) -> None:
        """A client's socket is gone."""


class SimulatedExchange:
    """What an exchange does. Dialects see it as `Books`."""

    def __init__(self, dialect: Dialect, paths: Sequence[BookPath], faults: FaultPlan, now: float) -> None:
        self.name = dialect.name
        self.address = ""
        self.dialect = dialect
        self.faults = faults
        self.lines: list[Line] = []
        self.moment = now
        self.books = {
            book.symbol: book for path in paths for book in [PublishedBook(path, lambda: self.moment, self._skew_ms)]
        }
        self._followers: dict[str, list[Line]] = {}
        self._due: list[tuple[float, int, PublishedBook]] = []
        self._numbers = count()
        self._waits: dict[str, int] = {}
        self.silences: list[Silence] = []
        self._beaten_at = int(now)
        self._asked_at: list[float] = []
        self._is_closed_for_work = False

    def all(self) -> Sequence[SimulatedBook]:
        """Every book of this exchange."""
        return tuple(self.books.values())

    def now_ms(self) -> int:
        """The exchange's own clock."""
        return int(self.moment * 1000) + self._skew_ms()

    def true_book(self, symbol: str, moment: float | None = None) -> PublishedBook:
        """The book as it is, or was at a moment, whatever the sockets were told."""
        return PublishedBook(self.books[symbol].path, lambda: self.moment if moment is None else moment, self._skew_ms)

    # --- sockets

    def open(self, path: str, now: float) -> tuple[Line, list[Outgoing]] | None:
        """A client's new socket, and what it is told first; None when it is turned away."""
        self.moment = now
        refused = (FaultName.MAINTENANCE, FaultName.REFUSE_CONNECTION)
        if any(self.faults.state(name, self.name, now) for name in refused):
            return None
        line = Line(Session(path), now)
        self.lines.append(line)
        frames = self.dialect.opened(line.session, self._seen_by_subscribers())
        self._follow(line)
        return line, frames

    def heard(self, line: Line, message: Outgoing, now: float) -> list[Outgoing]:
        """What a client is answered."""
        self.moment = now
        frames = self.dialect.heard(line.session, message, self._seen_by_subscribers())
        self._follow(line)
        return frames

    def closed(self, line: Line) -> None:
        """A client's socket is gone."""
        if line in self.lines:
            self.lines.remove(line)
            line.session.subscriptions.clear()
            self._follow(line)

    def advance(self, now: float) -> list[Delivery]:
        """All that sockets must be told up to a time, in order; lines that end have `must_close`."""
        self.moment = now
        deliveries = self._announced(now)
        if self._is_closed_for_work:
            return deliveries
        while self._due and self._due[0][0] <= now:
            _, number, book = heapq.heappop(self._due)
            if not book.is_followed or self._waits[book.symbol] != number:
                continue
            if self._is_stalled(book.symbol):
                self._wait(book, now + _LOOK_AGAIN_SECONDS)
                continue
            deliveries += self._catch_up(book, now)
            self._wait(book, book.path.moment_of(book.step + 1))
        if int(now) > self._beaten_at:
            self._beaten_at = int(now)
            deliveries += self._beat(now)
        return deliveries

    # --- requests

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes, now: float) -> Answer | None:
        """The answer to a REST request; None for a path that the exchange does not have."""
        self.moment = now
        if self.faults.state(FaultName.MAINTENANCE, self.name, now):
            return UNAVAILABLE
        if self._is_asked_too_often(now):
            return too_many(self.name)
        # A publisher that hangs is no exchange that hangs: REST tells the true book of a stalled one.
        books = SomeBooks(self._unstalled(), self.now_ms(), self.address)
        return self.dialect.answer(method, path, query, body, books) or empty_list(self.name, path)

    # --- within

    def _skew_ms(self) -> int:
        rule = self.faults.state(FaultName.CLOCK_SKEW, self.name, self.moment)
        return 0 if rule is None else round((5.0 if rule.amount is None else rule.amount) * 1000)

    def _is_stalled(self, symbol: str) -> bool:
        if any(quiet.symbol == symbol and quiet.starts_at <= self.moment < quiet.ends_at for quiet in self.silences):
            return True
        return self.faults.state(FaultName.STALL, self.name, self.moment, symbol) is not None

    def _seen_by_subscribers(self) -> Books:
        """All books that are not refused; of stalled ones how they truly are, as after a new connection."""
        moment, rules = self.moment, self.faults.rules()
        if not rules and not self.silences:
            return self
        refused = FaultName.REFUSE_SUBSCRIPTION
        known = [book for book in self._unstalled() if not self.faults.strikes(refused, self.name, moment, book.symbol)]
        return SomeBooks(known, self.now_ms(), self.address)

    def _unstalled(self) -> list[PublishedBook]:
        return [
            self.true_book(symbol) if book.is_followed and self._is_stalled(symbol) else book
            for symbol, book in self.books.items()
        ]

    def _follow(self, line: Line) -> None:
        """Take note of which books a line hears about now."""
        subscriptions = line.session.subscriptions
        for topic, (kind, about) in subscriptions.items():
            if about is not None and about is not self.books[_symbol(about)]:
                subscriptions[topic] = (kind, self.books[_symbol(about)])
        abouts = [about for _, about in subscriptions.values()]
        every = None in abouts
        symbols = frozenset(self.books) if every else frozenset(_symbol(about) for about in abouts if about is not None)
        for symbol in line.symbols - symbols:
            self._followers[symbol].remove(line)
            if not self._followers[symbol]:
                self.books[symbol].unfollow()
        for symbol in symbols - line.symbols:
            self._followers.setdefault(symbol, []).append(line)
            book = self.books[symbol]
            if not book.is_followed:
                book.follow()
                self._wait(book, book.path.moment_of(book.step + 1))
        line.symbols = symbols

    def _wait(self, book: PublishedBook, moment: float) -> None:
        number = self._waits[book.symbol] = next(self._numbers)
        heapq.heappush(self._due, (moment, number, book))

    def _catch_up(self, book: PublishedBook, now: float) -> list[Delivery]:
        newest = book.path.step_at(now)
        first = book.step + 1 if newest - book.step <= MOST_STEPS else newest
        deliveries: list[Delivery] = []
        for step in range(first, newest + 1):
            change = book.move_to(step)
            if change is not None:
                deliveries += [
                    (line, frames)
                    for line in self._followers[book.symbol]
                    if (frames := self._frames(line, book, change))
                ]
        return deliveries

    def _frames(self, line: Line, book: PublishedBook, change: BookChange) -> list[Outgoing]:
        moment = book.path.moment_of(book.step)

        def strikes(name: FaultName) -> bool:
            return self.faults.strikes(name, self.name, moment, book.symbol)

        line.session.spoils_checksum = strikes(FaultName.WRONG_CHECKSUM)
        frames = self.dialect.changed(line.session, book, change)
        line.session.spoils_checksum = False
        late = line.held.pop(book.symbol, []) if frames and line.held else []
        if not frames or not self.faults.rules():
            return [*frames, *late]
        if strikes(FaultName.DROP):
            return late
        if strikes(FaultName.DOUBLE):
            frames = [*frames, *frames]
        if not late and strikes(FaultName.REORDER):
            line.held[book.symbol] = frames
            return []
        return [*frames, *late]

    def _beat(self, now: float) -> list[Delivery]:
        rule = self.faults.state(FaultName.DISCONNECT, self.name, now)
        most = None if rule is None else (30.0 if rule.amount is None else rule.amount)
        for line in self.lines:
            line.must_close |= most is not None and now - line.opened_at >= most
        beats = [(line, self._heartbeat(line)) for line in self.lines]
        return [(line, frames) for line, frames in beats if frames or line.must_close]

    def _heartbeat(self, line: Line) -> list[Outgoing]:
        """What is said of a stalled book (OKX: that nothing has changed) is as silent as its changes are."""
        session, subscriptions = line.session, line.session.subscriptions
        stalled = {symbol for symbol in line.symbols if self._is_stalled(symbol)}
        session.subscriptions = {
            topic: (kind, about)
            for topic, (kind, about) in subscriptions.items()
            if about is None or _symbol(about) not in stalled
        }
        frames = self.dialect.beat(session, self)
        session.subscriptions = subscriptions
        return frames

    def _announced(self, now: float) -> list[Delivery]:
        """Maintenance begins or ends: sockets are told where the exchange tells, else they are closed."""
        is_closed = self.faults.state(FaultName.MAINTENANCE, self.name, now) is not None
        if is_closed is self._is_closed_for_work:
            return []
        self._is_closed_for_work = is_closed
        if isinstance(self.dialect, Announces):
            return [(line, self.dialect.maintenance(line.session, is_over=not is_closed)) for line in self.lines]
        for line in self.lines:
            line.must_close = is_closed
        return [(line, []) for line in self.lines] if is_closed else []

    def _is_asked_too_often(self, now: float) -> bool:
        rule = self.faults.state(FaultName.RATE_LIMIT, self.name, now)
        if rule is None or rule.amount is None:
            return rule is not None and self.faults.strikes(FaultName.RATE_LIMIT, self.name, now)
        self._asked_at = [asked for asked in self._asked_at if now - asked < 1.0]
        self._asked_at.append(now)
        return len(self._asked_at) > rule.amount


@dataclass(frozen=True, slots=True)
class SomeBooks:
    """Some of an exchange's books: what a client is let see."""

    books: Sequence[SimulatedBook]
    now: int
    address: str
    """HOST:PORT of the exchanges."""

    def all(self) -> Sequence[SimulatedBook]:
        """Those."""
        return self.books

    def now_ms(self) -> int:
        """The exchange's own clock."""
        return self.now


def _symbol(book: SimulatedBook) -> str:
    return f"{book.instrument.base}/{book.instrument.quote}"
