"""What the books must know of one connection: its sequence, what was asked of it, what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from p2p_pipeline.exchanges.books.patience import Patience
from p2p_pipeline.exchanges.words import Feed, Subscription

HOUR_NS = 3600 * 1_000_000_000
_REMEMBERED_REQUESTS = 500
"""Some exchanges answer without naming the request."""


@dataclass(slots=True)
class Connection:
    """One socket. Times are of the clock that is passed in, in nanoseconds."""

    name: str
    url: str = ""
    ordinal: int = 0
    """Rises with each connection of the exchange."""
    is_in_maintenance: bool = False
    sequence: int | None = None
    """The number of its newest message, where messages are numbered."""
    channels: dict[str, tuple[str, Feed | None]] = field(default_factory=dict)
    """Symbol and feed by the channel's number, where data names only that."""
    ended_channels: set[str] = field(default_factory=set)
    """Numbers of channels that we ended: their last frames may still come."""
    ended: set[tuple[Feed, str]] = field(default_factory=set)
    """Feeds of symbols that we ended: likewise."""
    depths: dict[str, int] = field(default_factory=dict)
    """The depth that was agreed, by symbol."""
    subscriptions: dict[tuple[Feed, str], Subscription] = field(default_factory=dict)
    """What was asked."""
    unanswered: dict[tuple[Feed, str], int] = field(default_factory=dict)
    """Of that, what nothing has answered yet, with its deadline."""
    unanswered_rounds: int = 0
    """How often some were made again since all were answered."""
    pace_refusals: int = 0
    """How often in a row the exchange said that we ask too fast."""
    slow_until_ns: int | None = None
    """Until when we ask for nothing again that is not broken."""
    patience: dict[tuple[Feed, str], Patience] = field(default_factory=dict)
    """With each subscription of a book that brings nothing. Best prices are no book, and may rest for hours."""
    looked_for_quiet_ns: int | None = None
    requests: dict[str, tuple[Subscription, ...]] = field(default_factory=dict)
    """What was asked by a request's id."""
    scheduled: dict[str, int] = field(default_factory=dict)
    """Symbols whose re-sync will begin, and when."""
    in_flight: dict[str, int] = field(default_factory=dict)
    """Symbols whose snapshot was asked for, and by when it must have come."""
    reconnect_asked_ns: int | None = None
    sent_ns: list[int] = field(default_factory=list)
    """When requests that count to the exchange's hourly limit were sent."""

    def asked(self, request_ids: Sequence[int], subscriptions: Sequence[Subscription], now_ns: int) -> None:
        """Requests of these ids were sent; as many as subscriptions are one for each."""
        is_one_each = len(request_ids) == len(subscriptions)
        for place, number in enumerate(request_ids):
            self.requests[str(number)] = (subscriptions[place],) if is_one_each else tuple(subscriptions)
            self.sent_ns.append(now_ns)
        while len(self.requests) > _REMEMBERED_REQUESTS:
            del self.requests[next(iter(self.requests))]
        self.sent_ns = [at for at in self.sent_ns if now_ns - at < HOUR_NS]

    def answered(self, symbol: str, feed: Feed | None = None) -> None:
        """Something shows that a subscription stands."""
        if self.unanswered:
            self.were_answered([key for key in self.unanswered if key[1] == symbol and feed in (None, key[0])])

    def were_answered(self, keys: Sequence[tuple[Feed, str]]) -> None:
        """Likewise of several."""
        for key in keys:
            self.unanswered.pop(key, None)
        if not self.unanswered:
            self.unanswered_rounds = 0

    def is_open(self, one: Subscription) -> bool:
        """Whether nothing has answered yet what was asked."""
        key = (one.feed, one.symbol)
        return (
            key in self.unanswered
            or one.symbol in self.in_flight
            or (key in self.patience and self.patience[key].attempts > 0)
        )

    def channel_of(self, symbol: str, feed: Feed) -> str | None:
        """The newest channel number of a feed."""
        numbers = [number for number, known in self.channels.items() if known == (symbol, feed)]
        return numbers[-1] if numbers else None

    def was_settled(self, symbol: str) -> None:
        """A book is sound again."""
        self.scheduled.pop(symbol, None)
        self.in_flight.pop(symbol, None)
