"""What the books must know of one connection: its sequence, what was asked of it, what is due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

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
    heard_ns: int | None = None
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
    requests: dict[str, tuple[Subscription, ...]] = field(default_factory=dict)
    """What was asked by a request's id."""
    scheduled: dict[str, int] = field(default_factory=dict)
    """Symbols whose re-sync will begin, and when."""
    in_flight: dict[str, int] = field(default_factory=dict)
    """Symbols whose snapshot was asked for, and by when it must have come."""
    reconnect_asked_ns: int | None = None
    sent_ns: list[int] = field(default_factory=list)
    """When requests that count to the exchange's hourly limit were sent."""

    def asked(self, request_ids: Iterable[int], subscriptions: Sequence[Subscription], now_ns: int) -> None:
        """Requests of these ids were sent."""
        for number in request_ids:
            self.requests[str(number)] = tuple(subscriptions)
            self.sent_ns.append(now_ns)
        while len(self.requests) > _REMEMBERED_REQUESTS:
            del self.requests[next(iter(self.requests))]
        self.sent_ns = [at for at in self.sent_ns if now_ns - at < HOUR_NS]

    def answered(self, symbol: str, feed: Feed | None = None) -> None:
        """Something shows that a subscription stands."""
        if self.unanswered:
            for key in [key for key in self.unanswered if key[1] == symbol and feed in (None, key[0])]:
                del self.unanswered[key]
            if not self.unanswered:
                self.unanswered_rounds = 0

    def channel_of(self, symbol: str, feed: Feed) -> str | None:
        """The newest channel number of a feed."""
        numbers = [number for number, known in self.channels.items() if known == (symbol, feed)]
        return numbers[-1] if numbers else None

    def was_settled(self, symbol: str) -> None:
        """A book is sound again."""
        self.scheduled.pop(symbol, None)
        self.in_flight.pop(symbol, None)
