"""A scan and what stands around it become a board."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from p2p_pipeline.exchanges.board import Board, ExchangeHealth, SeenOpportunity
from p2p_pipeline.exchanges.books.market_books import LEVELS
from p2p_pipeline.exchanges.connections.exchange_link import ExchangeLink
from p2p_pipeline.exchanges.funnel.subscriptions import depth_feed
from p2p_pipeline.exchanges.hot_store.store import StoredBook
from p2p_pipeline.exchanges.replay.notes import moment
from p2p_pipeline.exchanges.service.health import NewestError, state_of
from p2p_pipeline.exchanges.service.lives import lives
from p2p_pipeline.exchanges.service.market import Market
from p2p_pipeline.exchanges.service.watching import Watching
from p2p_pipeline.exchanges.tables.rows import KeptScan

_BOOKS_AT_ONCE = 100
_MINUTE = timedelta(minutes=1)


@dataclass
class BoardMaker:
    """Counts boards, and remembers what each one needs of those before it."""

    service: str
    is_simulated: bool
    market: Market
    links: Mapping[str, ExchangeLink]
    watching: Watching
    last_frame_ns: Mapping[str, int]
    skipped: int = 0
    _sequence: int = 0
    _alive: dict[str, SeenOpportunity] = field(default_factory=dict)
    _rejected: Counter[str] = field(default_factory=Counter)
    _published_ns: int = 0
    _errors: dict[str, NewestError] = field(default_factory=dict)
    _begun: list[datetime] = field(default_factory=list)
    """When the opportunities of the last minute began."""

    def make(self, kept: KeptScan) -> Board:
        """The board of a scan."""
        self._sequence += 1
        scan = kept.scan
        self._alive = lives(self._alive, scan.opportunities, scan.at)
        begun = [one.first_seen for one in self._alive.values() if one.first_seen == scan.at]
        self._begun = [at for at in (*self._begun, *begun) if scan.at - at < _MINUTE]
        self._rejected.update({reason.value: count for reason, count in scan.rejected.items()})
        return Board(
            sequence=self._sequence,
            service=self.service,
            is_simulated=self.is_simulated,
            scan=scan,
            opportunities=tuple(self._alive.values()),
            cycles=scan.cycles,
            exchanges=tuple(self._health(name, link, scan.at) for name, link in self.links.items()),
            watched=self.watching.watched,
            skipped_cycles=self.skipped,
            jitter_ms=kept.jitter_ms,
            found=kept.opportunities,
            detected_in_minute=len(self._begun),
            rejected_totals=dict(self._rejected),
        )

    async def changed_books(self) -> list[StoredBook]:
        """Live books that changed since this was asked last. Others may work in between: there may be thousands."""
        since, books, found = self._published_ns, self.market.books, []
        for number, ((row, column), instrument) in enumerate(list(books.instruments.items())):
            if number % _BOOKS_AT_ONCE == _BOOKS_AT_ONCE - 1:
                await asyncio.sleep(0)
            received_ns = int(books.received_ns[row, column])
            if not books.is_live[row, column] or received_ns <= since:
                continue
            self._published_ns = max(self._published_ns, received_ns)
            book = books.exchanges[row].book(instrument.symbol)
            if book is not None:
                bids, asks = book.top(LEVELS)
                names = self.market.names[row], self.market.symbols[column]
                found.append(StoredBook(*names, tuple(bids), tuple(asks), moment(received_ns)))
        return found

    def _error(self, name: str, link: ExchangeLink, at: datetime, *, is_live: bool) -> str:
        newest = self._errors.setdefault(name, NewestError())
        told = newest.told({"link": link.last_error, "books": link.books.last_error}, at, is_live=is_live)
        if is_live and newest.is_over("link", at):
            # The same again is news.
            link.last_error = ""
        return told

    def _health(self, name: str, link: ExchangeLink, at: datetime) -> ExchangeHealth:
        books, counters, market = link.books, link.books.counters, self.market
        row, wanted = market.names.index(name), self.watching.wanted_of(name)
        instruments = [market.instrument(row, market.symbols.index(symbol)) for symbol in wanted]
        states = [books.state(one.symbol) for one in instruments if one is not None]
        feed, last_ns = depth_feed(link.capability), self.last_frame_ns.get(name)
        live = int(market.books.is_live[row].sum())
        state = state_of(
            is_unreachable=link.is_unreachable,
            is_up=last_ns is not None,
            in_maintenance=books.in_maintenance and live == 0,
            books=states,
        )
        return ExchangeHealth(
            name=name,
            state=state,
            connections=link.open_connections,
            subscriptions=link.subscriptions,
            books_live=live,
            books_wanted=len(wanted),
            lag_ms=books.lag_ms,
            clock_offset_ms=books.clock_offset_ms,
            frames=counters.frames,
            unreadable=counters.unreadable,
            gaps=counters.gaps,
            resyncs=counters.resyncs,
            checksum_failures=counters.checksums_failed,
            reconnects=counters.reconnects,
            integrity=link.capability.feeds[feed].value if feed is not None else "",
            last_error=self._error(name, link, at, is_live=state == "live"),
            last_frame_at=None if last_ns is None else moment(last_ns),
            transfers=market.transfers(name),
        )
