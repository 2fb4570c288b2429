"""What a frame says, whichever exchange it came from."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple

Level = tuple[str, str]
"""Price and quantity in base, as the exchange spelled them: checksums are over the text, and money is made of it."""

Levels = Sequence[Level]


class Kind(Enum):
    """What an event is."""

    SNAPSHOT = auto()
    """A whole book (or its first levels, as subscribed) that deltas are applied to; replaces what was there."""
    DELTA = auto()
    """Changed levels with their new quantity; 0 takes the level away."""
    TOP = auto()
    """A whole view of the first levels that needs nothing before it: each replaces the last."""
    TICKER = auto()
    """Best bid and best ask only: at most one level a side, none where there is no quote."""
    CHECKSUM = auto()
    """Only a checksum of the book as it stands (Bitfinex)."""
    ACK = auto()
    """The exchange accepted a subscription; `symbol`, `channel` and `request_id` say which, as far as it tells.

    `detail` is its feed (a word of `Feed`) where data names only a channel (Bitfinex): `channel` is that one.
    """
    REFUSED = auto()
    """The exchange refused a subscription or a request; `detail` has its words."""
    PING = auto()
    """The exchange asks for a sign of life; `detail` is the text that must be sent back."""
    PONG = auto()
    """The answer to our sign of life."""
    HEARTBEAT = auto()
    """The exchange says that the connection lives; counted in its sequence where it has one."""
    STATUS = auto()
    """Hello, maintenance, shutdown; `detail` is one of the words of `Status`."""
    IGNORED = auto()
    """Readable and of no use here (trades, an empty envelope); may carry a connection sequence."""
    UNREADABLE = auto()
    """Not what the wire format says; `detail` has the reason. Kept in the frames, counted, never applied."""


class Status:
    """What `detail` of a STATUS event may be."""

    HELLO = "hello"
    """The first frame of a connection; subscriptions may follow. Kraken says maintenance is over with the same frame:
    in maintenance it means BACK."""
    MAINTENANCE = "maintenance"
    """Nothing can be trusted until BACK: books of the connection are invalid."""
    BACK = "back"
    """Maintenance is over: subscribe again."""
    RECONNECT = "reconnect"
    """The exchange will close soon: open another connection now."""


class Event(NamedTuple):
    """One thing that a frame says. Fields that an exchange does not have are None or empty."""

    kind: Kind
    symbol: str = ""
    """As the exchange spells it."""
    bids: Levels = ()
    asks: Levels = ()
    first: int | None = None
    """The first update that a delta holds (Binance U, Gate U, KuCoin sequenceStart, MEXC fromVersion, XT fi)."""
    last: int | None = None
    """The last update in it (u, seqId, sequenceEnd, toVersion, i, seqNum, lastUpdateId); of a snapshot its state's."""
    previous: int | None = None
    """The update that must have been the last before it (prevSeqId, pseq, prevSeqNum)."""
    checksum: int | None = None
    """Over the first levels after this event, as the exchange sent it (signed where it is signed there)."""
    exchange_time_us: int | None = None
    """The exchange's own time of it, microseconds since 1970."""
    connection_sequence: int | None = None
    """The number of the message on its connection (Coinbase, Bitfinex with SEQ_ALL); the same on all events of one."""
    channel: str = ""
    """The channel's number or name on this connection; where data names only it (Bitfinex), symbol is empty."""
    depth: int | None = None
    """How many levels a side the feed keeps: the book is cut to it after each change (Kraken); None for all."""
    request_id: str = ""
    detail: str = ""


def unreadable(reason: str, symbol: str = "") -> Event:
    """An event for bytes that don't say what the wire format promises."""
    return Event(Kind.UNREADABLE, symbol=symbol, detail=reason)
