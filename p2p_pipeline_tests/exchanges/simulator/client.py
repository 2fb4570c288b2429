"""The edge of one exchange without a network: what sockets and requests carry, carried by hand in simulated time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from p2p_pipeline.exchanges.books.actions import Action, Fetch, Send
from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.simulator.dialects.dialect import Outgoing
from p2p_pipeline.exchanges.simulator.exchange import Line, SimulatedExchange
from p2p_pipeline.exchanges.simulator.faults import FaultName
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of
from p2p_pipeline.exchanges.words import Request, Subscription, message_sent_at

RECONNECT_SECONDS = 2.0
SLOW_BYTES_A_SECOND = 2_000.0
CONNECTION = "ws1"


def body_of(exchange: SimulatedExchange, request: Request, now: float) -> bytes:
    """What an exchange answers to a request; nothing for what it does not have."""
    asked = request.sent_at(int(now * 1000))
    query = dict(asked.query) | dict(parse_qsl(urlsplit(asked.path).query))
    answer = exchange.answer(asked.method, urlsplit(asked.path).path, query, b"", now)
    return b"" if answer is None else answer.body


@dataclass
class Client:
    """One connection, with all that is wanted of the exchange on it; opened again when it ends."""

    exchange: SimulatedExchange
    wanted: list[Subscription]
    line: Line | None = None
    opens_at: float = 0.0
    pinged_at: float = 0.0
    frames: int = 0
    next_id: int = 1
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    """REST answers on their way: they arrive with the next tick."""
    late: deque[Outgoing] = field(default_factory=deque)
    """Frames that a slow connection has not carried yet."""
    carried: float = 0.0

    def __post_init__(self) -> None:
        name = self.exchange.name
        self.wire, self.lists = wire_of(name), lists_of(name)
        self.books = ExchangeBooks(name, self.wire, self.lists)

    def tick(self, now: float, told: list[Outgoing], seconds: float) -> None:
        """Whatever happens in a moment: frames that arrived, answers, deadlines, a connection that must be opened."""
        if self.line is None and now >= self.opens_at:
            self._open(now)
        self.late.extend(told)
        self._carry(now, seconds)
        answers, self.answers = self.answers, []
        for url, body in answers:
            self._take(Frame(self.exchange.name, "http0", Passage.REST, body, _ns(now), url), now)
        every = self.wire.CAPABILITY.heartbeat.ping_seconds
        if self.line is not None and every is not None and now - self.pinged_at >= every:
            self.pinged_at = now
            message = self.wire.ping(int(now * 1000))
            if message is not None:
                self._send(message, now)
        if self.line is not None and self.line.must_close:
            self.close(now)
        self._do(self.books.due(_ns(now)), now)

    def close(self, now: float) -> None:
        """The connection ends, and is opened again after a while."""
        if self.line is not None:
            self.exchange.closed(self.line)
            self.line = None
            self.late.clear()
            self.books.closed(CONNECTION, _ns(now))
        self.opens_at = now + RECONNECT_SECONDS

    def _open(self, now: float) -> None:
        path, messages = self.wire.opening(self.wanted)
        request = self.lists.connect_request()
        if request is not None:
            path = self.lists.connect_path(body_of(self.exchange, request, now))
        opened = self.exchange.open(path, now) if path else None
        if opened is None:
            self.opens_at = now + RECONNECT_SECONDS
            return
        self.line, frames = opened
        self.pinged_at = now
        self.books.opened(CONNECTION, path, _ns(now))
        self.late.extend(frames)
        for message in messages:
            self._send(message, now)
        asked = self.wire.subscribe(self.wanted, self.next_id)
        numbers = range(self.next_id, self.next_id + len(asked))
        self.next_id += len(asked)
        self.books.subscribed(CONNECTION, self.wanted, _ns(now), numbers)
        for message in asked:
            self._send(message, now)

    def _send(self, message: str, now: float) -> None:
        if self.line is not None:
            self.late.extend(self.exchange.heard(self.line, message_sent_at(message, int(now * 1000)), now))

    def _carry(self, now: float, seconds: float) -> None:
        slow = self.exchange.faults.state(FaultName.SLOW, self.exchange.name, now)
        speed = float("inf") if slow is None else (slow.amount or SLOW_BYTES_A_SECOND)
        self.carried = speed if slow is None else min(self.carried + speed * seconds, speed)
        while self.late and self.carried > 0:
            frame = self.late.popleft()
            self.carried -= len(frame)
            self.frames += 1
            is_binary = isinstance(frame, bytes)
            body = frame if isinstance(frame, bytes) else frame.encode()
            self._take(Frame(self.exchange.name, CONNECTION, Passage.SOCKET, body, _ns(now), is_binary=is_binary), now)

    def _take(self, frame: Frame, now: float) -> None:
        self._do(self.books.take(frame, _ns(now)), now)

    def _do(self, actions: list[Action], now: float) -> None:
        for action in actions:
            if isinstance(action, Send):
                self._send(action.text, now)
            elif isinstance(action, Fetch):
                request = action.request.sent_at(int(now * 1000))
                self.answers.append((request.url, body_of(self.exchange, request, now)))
            else:
                self.close(now)


def _ns(now: float) -> int:
    return int(now * 1e9)
