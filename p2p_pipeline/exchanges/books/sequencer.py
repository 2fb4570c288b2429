"""One book's state machine, the same for every exchange; a table of rules says what differs. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from enum import Enum, StrEnum, auto

from p2p_pipeline.exchanges.books.book import NOTHING, Book
from p2p_pipeline.exchanges.books.continuity import Follows, follows_change, follows_snapshot
from p2p_pipeline.exchanges.books.counters import Counters
from p2p_pipeline.exchanges.books.rules import Checksum, Continuity, Rules, Source, checksum_of
from p2p_pipeline.exchanges.events import Event, Kind


class State(StrEnum):
    """What a book is worth. Only a live one is served."""

    WAITING = "waiting"
    """For its snapshot."""
    LIVE = "live"
    GAP = "gap"
    """Something was lost or does not add up; a re-sync will be tried."""
    RESYNCING = "resyncing"
    """One is being tried."""
    STALE = "stale"
    """Nothing has come for too long."""


class Outcome(Enum):
    """What an event did."""

    NOTHING = auto()
    CHANGED = auto()
    """The book is live and different (or live again)."""
    GAP = auto()
    """The book has just become invalid: something was lost."""
    BAD_CHECKSUM = auto()
    """The book has just become invalid: it is not what the exchange has."""
    WANTS_SNAPSHOT = auto()
    """Changes wait for a snapshot, and the one there was (if any) was too old for them."""
    HELD = auto()
    """Not served until the missing change comes, which may be on its way."""


_BUFFERED = 5_000
"""Changes that wait for a snapshot; of more the oldest are dropped, and the snapshot will be too old for the rest."""
_REMEMBERED = 32
_CATCHING_UP = 200
"""Changes after which a snapshot that is still ahead of them can't be theirs."""
_ENOUGH_LEVELS = 5
"""A book of which fewer can be told needs another snapshot."""
_SHOWN_LEVELS = 20
_PLENTY_OF_LEVELS = 50
"""A book with fewer levels of its snapshot left is refreshed while it is served; one that ends there, with fewer than
are shown."""


class Sequencer:
    """Events in, a book out that may be believed while `state` is LIVE."""

    __slots__ = (
        "_behind", "_buffer", "_checksum", "_counters", "_held", "_is_joined", "_is_numbered", "_recent", "_rules",
        "book", "depth", "is_refreshing", "last", "state", "touched_ask", "touched_bid", "wants_refresh",
    )  # fmt: skip

    def __init__(self, rules: Rules, counters: Counters) -> None:
        self.state = State.WAITING
        self.book = Book()
        self.last: int | None = None
        """The number of the newest change in the book."""
        self.depth: int | None = None
        """To which the book is cut, where the exchange tells nothing of what falls out."""
        self.touched_bid = self.touched_ask = NOTHING
        """The best ranks that the newest event touched: who shows the first levels need not look at the rest."""
        self.is_refreshing = False
        self.wants_refresh = False
        """Its snapshot's levels are running out."""
        self._rules = rules
        self._is_numbered = rules.continuity not in (Continuity.NONE, Continuity.CONNECTION)
        self._checksum: Checksum | None = None
        self._counters = counters
        self._buffer: deque[Event] = deque(maxlen=_BUFFERED)
        self._recent: deque[tuple[int | None, int | None]] = deque(maxlen=_REMEMBERED)
        self._held: list[Event] = []
        self._is_joined = True
        """Whether a change has been applied, or need not overlap, since the snapshot."""
        self._behind = 0
        """Changes heard since the snapshot that are older than it."""

    def snapshot(self, event: Event, *, is_from_socket: bool, asked: int | None = None) -> Outcome:
        """A whole book. One of the socket replaces whatever there is; one that was asked for joins what waits.

        `asked`: how many levels a side that was asked to have at most.
        """
        if not is_from_socket or self._rules.source is Source.REQUEST:
            return self._join(event, asked)
        self.book.replace(event.bids, event.asks)
        self._start(event)
        self._is_joined = True
        self._buffer.clear()
        self._cut(event)
        if self._is_wrong(event.checksum):
            return self._fail(Outcome.BAD_CHECKSUM)
        return self._become_live()

    def delta(self, event: Event) -> Outcome:
        """Changed levels."""
        if self.state is State.LIVE or self.state is State.STALE or self._held:
            return self._apply_live(event)
        if self._rules.source is Source.SOCKET and not self._rules.joins:
            return Outcome.NOTHING
        if self.last is not None:
            return self._after_snapshot(event)
        self._buffer.append(event)
        return Outcome.WANTS_SNAPSHOT

    def checksum(self, event: Event) -> Outcome:
        """A checksum of the book as it stands."""
        if self.state not in (State.LIVE, State.STALE):
            return Outcome.NOTHING
        if self._is_wrong(event.checksum):
            return self._fail(Outcome.BAD_CHECKSUM)
        self.state = State.LIVE
        return Outcome.NOTHING

    def is_proven(self, change: Event) -> bool:
        """Whether a number or a checksum vouches for a change that was applied."""
        return self.last is not None or change.checksum is not None or not self._is_numbered

    @property
    def is_holding(self) -> bool:
        """Whether changes wait for one that may still come."""
        return bool(self._held)

    def invalidate(self, state: State) -> None:
        """Nothing of the book is believed any more; what comes from now on waits for a snapshot."""
        self.state = state
        self.last = None
        self.is_refreshing = self.wants_refresh = False
        self._held.clear()
        self._recent.clear()

    def refresh(self) -> None:
        """Another snapshot is asked for while the book is served; what changes from now on will join it."""
        self.is_refreshing, self.wants_refresh = True, False
        self._buffer.clear()

    def forget(self) -> None:
        """The connection ended: all is dropped."""
        self.invalidate(State.WAITING)
        self._buffer.clear()
        self.book.clear()
        self.depth = None

    def _apply_live(self, event: Event) -> Outcome:
        state = self.last
        if state is not None:
            judge = follows_change if self._is_joined else follows_snapshot
            follows = judge(self._rules.continuity, state, event)
            if follows is not Follows.NEXT:
                return self._out_of_order(event, follows)
            self.last = event.last
            self._recent.append((event.first if event.previous is None else event.previous, event.last))
            self._is_joined = True
            if self.is_refreshing:
                self._buffer.append(event)
        return self._apply(event)

    def _apply(self, event: Event) -> Outcome:
        book = self.book
        self.touched_bid = book.bids.apply(event.bids) if event.bids else NOTHING
        self.touched_ask = book.asks.apply(event.asks) if event.asks else NOTHING
        if self._rules.is_cut_to_depth:
            self._cut(event)
        if event.checksum is not None and self._is_wrong(event.checksum):
            return self._fail(Outcome.BAD_CHECKSUM)
        if self._held:
            return self._join_held()
        self.state = State.LIVE
        if self._rules.is_crossed_a_gap and book.is_crossed:
            return self._fail(Outcome.GAP)
        if book.bid_reach is not NOTHING and book.is_running_out(_SHOWN_LEVELS, _PLENTY_OF_LEVELS):
            if book.is_short(_ENOUGH_LEVELS):
                self.invalidate(State.GAP)
                return Outcome.WANTS_SNAPSHOT
            self.wants_refresh = not self.is_refreshing
        return Outcome.CHANGED

    def _out_of_order(self, event: Event, follows: Follows) -> Outcome:
        numbers = (event.first if event.previous is None else event.previous, event.last)
        if follows is Follows.OLD or numbers in self._recent:
            return Outcome.NOTHING
        if follows is Follows.EARLY and len(self._held) < self._rules.held:
            self._held.append(event)
            self.state = State.GAP
            return Outcome.HELD
        self._buffer.clear()
        self._buffer.extend((*self._held, event))
        return self._fail(Outcome.GAP)

    def _join_held(self) -> Outcome:
        """A missing change came: those that waited for it follow, in their order."""
        held = sorted(self._held, key=lambda event: event.last or 0)
        self._held.clear()
        outcome = Outcome.NOTHING
        for event in held:
            outcome = self._apply_live(event)
        return outcome if self.state is not State.LIVE else Outcome.CHANGED

    def _join(self, event: Event, asked: int | None) -> Outcome:
        """A snapshot that was asked for, and the changes that came meanwhile."""
        is_live = self.state is State.LIVE
        if event.last is None or (is_live and not self.is_refreshing):
            return Outcome.NOTHING
        kept, self.is_refreshing = list(self._buffer), False
        # Changes up to exactly its state were heard: nothing can be missing between them and what will come.
        was_heard = is_live and event.last == self.last
        while kept and follows_snapshot(self._rules.continuity, event.last, kept[0]) is Follows.OLD:
            was_heard = kept.pop(0).last == event.last
        if kept and follows_snapshot(self._rules.continuity, event.last, kept[0]) is not Follows.NEXT:
            return Outcome.NOTHING if is_live else Outcome.WANTS_SNAPSHOT
        if is_live and not kept and not was_heard:
            return Outcome.NOTHING
        self.book.replace_near(event.bids, event.asks, asked)
        self._start(event)
        self._is_joined = False
        self._buffer.clear()
        if not kept:
            return self._become_live() if was_heard else Outcome.NOTHING
        return self._apply_all(kept)

    def _after_snapshot(self, event: Event) -> Outcome:
        """A change after a snapshot that is ahead of what was heard; it is served when that has caught up."""
        state = self.last
        follows = Follows.WRONG if state is None else follows_snapshot(self._rules.continuity, state, event)
        if follows is Follows.OLD and event.last == state:
            return self._become_live()
        if follows is Follows.OLD and self._behind < _CATCHING_UP:
            self._behind += 1
            return Outcome.NOTHING
        if follows is Follows.NEXT:
            return self._apply_all([event])
        self.invalidate(self.state)
        self._buffer.append(event)
        return Outcome.WANTS_SNAPSHOT

    def _apply_all(self, events: Iterable[Event]) -> Outcome:
        waiting = deque(events)
        outcome = self._become_live()
        while waiting and self.state is State.LIVE:
            outcome = self._apply_live(waiting.popleft())
        self._buffer.extend(waiting)
        return Outcome.CHANGED if self.state is State.LIVE else outcome

    def _start(self, event: Event) -> None:
        self.touched_bid = self.touched_ask = -NOTHING
        self.last = event.last if self._is_numbered else None
        self._behind = 0
        self._recent.clear()
        self._held.clear()

    def _become_live(self) -> Outcome:
        if self._rules.is_crossed_a_gap and self.book.is_crossed:
            return self._fail(Outcome.GAP)
        self.touched_bid = self.touched_ask = -NOTHING
        self.state = State.LIVE
        return Outcome.CHANGED

    def _cut(self, event: Event) -> None:
        if not self._rules.is_cut_to_depth:
            return
        if event.depth is not None:
            self.depth = event.depth
        if self.depth is None and event.kind is Kind.SNAPSHOT:
            longest = max(len(event.bids), len(event.asks))
            self.depth = next((depth for depth in self._rules.depths if depth >= longest), None)
        if self.depth is not None:
            self.book.cut(self.depth)

    def _is_wrong(self, checksum: int | None) -> bool:
        if checksum is None:
            return False
        self._checksum = self._checksum or checksum_of(self._rules)
        if self._checksum is None:
            return False
        covered = self._rules.covered
        is_right = self._checksum(self.book.bids.top(covered), self.book.asks.top(covered)) == checksum
        if is_right:
            self._counters.checksums_ok += 1
        else:
            self._counters.checksums_failed += 1
        return not is_right

    def _fail(self, outcome: Outcome) -> Outcome:
        self.invalidate(State.GAP)
        return outcome
