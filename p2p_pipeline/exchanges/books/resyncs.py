"""When and how a book that broke is mended: back-off, one attempt in flight a symbol, one for a storm. Pure.

What is sent is handed back as actions; the edge paces them within the exchange's limits a second.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from p2p_pipeline.exchanges.books.actions import Action, Fetch, Reconnect, Send
from p2p_pipeline.exchanges.books.connection import HOUR_NS, Connection
from p2p_pipeline.exchanges.books.exchange_state import ExchangeState
from p2p_pipeline.exchanges.books.quiet import quiet_subscriptions, were_asked_again
from p2p_pipeline.exchanges.books.rules import Source
from p2p_pipeline.exchanges.books.sequencer import State
from p2p_pipeline.exchanges.books.symbol_books import SymbolBooks
from p2p_pipeline.exchanges.venues.connector import Lists, Wire
from p2p_pipeline.exchanges.words import Feed, Subscription

SECOND_NS = 1_000_000_000
ANSWER_WITHIN_NS = 10 * SECOND_NS
"""A snapshot, or the answer to a subscription."""
LONGEST_WAIT_SECONDS = 60
FAILED_BEFORE_RECONNECT = 3
_SOUND_AFTER_NS = 60 * SECOND_NS
"""A book that breaks again sooner goes on with the back-off it had."""
_RELAPSE_NS, _MOST_RELAPSES = 15 * SECOND_NS, 4
"""One that was mended and broke again within so long waits twice as long as the last time, up to 16 seconds."""
_ASK_AGAIN_NS = 60 * SECOND_NS
_LONGEST_PACE_NS = 600 * SECOND_NS
"""After an exchange said that we ask too fast: a minute, then twice as long each time, up to this."""
_FIRST_REQUEST_ID = 500_000
_JOINS_WITHIN_NS = 2 * SECOND_NS
_STORM = 5
"""As many books of one connection at once, and more than half of those it has, are mended by another connection."""


class Resyncs:
    """Those of one exchange."""

    def __init__(self, state: ExchangeState, wire: Wire, lists: Lists, seed: str) -> None:
        self._rules = state.rules
        self._wire = wire
        self._lists = lists
        self._books = state.books
        self._counters = state.counters
        self._random = random.Random(seed)
        self._next_id = _FIRST_REQUEST_ID
        self._symbol_of_url: dict[str, str] = {}

    def broke(self, connection: Connection, books: SymbolBooks, now_ns: int) -> None:
        """A book has become invalid: its re-sync is scheduled, with those of others that broke just before."""
        if books.symbol in connection.scheduled:
            return
        connection.in_flight.pop(books.symbol, None)
        since = now_ns - books.broken_ns
        books.relapses = min(_MOST_RELAPSES, books.relapses + 1) if since < _RELAPSE_NS else 0
        if since > _SOUND_AFTER_NS:
            books.attempts = 0
        books.broken_ns = now_ns
        books.counters.resyncs += 1
        if self._schedule(connection, books, now_ns):
            self._counters.resyncs += 1

    def wants_snapshot(self, connection: Connection, books: SymbolBooks, now_ns: int) -> list[Action]:
        """Changes wait for a snapshot: the first is asked for at once, one that was too old with back-off."""
        symbol = books.symbol
        if symbol in connection.scheduled or self._rules.source is Source.SOCKET:
            return []
        if symbol not in connection.in_flight:
            return self._ask(connection, [books], now_ns)
        return []

    def refresh(self, books: SymbolBooks, now_ns: int) -> list[Action]:
        """A sound book wants a newer snapshot: asked for once a minute at most, and nothing hangs on the answer."""
        if books.refreshed_ns is not None and now_ns - books.refreshed_ns < _ASK_AGAIN_NS:
            return []
        if self._rules.source is not Source.REST:
            return []
        books.refreshed_ns = now_ns
        books.sequencer.refresh()
        return [self._fetch(books.symbol)]

    def was_too_old(self, connection: Connection, books: SymbolBooks, now_ns: int) -> None:
        """The snapshot that came is older than the first change that waits."""
        self._failed(connection, books, now_ns)

    def settled(self, connection: Connection, symbol: str) -> None:
        """A book is live."""
        if connection.scheduled or connection.in_flight:
            connection.was_settled(symbol)

    def symbol_asked(self, url: str) -> str:
        """Whose snapshot was asked for with this url; empty when nobody's."""
        return self._symbol_of_url.pop(url, "")

    def was_refused(self, connection: Connection, books: SymbolBooks, now_ns: int) -> None:
        """A snapshot was refused."""
        if books.symbol in connection.in_flight:
            self._failed(connection, books, now_ns)

    def one_by_one(self, connection: Connection, asked: Sequence[Subscription], now_ns: int) -> list[Action]:
        """Ask again for what was refused together, each by a request of its own."""
        actions: list[Action] = []
        for one in asked:
            for text in self._wire.subscribe([one], self._next_id):
                connection.requests[str(self._next_id)] = (one,)
                self._next_id += 1
                actions.append(Send(connection.name, text))
            self.must_be_answered(connection, one, now_ns)
        connection.sent_ns += [now_ns] * len(actions)
        return actions

    def must_be_answered(self, connection: Connection, one: Subscription, now_ns: int) -> None:
        """A subscription was asked for; where the exchange answers none, only its data shows that it stands."""
        if self._rules.has_acks:
            connection.unanswered[one.feed, one.symbol] = now_ns + ANSWER_WITHIN_NS

    def was_too_fast(self, connection: Connection, symbol: str, asked: Sequence[Subscription], now_ns: int) -> None:
        """We ask too fast: what is not answered yet waits, each time longer; of all, where nothing tells of what."""
        slow_until = connection.slow_until_ns
        if slow_until is not None and now_ns - slow_until > _LONGEST_PACE_NS:
            connection.pace_refusals = 0
        wait = min(_LONGEST_PACE_NS, _ASK_AGAIN_NS << min(connection.pace_refusals, 10))
        connection.pace_refusals += 1
        connection.unanswered_rounds, connection.slow_until_ns = 0, now_ns + wait
        about = {symbol} if symbol else {one.symbol for one in asked}
        for key in connection.unanswered:
            if not about or key[1] in about:
                connection.unanswered[key] = now_ns + wait
        for waiting in [one for one in connection.in_flight if not about or one in about]:
            del connection.in_flight[waiting]
            connection.scheduled[waiting] = now_ns + wait

    def reconnect(self, connection: Connection, reason: str, now_ns: int) -> list[Action]:
        """Ask for another connection, once a minute at most: it may take its time to come."""
        asked = connection.reconnect_asked_ns
        if asked is not None and now_ns - asked < _ASK_AGAIN_NS:
            return []
        connection.reconnect_asked_ns = now_ns
        connection.scheduled.clear()
        connection.in_flight.clear()
        return [Reconnect(connection.name, reason)]

    def due(self, connection: Connection, now_ns: int) -> list[Action]:
        """What is to be done on a connection by now."""
        if connection.is_in_maintenance:
            return []
        reason = self._expire(connection, now_ns)
        if reason:
            return self.reconnect(connection, reason, now_ns)
        again = self._unanswered_again(connection, now_ns) + self._quiet_again(connection, now_ns)
        batch = [self._books[symbol] for symbol, due in connection.scheduled.items() if due <= now_ns]
        if not batch:
            return again
        owned = sum(books.owner == connection.name and books.has_changes for books in self._books.values())
        if len(batch) >= _STORM and 2 * len(batch) > owned and self._rules.source is not Source.SOCKET:
            return self.reconnect(connection, f"{len(batch)} of {owned} books broke at once", now_ns)
        return again + self._ask(connection, batch, now_ns)

    def _unanswered_again(self, connection: Connection, now_ns: int) -> list[Action]:
        """Subscriptions that nothing answered in time are made once more, each time with more patience."""
        late = [key for key, deadline in connection.unanswered.items() if deadline <= now_ns]
        if not late:
            return []
        connection.unanswered_rounds += 1
        for key in late:
            connection.unanswered[key] = now_ns + (ANSWER_WITHIN_NS << connection.unanswered_rounds)
        wanted = [connection.subscriptions[key] for key in late if key in connection.subscriptions]
        return self._renew(connection, wanted, now_ns) or []

    def _quiet_again(self, connection: Connection, now_ns: int) -> list[Action]:
        """What was accepted and brings nothing is made again, within half of what books that broke may use up."""
        if connection.slow_until_ns is not None and now_ns < connection.slow_until_ns:
            return []
        quiet = quiet_subscriptions(connection, self._books, now_ns)
        sent = self._renew(connection, quiet, now_ns, share=4) if quiet else None
        if not sent:
            return []
        were_asked_again(connection, quiet, now_ns)
        for one in quiet:
            self._books[one.symbol].counters.resyncs += 1
            if len(quiet) == len(connection.patience) > 1:
                # Not one market that rests: a connection of which nothing comes must answer, or another is taken.
                self.must_be_answered(connection, one, now_ns)
        self._counters.resyncs += 1
        return sent

    def _expire(self, connection: Connection, now_ns: int) -> str:
        """Count as failed what was not answered in time; why the connection must go, or nothing."""
        late = [symbol for symbol, deadline in connection.in_flight.items() if deadline <= now_ns]
        for symbol in late:
            self._failed(connection, self._books[symbol], now_ns)
        if connection.unanswered_rounds >= FAILED_BEFORE_RECONNECT - 1:
            silent = [symbol for (_, symbol), deadline in connection.unanswered.items() if deadline <= now_ns]
            if silent:
                connection.unanswered.clear()
                return f"nothing answers the subscription of {silent[0]}"
        for symbol in connection.scheduled:
            if self._books[symbol].attempts >= FAILED_BEFORE_RECONNECT:
                self._books[symbol].attempts = 0
                return f"{symbol}: {FAILED_BEFORE_RECONNECT} attempts to get a sound book failed"
        return ""

    def _failed(self, connection: Connection, books: SymbolBooks, now_ns: int) -> None:
        connection.in_flight.pop(books.symbol, None)
        books.attempts += 1
        if books.sequencer.state is State.RESYNCING:
            books.sequencer.state = State.GAP
        self._schedule(connection, books, now_ns)

    def _schedule(self, connection: Connection, books: SymbolBooks, now_ns: int) -> bool:
        """Whether it is a re-sync of its own; else it goes with one that is about to begin."""
        wait = min(LONGEST_WAIT_SECONDS, 2 ** (books.attempts + books.relapses)) * self._random.uniform(0.75, 1.25)
        due = now_ns + int(wait * SECOND_NS)
        soonest = min(connection.scheduled.values(), default=None)
        joins = books.attempts + books.relapses == 0 and soonest is not None and soonest - now_ns <= _JOINS_WITHIN_NS
        connection.scheduled[books.symbol] = soonest if joins and soonest is not None else due
        return not joins

    def _ask(self, connection: Connection, batch: Sequence[SymbolBooks], now_ns: int) -> list[Action]:
        if self._rules.source is Source.REST:
            actions: list[Action] = [self._fetch(books.symbol) for books in batch]
        elif self._rules.source is Source.REQUEST:
            actions = [self._request(connection, books.symbol) for books in batch]
        else:
            actions = self._subscribe_again(connection, batch, now_ns)
            if not actions:
                return []
        for books in batch:
            connection.scheduled.pop(books.symbol, None)
            connection.in_flight[books.symbol] = now_ns + ANSWER_WITHIN_NS
            if books.sequencer.state in (State.GAP, State.STALE):
                books.sequencer.invalidate(State.RESYNCING)
        return actions

    def _fetch(self, symbol: str) -> Fetch:
        request = self._lists.book_request(symbol)
        self._symbol_of_url[request.url] = symbol
        return Fetch(request, symbol)

    def _request(self, connection: Connection, symbol: str) -> Send:
        self._next_id += 1
        return Send(connection.name, self._wire.snapshot_message(symbol, self._next_id) or "")

    def _subscribe_again(self, connection: Connection, batch: Sequence[SymbolBooks], now_ns: int) -> list[Action]:
        """Unsubscribe and subscribe, all symbols together; when the hour's budget is half used up, a minute later."""
        wanted = [one for books in batch for one in _subscriptions(connection, books)]
        sent = self._renew(connection, wanted, now_ns)
        if sent is None:
            for books in batch:
                connection.scheduled[books.symbol] = now_ns + _ASK_AGAIN_NS
        return sent or []

    def _renew(
        self, connection: Connection, wanted: list[Subscription], now_ns: int, share: int = 2
    ) -> list[Action] | None:
        """Subscriptions ended and made anew; None when that share of the hour's limit has no room for it."""
        allowed = self._wire.CAPABILITY.limits.subscription_requests_per_hour
        recent = sum(now_ns - at < HOUR_NS for at in connection.sent_ns)
        if allowed is not None and recent + 2 > allowed // share:
            return None
        ended = [self._by_number(connection, one) for one in wanted]
        texts = self._wire.unsubscribe([one for one in ended if one is not None], self._next_id)
        if self._wire.CAPABILITY.is_replacing:
            wanted, texts = list(connection.subscriptions.values()), []
        self._next_id += len(texts)
        asking = self._wire.subscribe(wanted, self._next_id)
        ids = range(self._next_id, self._next_id + len(asking))
        self._next_id += len(asking)
        connection.sent_ns += [now_ns] * len(texts)
        connection.asked(ids, wanted, now_ns)
        return [Send(connection.name, text) for text in (*texts, *asking)]

    def _by_number(self, connection: Connection, one: Subscription) -> Subscription | None:
        """How a subscription is ended: by its channel's number where data names that; None when it has none yet."""
        if self._rules.is_named_by_symbol:
            return one
        number = connection.channel_of(one.symbol, one.feed)
        if number is None:
            return None
        del connection.channels[number]
        connection.ended_channels.add(number)
        return Subscription(one.feed, f"#{number}", one.depth)


def _subscriptions(connection: Connection, books: SymbolBooks) -> list[Subscription]:
    known = [one for (_, symbol), one in connection.subscriptions.items() if symbol == books.symbol]
    mended = [one for one in known if one.feed is Feed.DELTA] if books.has_changes else known
    return mended or known or [Subscription(Feed.DELTA, books.symbol)]
