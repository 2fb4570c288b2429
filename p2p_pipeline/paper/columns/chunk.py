"""A stretch of a recording as columns: per ticker frame the merged state of its symbol, symbol after symbol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.events import Rank

Whole = npt.NDArray[np.int64]

NUMBERS = (
    "markPrice", "openInterestValue", "lastPrice", "bid1Price", "ask1Price", "openInterest", "fundingRate",
    "highPrice24h", "lowPrice24h", "turnover24h",
)  # fmt: skip
"""The numbers of a ticker, each a whole number of 10 to the minus its symbol's digits."""
PLACES = ("order", "at", "ts", "kind")
COLUMNS = (*PLACES, "nextFundingTime", *NUMBERS)
UNKNOWN = -(2**63)
"""Stands where the exchange knows no value."""


LONG_PAST = 1024
"""Until so many frames of a symbol, columns know its past for any candle's end; then for ends on the grid alone."""


class Kind(IntEnum):
    """What a row is; TRADABLE is added where everything that a trade is decided by is known."""

    REJECTED = 0
    """A change without a snapshot before it: it changed nothing and is only counted."""
    DELTA = 1
    SNAPSHOT = 2
    DROPPED = 3
    """No frame: the symbol's connection ended or began anew, and nothing is known from here on."""
    CARRIED = 4
    """No frame: what the chunks before leave of the symbol. `at` and `ts` are of its last frame."""


KIND_BITS = 7
TRADABLE = 8


class Rare(NamedTuple):
    """A frame that is handed to the machine as it is: a candle's end, instruments, a connection, a note, nonsense."""

    order: int
    """Where it stands in the queue, counted over all of the recording's frames."""
    at: int
    rank: Rank
    source: str
    number: int
    minutes: int
    """The only timeframe to whose sessions it says anything; 0 is all of them."""
    heard_at: int
    """When its connection was heard before it; -1 for never."""
    frame: Frame


class Shown(NamedTuple):
    """What a chunk says of a symbol's funding at a time to come."""

    symbol: str
    funding_at: int
    rate: Decimal | None
    """The last that was received for it, at it at the latest."""
    has_rate: bool
    """Whether the chunk says a rate at all; else only that it was shown."""
    order: int
    """Of the row that was the first to show it; -1 where an earlier chunk has that."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Kline frames without a candle's end: nothing but a moment at which a broker looks."""

    order: Whole
    at: Whole
    symbol: Whole
    """Place in `names`."""
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows lie symbol after symbol, those of one in the order of the queue; its first is what it brings along."""

    until: int
    """When the next chunk's first frame was received; of the last one 1 ms after the end."""
    symbols: tuple[str, ...]
    """Those that have rows here, by name."""
    starts: Whole
    """Where each symbol's rows begin, and after the last where all end."""
    digits: npt.NDArray[np.int8]
    """Per symbol and NUMBERS: how many digits stand behind the point."""
    columns: Mapping[str, Whole]
    """By COLUMNS; a stored one is read when it is asked for."""
    rare: tuple[Rare, ...] = ()
    looks: Mapping[int, Looks] = field(default_factory=dict)
    """By the timeframe's minutes."""
    funding: tuple[Shown, ...] = ()

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self.starts[-1])


def exact(number: int, digits: int) -> Decimal | None:
    """A column's number, exactly."""
    return None if number == UNKNOWN else Decimal(number).scaleb(-digits, EXACT)
