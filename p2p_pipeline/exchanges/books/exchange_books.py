"""All books of one exchange: frames in, books that may be believed out, and what the edge is to do. Pure.

The same code runs live, replayed and simulated: time is passed in (`now_ns`; live a monotonic clock, in a replay when
the frame was received), sockets are the edge's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from p2p_pipeline.exchanges.books.actions import Action
from p2p_pipeline.exchanges.books.applying import Applying
from p2p_pipeline.exchanges.books.book import Book
from p2p_pipeline.exchanges.books.connection import Connection
from p2p_pipeline.exchanges.books.counters import Counters
from p2p_pipeline.exchanges.books.exchange_state import ExchangeState
from p2p_pipeline.exchanges.books.notices import REST
from p2p_pipeline.exchanges.books.patience import Patience
from p2p_pipeline.exchanges.books.resyncs import SECOND_NS, Resyncs
from p2p_pipeline.exchanges.books.rules import Continuity, rules_of
from p2p_pipeline.exchanges.books.sequencer import State
from p2p_pipeline.exchanges.books.server_time import ServerTime
from p2p_pipeline.exchanges.books.symbol_books import SymbolBooks
from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.frames.subscription_frames import subscription_frame, subscriptions_in
from p2p_pipeline.exchanges.venues.connector import Lists, Wire
from p2p_pipeline.exchanges.words import Feed, Subscription

STALE_AFTER_NS = 60 * SECOND_NS
"""A book that nothing was heard of for so long is not served, however well its connection is."""
_ABOUT_SUBSCRIPTIONS = (Passage.SUBSCRIBED, Passage.UNSUBSCRIBED)


class ExchangeBooks:
    """One exchange. `changed` is called with a symbol's books whenever what is served of them may differ.

    What is subscribed is told to `record` as a frame, so that a replay is told the same.
    """

    def __init__(
        self,
        exchange: str,
        wire: Wire,
        lists: Lists,
        *,
        changed: Callable[[SymbolBooks, Kind], None] | None = None,
        record: Callable[[Frame], object] | None = None,
        stale_after_ns: int = STALE_AFTER_NS,
    ) -> None:
        self.exchange = exchange
        self.wire = wire
        self.lists = lists
        self._state = ExchangeState(rules_of(exchange), changed=changed)
        self.books = self._state.books
        """By the exchange's spelling of the symbol."""
        self._resyncs = Resyncs(self._state, wire, lists, exchange)
        self._server_time = ServerTime(lists)
        self._record = record
        self._now_ns = 0
        self._other_paths = _paths_without_books(lists)
        self._applying = Applying(self._state, self._resyncs, stale_after_ns)

    def on_change(self, changed: Callable[[SymbolBooks, Kind], None]) -> None:
        """Call this whenever what is served of a symbol may differ; TICKER is about its best prices only."""
        self._state.changed = changed

    def keep_only(self, symbols: Iterable[str]) -> None:
        """Best prices of other symbols are passed over."""
        self._state.wanted = frozenset(symbols)

    def opened(self, connection: str, url: str, now_ns: int) -> None:
        """A connection came up; nothing that was known of one of its name counts any more."""
        if connection in self._state.connections:
            self.closed(connection, now_ns)
        self._state.open(connection, url)

    def subscribed(
        self, connection: str, subscriptions: Sequence[Subscription], now_ns: int, request_ids: Sequence[int] = ()
    ) -> None:
        """These were asked for just now, by requests of these ids: each must be answered in time."""
        self._tell(connection, Passage.SUBSCRIBED, subscriptions, now_ns, request_ids)
        self._was_subscribed(connection, subscriptions, now_ns, request_ids)

    def unsubscribed(self, connection: str, subscriptions: Sequence[Subscription]) -> None:
        """These are wanted no longer: their books are dropped."""
        self._tell(connection, Passage.UNSUBSCRIBED, subscriptions, self._now_ns)
        self._was_unsubscribed(connection, subscriptions)

    def channel_of(self, connection: str, subscription: Subscription) -> str | None:
        """The number that ends a subscription where the exchange wants one (`Wire.unsubscribe`)."""
        return self._state.connection(connection).channel_of(subscription.symbol, subscription.feed)

    def closed(self, connection: str, now_ns: int) -> None:  # noqa: ARG002
        """A connection ended: its books are dropped."""
        known = self._state.connections.pop(connection, None)
        if known is None:
            return
        self._state.counters.reconnects += 1
        for books in self.books.values():
            if books.closed(connection):
                self._state.tell(books, Kind.SNAPSHOT)
                self._state.tell(books, Kind.TICKER)

    def take(self, frame: Frame, now_ns: int) -> list[Action]:
        """What a frame makes of the books, and what the edge is to do about it."""
        self._now_ns = now_ns
        if frame.is_outgoing:
            if frame.passage in _ABOUT_SUBSCRIPTIONS:
                self._take_subscriptions(frame, now_ns)
            return []
        if frame.passage is Passage.SOCKET:
            return self._take_message(frame, now_ns)
        if frame.passage is Passage.OPENED:
            self.opened(frame.connection, frame.url, now_ns)
        elif frame.passage is Passage.CLOSED:
            self.closed(frame.connection, now_ns)
        else:
            self._state.counters.frames += 1
            if self._server_time.heard(frame, self._state.clock) or urlsplit(frame.url).path in self._other_paths:
                return []
            events = self.lists.decode_answer(frame.url, frame.body)
            asked = self._resyncs.symbol_asked(frame.url)
            if asked and not any(event.kind is Kind.SNAPSHOT for event in events):
                detail = next((event.detail for event in events if event.detail), "no book in the answer")
                self._applying.notices.snapshot_refused(asked, detail, now_ns)
            self._applying.apply(frame, Connection(REST), events, now_ns)
        return self._drained()

    def _take_subscriptions(self, frame: Frame, now_ns: int) -> None:
        subscriptions, request_ids = subscriptions_in(frame)
        if frame.passage is Passage.SUBSCRIBED:
            self._was_subscribed(frame.connection, subscriptions, now_ns, request_ids)
        else:
            self._was_unsubscribed(frame.connection, subscriptions)

    def _take_message(self, frame: Frame, now_ns: int) -> list[Action]:
        self._state.counters.frames += 1
        connection = self._state.connection(frame.connection)
        events = self.wire.decode(frame.body, is_binary=frame.is_binary)
        if self._state.rules.continuity is not Continuity.CONNECTION or self._applying.is_in_sequence(
            connection, events, now_ns
        ):
            self._applying.apply(frame, connection, events, now_ns)
        return self._drained() if self._state.actions else []

    def due(self, now_ns: int) -> list[Action]:
        """What time alone brings: deadlines, back-off, feeds that went quiet. Call it some times a second.

        Whether a connection is silent is the edge's to judge: it hears the socket's own pings too (Binance).
        """
        if self._state.connections:
            self._state.actions += self._server_time.due(now_ns)
        for connection in list(self._state.connections.values()):
            self._state.actions += self._resyncs.due(connection, now_ns)
        for books in self.books.values():
            self._applying.grow_old(books, now_ns)
        return self._drained()

    def state(self, symbol: str) -> State:
        """What the book of a symbol is worth."""
        books = self.books.get(symbol)
        return State.WAITING if books is None else books.state

    def book(self, symbol: str) -> Book | None:
        """The book of a symbol, only when it is live."""
        books = self.books.get(symbol)
        return None if books is None else books.book

    def best(self, symbol: str) -> Event | None:
        """The newest best bid and ask of a feed of them; None while there is none to be trusted."""
        books = self.books.get(symbol)
        if books is None or not books.ticker.is_sure or books.ticker.is_crossed:
            return None
        return books.ticker.event

    @property
    def counters(self) -> Counters:
        """Of the exchange as a whole, now."""
        each = [books.counters for books in self.books.values()]
        return replace(
            self._state.counters,
            checksums_ok=sum(counters.checksums_ok for counters in each),
            checksums_failed=sum(counters.checksums_failed for counters in each),
        )

    def forget_counts(self) -> None:
        """Begin to count anew; books stay what they are."""
        for counters in (self._state.counters, *(books.counters for books in self.books.values())):
            counters.reset()

    @property
    def refused(self) -> dict[str, str]:
        """Symbols that the exchange refused, with its words; an empty symbol where it did not say which."""
        return self._state.refused

    @property
    def last_error(self) -> str:
        """The newest thing that was refused or could not be read."""
        return self._state.last_error

    @property
    def in_maintenance(self) -> bool:
        """Whether a connection was told so, and not that it is over."""
        return any(one.is_in_maintenance for one in self._state.connections.values())

    @property
    def lag_ms(self) -> float | None:
        """How much longer than the quickest way events take now."""
        return self._state.clock.lag_ms

    @property
    def clock_offset_ms(self) -> float | None:
        """Our clock minus the exchange's, with the quickest way to us in it."""
        return self._state.clock.offset_ms

    def age_ms(self, received_at_ns: int, exchange_time_us: int) -> float:
        """How old an event was when it was received, the clock's offset taken off."""
        return self._state.clock.age_ms(received_at_ns, exchange_time_us)

    @property
    def books_live(self) -> int:
        """How many books are served."""
        return sum(books.state is State.LIVE for books in self.books.values())

    def _was_subscribed(
        self, connection: str, subscriptions: Sequence[Subscription], now_ns: int, request_ids: Sequence[int]
    ) -> None:
        known = self._state.connection(connection)
        for one in subscriptions:
            known.subscriptions[one.feed, one.symbol] = one
            known.ended.discard((one.feed, one.symbol))
            if one.symbol == "*":
                continue
            books = self._state.books_of(one.symbol)
            if one.feed is Feed.DELTA:
                books.owner = books.owner or connection
            if one.feed is not Feed.BBO:
                known.patience[one.feed, one.symbol] = Patience(now_ns)
            self._resyncs.must_be_answered(known, one, now_ns)
        known.asked(request_ids, subscriptions, now_ns)

    def _was_unsubscribed(self, connection: str, subscriptions: Sequence[Subscription]) -> None:
        known = self._state.connection(connection)
        for one in subscriptions:
            known.subscriptions.pop((one.feed, one.symbol), None)
            known.unanswered.pop((one.feed, one.symbol), None)
            known.patience.pop((one.feed, one.symbol), None)
            number = known.channel_of(one.symbol, one.feed)
            if number is not None:
                known.ended_channels.add(number)
                del known.channels[number]
            known.ended.add((one.feed, one.symbol))
            books = self.books.get(one.symbol)
            if books is None:
                continue
            if one.feed is Feed.DELTA and books.owner == connection:
                books.sequencer.forget()
                books.has_changes = False
                books.owner = ""
                known.was_settled(one.symbol)
            elif one.feed is Feed.TOP:
                books.view.forget()
                books.has_views = False
            elif one.feed is Feed.BBO:
                books.ticker.forget()
            self._state.tell(books, Kind.TICKER if one.feed is Feed.BBO else Kind.TOP)

    def _tell(
        self,
        connection: str,
        passage: Passage,
        subscriptions: Sequence[Subscription],
        now_ns: int,
        request_ids: Sequence[int] = (),
    ) -> None:
        if self._record is not None:
            said = subscription_frame(self.exchange, connection, passage, subscriptions, now_ns, request_ids)
            self._record(said)

    def _drained(self) -> list[Action]:
        actions = self._state.actions
        if actions:
            self._state.actions = []
        return actions


def _paths_without_books(lists: Lists) -> frozenset[str]:
    """Of answers that are recorded with the others and say nothing of a book: lists, and the token to connect with."""
    connect, bulk = lists.connect_request(), lists.bulk_request()
    others = [*lists.instrument_requests(), *lists.currency_requests(), *([] if connect is None else [connect])]
    return frozenset(request.path for request in others) - {"" if bulk is None else bulk.path}
