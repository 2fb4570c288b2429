"""The words of a session: sides, states, reasons, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Side(StrEnum):
    """Of an order or a position."""

    LONG = "LONG"
    SHORT = "SHORT"

    @property
    def sign(self) -> int:
        """+1 gains when the price rises, -1 when it falls."""
        return 1 if self is Side.LONG else -1


class SessionState(StrEnum):
    """Where a session is."""

    STARTING = "STARTING"
    WARMING_UP = "WARMING_UP"
    RUNNING = "RUNNING"
    COOLDOWN = "COOLDOWN"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    FAILED = "FAILED"


class SymbolState(StrEnum):
    """Where a symbol of the universe is."""

    WAITING = "WAITING"
    ARMED = "ARMED"
    ORDER = "ORDER"
    POSITION = "POSITION"
    REARMING = "REARMING"
    STALE = "STALE"


class Rejection(StrEnum):
    """Why an entry order was not placed, in the order in which they are looked at."""

    QUANTITY_BELOW_MINIMUM = "quantity_below_minimum"
    QUANTITY_ABOVE_MAXIMUM = "quantity_above_maximum"
    NOTIONAL_BELOW_MINIMUM = "notional_below_minimum"
    NO_EQUITY = "no_equity"
    WOULD_TAKE = "would_take"


class Close(StrEnum):
    """Why a position was closed."""

    STOP_LOSS = "stop_loss"
    TAKE_PROFIT = "take_profit"
    SESSION_STOP = "session_stop"
    CLOSE_ALL = "close_all"
    RECOVERED = "recovered"
    """After a crash, at the first prices seen. Orders are cancelled with the same word."""


class FillModel(StrEnum):
    """What it takes to believe that a limit order was filled, from the kindest on."""

    TOUCH = "touch"
    """The session's own: the price reaches the limit."""
    THROUGH = "through"
    """It goes beyond the limit by at least a tick."""
    QUEUE_LATE = "queue_late"
    """It reaches the limit and is still there at the next whole second."""


class Exclusion(StrEnum):
    """Why a symbol is not in the universe, in the order in which they are looked at."""

    UNREADABLE = "unreadable"
    CONTRACT_TYPE = "contract_type"
    QUOTE_COIN = "quote_coin"
    SETTLE_COIN = "settle_coin"
    STATUS = "status"
    NO_INSTRUMENT = "no_instrument"
    NOT_CHOSEN = "not_chosen"
    FIELD_UNKNOWN = "field_unknown"
    VOLATILITY = "volatility"
    TURNOVER = "turnover"
    MAX_SYMBOLS = "max_symbols"


class Said(NamedTuple):
    """One line of the log before it is numbered and chained."""

    at: int
    """Milliseconds since 1970."""
    type: str
    fields: Mapping[str, Any]
