"""What frames do to the books of an exchange. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from p2p_pipeline.exchanges.books.breaking import Breaking
from p2p_pipeline.exchanges.books.connection import Connection
from p2p_pipeline.exchanges.books.exchange_state import ExchangeState
from p2p_pipeline.exchanges.books.heard import Heard
from p2p_pipeline.exchanges.books.notices import REST, Notices
from p2p_pipeline.exchanges.books.resyncs import SECOND_NS, Resyncs
from p2p_pipeline.exchanges.books.sequencer import Outcome, State
from p2p_pipeline.exchanges.books.snapshot_limit import levels_asked
from p2p_pipeline.exchanges.books.symbol_books import SymbolBooks
from p2p_pipeline.exchanges.events import Event, Kind
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.words import Feed

_HOLD_NS = 2 * SECOND_NS
_SILENT_NS = 10 * SECOND_NS
_UNPROVEN_NS = 300 * SECOND_NS
"""After so long a book is subscribed again that nothing vouches for (some frames of Bitget have neither)."""
_CHANGES = frozenset((Kind.SNAPSHOT, Kind.DELTA, Kind.CHECKSUM))
_OF_A_BOOK = _CHANGES | {Kind.TOP, Kind.TICKER}


class Applying:
    """Events of one exchange to its books."""

    def __init__(self, state: ExchangeState, resyncs: Resyncs, stale_after_ns: int) -> None:
        self._state = state
        self._resyncs = resyncs
        self._breaking = Breaking(state, resyncs)
        self.notices = Notices(state, resyncs, self._breaking)
        self._stale_after_ns = stale_after_ns

    def apply(self, frame: Frame, connection: Connection, events: Sequence[Event], now_ns: int) -> None:
        """All that one frame said."""
        state = self._state
        seen: SymbolBooks | None = None
        for event in events:
            state.counters.events += 1
            kind, symbol = event.kind, event.symbol
            if event.channel and not symbol and kind in _OF_A_BOOK:
                symbol = self._symbol_of(event, connection, now_ns)
            books = state.books.get(symbol) if symbol else None
            if books is None and symbol and kind in _OF_A_BOOK and (kind is not Kind.TICKER or state.wants(symbol)):
                books = state.books_of(symbol)
            if books is not None:
                books.counters.events += 1
                if books is not seen:
                    books.counters.frames += 1
                    seen = books
            if kind not in _OF_A_BOOK:
                self.notices.take(event, books, connection, now_ns)
            elif books is not None:
                if kind is Kind.TICKER:
                    self._best_prices(event, books, connection, frame, now_ns)
                elif kind is Kind.TOP:
                    self._view(event, books, connection, frame, now_ns)
                else:
                    self._change(event, books, connection, frame, now_ns)

    def _symbol_of(self, event: Event, connection: Connection, now_ns: int) -> str:
        """By the channel's number. A change of a channel that never was means that the number can't be believed."""
        known = connection.channels.get(event.channel)
        if known is not None:
            return known[0]
        if event.kind in _CHANGES and event.channel not in connection.ended_channels:
            self._breaking.all_of(connection, now_ns, is_gap=True)
        return ""

    def is_in_sequence(self, connection: Connection, events: Sequence[Event], now_ns: int) -> bool:
        """Whether a numbered message of a connection counts; one that came before doesn't, a lost one spoils all."""
        number = next((event.connection_sequence for event in events if event.connection_sequence is not None), None)
        if number is None:
            return self._needs_no_number(connection, events, now_ns)
        expected = number if connection.sequence is None else connection.sequence + 1
        if number < expected:
            return False
        connection.sequence = number
        if number > expected:
            self._breaking.all_of(connection, now_ns, is_gap=True)
            reason = f"message {expected} of the connection is missing, {number} came"
            self._state.actions += self._resyncs.reconnect(connection, reason, now_ns)
        return True

    def _needs_no_number(self, connection: Connection, events: Sequence[Event], now_ns: int) -> bool:
        """A book whose messages are not numbered (Bitfinex, where its `conf` was refused) could be wrong unseen."""
        if not any(event.kind in _CHANGES for event in events):
            return True
        reason = "books of the connection come without numbers"
        self._state.last_error = reason
        self._breaking.all_of(connection, now_ns, is_gap=False)
        self._state.actions += self._resyncs.reconnect(connection, reason, now_ns)
        return False

    def grow_old(self, books: SymbolBooks, now_ns: int) -> None:
        """What time alone does to a book."""
        connection = self._state.connections.get(books.owner)
        if books.held_until_ns is not None and now_ns >= books.held_until_ns:
            books.held_until_ns = None
            if connection is not None and books.sequencer.is_holding:
                self._breaking.gap(books, connection, now_ns)
        if books.unproven_ns is not None and connection is not None and now_ns - books.unproven_ns > _UNPROVEN_NS:
            books.unproven_ns = None
            self._resyncs.broke(connection, books, now_ns)
        age = self._stale_after_ns
        if books.has_views and not books.view_is_stale and books.view_heard.is_older_than(age, now_ns):
            books.view_is_stale = True
            self._state.tell(books, Kind.TOP)
        if books.sequencer.state is not State.LIVE or connection is None:
            return
        if books.changes_heard.is_older_than(age, now_ns):
            books.sequencer.state = State.STALE
            self._resyncs.broke(connection, books, now_ns)
            self._state.tell(books, Kind.DELTA)

    def _change(self, event: Event, books: SymbolBooks, connection: Connection, frame: Frame, now_ns: int) -> None:
        if connection.is_in_maintenance or (Feed.DELTA, books.symbol) in connection.ended:
            return
        if connection.name is REST:
            connection = self._state.connections.get(books.owner, connection)
        elif books.owner != connection.name and not self._takes_over(books, connection, now_ns):
            return
        books.has_changes = True
        if event.kind is Kind.SNAPSHOT:
            books.unproven_ns = None
        was_live = books.sequencer.state is State.LIVE
        outcome = self._sequenced(event, books, connection, frame)
        if connection.unanswered:
            connection.answered(books.symbol, Feed.DELTA)
        if outcome is Outcome.CHANGED:
            self._note(books.changes_heard, event, frame, now_ns)
            if not was_live:
                self._resyncs.settled(connection, books.symbol)
            if books.unproven_ns is None and event.kind is Kind.DELTA and not books.sequencer.is_proven(event):
                books.unproven_ns = now_ns
            if books.sequencer.wants_refresh:
                self._state.actions += self._resyncs.refresh(books, now_ns)
            self._state.tell(books, event.kind)
        elif outcome is not Outcome.NOTHING:
            self._is_not_sound(outcome, event, books, connection, now_ns)
        elif event.kind is Kind.SNAPSHOT and books.sequencer.last is not None:
            self._resyncs.settled(connection, books.symbol)

    def _takes_over(self, books: SymbolBooks, connection: Connection, now_ns: int) -> bool:
        """Whether a book comes from another connection from now on: a later one, or when its own says nothing."""
        owner = self._state.connections.get(books.owner)
        if owner is not None and owner.ordinal > connection.ordinal:
            heard = books.changes_heard.received_ns
            if heard is None or now_ns - heard < _SILENT_NS:
                return False
        if owner is not None and books.sequencer.state is not State.WAITING:
            books.sequencer.forget()
            owner.was_settled(books.symbol)
        books.owner = connection.name
        return True

    def _sequenced(self, event: Event, books: SymbolBooks, connection: Connection, frame: Frame) -> Outcome:
        sequencer = books.sequencer
        if event.kind is Kind.DELTA:
            return sequencer.delta(event)
        if event.kind is Kind.CHECKSUM:
            return sequencer.checksum(event)
        sequencer.depth = connection.depths.get(books.symbol, sequencer.depth)
        is_socket = frame.passage is Passage.SOCKET
        return sequencer.snapshot(event, is_from_socket=is_socket, asked=None if is_socket else levels_asked(frame.url))

    def _is_not_sound(
        self, outcome: Outcome, event: Event, books: SymbolBooks, connection: Connection, now_ns: int
    ) -> None:
        if outcome is Outcome.GAP:
            self._breaking.gap(books, connection, now_ns)
        elif outcome is Outcome.BAD_CHECKSUM:
            self._resyncs.broke(connection, books, now_ns)
        elif outcome is Outcome.HELD:
            books.held_until_ns = now_ns + _HOLD_NS
        elif event.kind is Kind.SNAPSHOT:
            self._resyncs.was_too_old(connection, books, now_ns)
        else:
            self._state.actions += self._resyncs.wants_snapshot(connection, books, now_ns)
        self._state.tell(books, event.kind)

    def _view(self, event: Event, books: SymbolBooks, connection: Connection, frame: Frame, now_ns: int) -> None:
        if (Feed.TOP, books.symbol) in connection.ended:
            return
        books.take_view(event, connection.name)
        if connection.unanswered:
            connection.answered(books.symbol, Feed.TOP)
        self._note(books.view_heard, event, frame, now_ns)
        self._state.tell(books, Kind.TOP)

    def _best_prices(self, event: Event, books: SymbolBooks, connection: Connection, frame: Frame, now_ns: int) -> None:
        if (Feed.BBO, books.symbol) in connection.ended:
            return
        if books.ticker.take(event):
            books.ticker_received_ns = now_ns
            books.ticker_from = connection.name
        if connection.unanswered:
            connection.answered(books.symbol, Feed.BBO)
        self._hear_clock(event, frame)
        if self._state.changed is not None:
            self._state.changed(books, Kind.TICKER)

    def _note(self, heard: Heard, event: Event, frame: Frame, now_ns: int) -> None:
        heard.received_ns = now_ns
        heard.received_at_ns = frame.received_at_ns
        heard.exchange_time_us = event.exchange_time_us
        # A snapshot may be of long ago: that is no lag, and bounds the clocks' difference all the same.
        if event.kind is not Kind.SNAPSHOT:
            self._hear_clock(event, frame)
        elif frame.received_at_ns is not None and event.exchange_time_us is not None:
            self._state.clock.was_at(frame.received_at_ns, event.exchange_time_us)

    def _hear_clock(self, event: Event, frame: Frame) -> None:
        received, said = frame.received_at_ns, event.exchange_time_us
        if received is not None and said is not None and frame.passage is Passage.SOCKET:
            self._state.clock.heard(received, said)
