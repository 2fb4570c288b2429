"""What an exchange says that is no book: answers to what was asked, pings, maintenance, what can't be read. Pure."""

from __future__ import annotations

import re

from p2p_pipeline.exchanges.books.actions import Send
from p2p_pipeline.exchanges.books.breaking import Breaking
from p2p_pipeline.exchanges.books.connection import Connection
from p2p_pipeline.exchanges.books.exchange_state import ExchangeState
from p2p_pipeline.exchanges.books.pace import is_about_pace
from p2p_pipeline.exchanges.books.resyncs import Resyncs
from p2p_pipeline.exchanges.books.rules import Continuity
from p2p_pipeline.exchanges.books.sequencer import State
from p2p_pipeline.exchanges.books.symbol_books import SymbolBooks
from p2p_pipeline.exchanges.events import Event, Kind, Status
from p2p_pipeline.exchanges.words import Feed

REST = "rest"
"""The name of the connection that answers by REST come on: none that a socket has."""


class Notices:
    """Those of one exchange."""

    def __init__(self, state: ExchangeState, resyncs: Resyncs, breaking: Breaking) -> None:
        self._state = state
        self._resyncs = resyncs
        self._breaking = breaking

    def take(self, event: Event, books: SymbolBooks | None, connection: Connection, now_ns: int) -> None:
        """One event that is none of a book."""
        kind = event.kind
        if kind is Kind.PING:
            self._state.actions.append(Send(connection.name, event.detail))
        elif kind is Kind.ACK:
            self._acknowledged(event, connection)
        elif kind is Kind.REFUSED:
            self._refused(event, books, connection, now_ns)
        elif kind is Kind.STATUS:
            self._status(event, connection, now_ns)
        elif kind is Kind.UNREADABLE:
            self._unreadable(event, books, connection, now_ns)

    def snapshot_refused(self, symbol: str, detail: str, now_ns: int) -> None:
        """A snapshot by REST was asked for, and something else came."""
        self._state.last_error = detail
        books = self._state.books.get(symbol)
        connection = None if books is None else self._state.connections.get(books.owner)
        if books is not None and connection is not None:
            self._resyncs.was_refused(connection, books, now_ns)

    def _acknowledged(self, event: Event, connection: Connection) -> None:
        feed = Feed(event.detail) if event.detail in set(Feed) else None
        if event.symbol:
            if event.channel and not self._state.rules.is_named_by_symbol:
                connection.channels[event.channel] = (event.symbol, feed)
            depths = self._state.rules.depths
            if event.depth is not None and (event.depth in depths or not depths):
                connection.depths[event.symbol] = event.depth
            connection.answered(event.symbol, feed)
            return
        # An answer to a request that is not known says nothing of ours: it may be that something ended.
        asked = connection.requests.pop(event.request_id, ())
        connection.were_answered([(one.feed, one.symbol) for one in asked])

    def _refused(self, event: Event, books: SymbolBooks | None, connection: Connection, now_ns: int) -> None:
        self._state.last_error = event.detail
        asked = connection.requests.pop(event.request_id, ())
        if is_about_pace(event.detail):
            self._resyncs.was_too_fast(connection, event.symbol, asked, now_ns)
            return
        waiting = [one for one in asked if connection.is_open(one)] if len(asked) > 1 else asked
        symbol = event.symbol or (waiting[0].symbol if len(waiting) == 1 else _named(event.detail, connection))
        others = [] if event.symbol else [one for one in waiting if one.symbol != symbol]
        if others:
            # One that is wrong has the whole request refused (Bybit): each alone tells which.
            self._state.actions += self._resyncs.one_by_one(connection, others, now_ns)
        if not symbol and others:
            return
        self._state.refused[symbol] = event.detail
        if symbol:
            connection.answered(symbol)
            books = books or self._state.books.get(symbol)
            if books is not None:
                self._resyncs.was_refused(connection, books, now_ns)

    def _status(self, event: Event, connection: Connection, now_ns: int) -> None:
        if event.detail == Status.RECONNECT:
            reason = "the exchange will close the connection"
            self._state.actions += self._resyncs.reconnect(connection, reason, now_ns)
        elif event.detail == Status.MAINTENANCE:
            self._state.last_error = "maintenance"
            connection.is_in_maintenance = True
            self._breaking.all_of(connection, now_ns, is_gap=False)
        elif connection.is_in_maintenance:
            connection.is_in_maintenance = False
            self._state.actions += self._resyncs.reconnect(connection, "maintenance is over", now_ns)

    def _unreadable(self, event: Event, books: SymbolBooks | None, connection: Connection, now_ns: int) -> None:
        self._state.counters.unreadable += 1
        self._state.last_error = event.detail
        # Without numbers nobody would ever see that it was a change of a book.
        is_unseen = self._state.rules.continuity is Continuity.NONE and connection.name is not REST
        if books is not None:
            books.counters.unreadable += 1
            if is_unseen and books.sequencer.state is State.LIVE:
                self._breaking.gap(books, connection, now_ns)
        elif is_unseen:
            self._breaking.all_of(connection, now_ns, is_gap=True)


def _named(words: str, connection: Connection) -> str:
    """The one symbol among those not answered that a refusal names; Coinbase's has neither a field nor a number for it.

    The others of the same request were refused with it, and are asked for again when their time is over.
    """
    said = set(re.split(r"[^\w\-/]+", words))
    named = {symbol for _, symbol in connection.unanswered or connection.subscriptions if symbol in said}
    return named.pop() if len(named) == 1 else ""
