"""All that is known of one symbol at one exchange: the book of changes, the first levels, the best prices."""

from __future__ import annotations

from p2p_pipeline.exchanges.books.book import Book
from p2p_pipeline.exchanges.books.counters import Counters
from p2p_pipeline.exchanges.books.heard import Heard
from p2p_pipeline.exchanges.books.newest import Newest
from p2p_pipeline.exchanges.books.rules import Rules
from p2p_pipeline.exchanges.books.sequencer import Sequencer, State
from p2p_pipeline.exchanges.events import Event
from p2p_pipeline.exchanges.words import Feed

_FRESHER_BY_NS = 2_000_000_000
"""First levels come seldom at some exchanges (once a second): both feeds of a market that lives are so near."""


class SymbolBooks:
    """One symbol. Which connection its changes come from is `owner`: those of another are not its sequence."""

    __slots__ = (
        "attempts", "broken_ns", "changes_heard", "counters", "has_changes", "has_views", "held_until_ns", "owner",
        "refreshed_ns", "relapses", "sequencer", "symbol", "ticker", "ticker_from", "ticker_received_ns",
        "unproven_ns", "view", "view_book", "view_from", "view_heard", "view_is_stale",
    )  # fmt: skip

    def __init__(self, symbol: str, rules: Rules) -> None:
        self.symbol = symbol
        self.owner = ""
        self.counters = Counters()
        self.sequencer = Sequencer(rules, self.counters)
        self.has_changes = False
        """Whether snapshots and changes come of it."""
        self.has_views = False
        """Whether first levels, whole in each frame, come of it."""
        self.view = Newest()
        self.view_book = Book()
        self.view_is_stale = False
        self.view_from = ""
        """The connection that it came from; likewise `ticker_from`."""
        self.ticker_from = ""
        self.ticker = Newest()
        self.ticker_received_ns: int | None = None
        self.changes_heard = Heard()
        self.view_heard = Heard()
        self.attempts = 0
        """Re-syncs that failed since the book was last sound."""
        self.relapses = 0
        """How often it broke again soon after it was mended."""
        self.broken_ns = -(10**18)
        self.refreshed_ns: int | None = None
        """When another snapshot was asked for while it was served."""
        self.unproven_ns: int | None = None
        """Since when changes are applied that neither a number nor a checksum vouches for."""
        self.held_until_ns: int | None = None
        """Until when a change that came too early may wait for the one before it."""

    @property
    def state(self) -> State:
        """Of the book that would be served."""
        if self._shows_changes:
            crossed = self.sequencer.state is State.LIVE and self.sequencer.book.is_crossed
            return State.GAP if crossed else self.sequencer.state
        return self._view_state

    @property
    def book(self) -> Book | None:
        """The book, only when it is live."""
        if self.state is not State.LIVE:
            return None
        return self.sequencer.book if self._shows_changes else self.view_book

    @property
    def heard(self) -> Heard:
        """When what would be served was heard last."""
        return self.changes_heard if self._shows_changes else self.view_heard

    def heard_of(self, feed: Feed) -> Heard:
        """When changes or first levels were heard last."""
        return self.changes_heard if feed is Feed.DELTA else self.view_heard

    @property
    def _shows_changes(self) -> bool:
        """Of two feeds the one of changes is served, unless it is broken or the other one says more lately."""
        if not self.has_changes or not self.has_views:
            return self.has_changes
        if self.sequencer.state is not State.LIVE:
            return False
        changed, seen = self.changes_heard.received_ns, self.view_heard.received_ns
        if changed is None or seen is None or seen - changed <= _FRESHER_BY_NS:
            return True
        return self._view_state is not State.LIVE

    @property
    def _view_state(self) -> State:
        if not self.has_views or self.view.event is None:
            return State.WAITING
        if self.view_is_stale:
            return State.STALE
        return State.LIVE if self.view.is_sure and not self.view_book.is_crossed else State.GAP

    def take_view(self, event: Event, connection: str) -> None:
        """First levels, whole."""
        self.has_views = True
        self.view_from = connection
        if self.view.take(event):
            self.view_is_stale = False
            self.view_book.replace(event.bids, event.asks)

    def closed(self, connection: str) -> bool:
        """A connection ended: what came from it is dropped, what is counted stays. Whether anything did."""
        came = connection in (self.owner, self.view_from, self.ticker_from)
        if self.owner == connection:
            self.sequencer.forget()
            self.owner = ""
            self.changes_heard.exchange_time_us = None
        if self.view_from == connection:
            self.view.forget()
            self.view_from = ""
        if self.ticker_from == connection:
            self.ticker.forget()
            self.ticker_from = ""
        return came
