"""What a session is told, and the one order in which it is told."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Rank(IntEnum):
    """Which of several events of one millisecond comes first."""

    BEGINNING = -1
    """A session's own beginning, and its going on after a crash: nothing of that millisecond was before."""
    FRAME = 0
    REST = 1
    FUNDING = 2
    TICK = 3
    COMMAND = 4


class Ticker(NamedTuple):
    """A ticker frame: a whole one, or what has changed. None is a value that the exchange does not know."""

    symbol: str
    ts: int
    """The exchange's own time of it, in ms."""
    is_snapshot: bool
    values: Mapping[str, Decimal | None]
    """By the exchange's name of the field."""


class Kline(NamedTuple):
    """One row of a kline frame."""

    symbol: str
    start: int
    end: int
    is_confirmed: bool
    numbers: tuple[Decimal, ...]
    """open, high, low, close, volume, turnover"""

    @property
    def close(self) -> Decimal:
        """The last price in it."""
        return self.numbers[3]


class Klines(NamedTuple):
    """A kline frame of the session's timeframe: a list, usually of one."""

    symbol: str
    rows: tuple[Kline, ...]
    unreadable: int = 0
    """Rows that could not be read."""


class Instrument(NamedTuple):
    """What may be traded, and in which steps."""

    symbol: str
    tick_size: Decimal
    step: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    min_notional: Decimal

    @property
    def is_known(self) -> bool:
        """False after a crash, until the exchange was asked anew: the log names symbols, and not their steps."""
        return self.step > 0

    @classmethod
    def unknown(cls, symbol: str) -> Instrument:
        """Of which only the name is known: nothing is ordered in it."""
        nothing = Decimal(0)
        return cls(symbol, nothing, nothing, nothing, nothing, nothing)


class InstrumentPage(NamedTuple):
    """One page of the list of instruments."""

    kept: tuple[Instrument, ...]
    left_out: tuple[tuple[str, str], ...]
    """Symbol and reason."""
    cursor: str
    """It was asked for by this one; empty for the first page."""
    next_cursor: str
    """Empty on the last page."""


class Opened(NamedTuple):
    """A connection came up."""


class Closed(NamedTuple):
    """A connection ended."""


class Unreadable(NamedTuple):
    """A frame that is not what the wire format says."""

    reason: str


class OfNoUse(NamedTuple):
    """A frame that says nothing to a session: an answer to a ping, another topic."""


class FundingMoment(NamedTuple):
    """The clock has reached a funding time of a symbol."""

    symbol: str
    funding_at: int


class Tick(NamedTuple):
    """A whole second of the session's clock."""


class Command(StrEnum):
    """What a person tells a session."""

    STOP = "stop"
    CLOSE_ALL = "close_all"
    CANCEL_ALL = "cancel_all"


What = (
    Ticker | Klines | InstrumentPage | Opened | Closed | Unreadable | OfNoUse | FundingMoment | Tick | Command
)  # fmt: skip


class Event(NamedTuple):
    """One thing with its place in the queue: events are ordered by all but the last."""

    at: int
    """Milliseconds since 1970: when a frame was received, when a clock's moment was due."""
    rank: Rank
    source: str
    """The connection of a frame, the symbol of a funding moment; empty for the clock and for commands."""
    number: int
    """Counts a source's own events."""
    what: What

    @property
    def place(self) -> tuple[int, int, str, int]:
        """Where it stands in the queue."""
        return self.at, self.rank, self.source, self.number
