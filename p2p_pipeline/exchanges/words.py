"""The words of exchanges: what can be traded, where its asset lives, what we ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from urllib.parse import urlencode


class Feed(StrEnum):
    """What may be subscribed of one symbol."""

    BBO = "bbo"
    """Best bid and ask on change, or the exchange's bulk of them."""
    TOP = "top"
    """The first levels, whole in each frame: loses nothing by a lost frame."""
    DELTA = "delta"
    """A snapshot and its changes."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed of one symbol; `symbol` is the exchange's spelling, `*` for all where the exchange has such a feed."""

    feed: Feed
    symbol: str
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A REST request to an exchange, without its host: the edge knows where the exchange lives, or the simulator."""

    path: str
    query: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    host: str = ""
    """Another of the exchange's hosts than its first, by its key in `Capability.rest_urls`."""
    time_field: str = ""
    """A query field that must hold the time it is sent at, where the exchange wants that even unsigned (BingX)."""

    def sent_at(self, now_ms: int) -> Request:
        """The request as it goes out now."""
        if not self.time_field:
            return self
        return replace(self, query=(*self.query, (self.time_field, str(now_ms))), time_field="")

    @property
    def url(self) -> str:
        """Path and query, as a recording's `url` has it."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


NOW_SECONDS = "{seconds now}"
"""In a socket's message as a text of its own: the time that it goes out at must stand there (Gate)."""


def message_sent_at(text: str, now_ms: int) -> str:
    """A socket's message as it goes out now; likewise `Request.sent_at`."""
    return text.replace(f'"{NOW_SECONDS}"', str(now_ms // 1000))


@dataclass(frozen=True, slots=True)
class Instrument:
    """Base against quote on one exchange. Amounts are exact; `taker_fee` is a fraction: 0.001 is 0.1 %."""

    exchange: str
    symbol: str
    """The exchange's spelling in subscriptions."""
    base: str
    """The asset's ticker in upper case, with the exchange's own names undone (XBT is BTC, Bitfinex UST is USDT)."""
    quote: str
    price_step: Decimal
    quantity_step: Decimal
    min_notional: Decimal = Decimal(0)
    min_quantity: Decimal = Decimal(0)
    taker_fee: Decimal | None = None
    """None where the list does not say: the label of `Capability.taker_fee` counts."""
    aliases: tuple[str, ...] = ()
    """Other symbols of the same book (Coinbase BTC-USDC of BTC-USD)."""
    multiplier: Decimal = Decimal(1)
    """Units of the asset in one of `base` (1000PEPE: 1000)."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row of an exchange's list that is not used, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listed:
    """What an exchange's instrument list says."""

    instruments: tuple[Instrument, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetOnChain:
    """One asset on one chain at one exchange, in the exchange's own names."""

    exchange: str
    asset: str
    chain: str
    """As the exchange names it; identity/ knows which names are one chain."""
    contract: str | None = None
    """None where the exchange does not tell; empty for a chain's own coin where it tells that."""
    deposit_open: bool | None = None
    withdraw_open: bool | None = None
    withdrawal_fee: Decimal | None = None
    """In units of the asset."""


@dataclass(frozen=True, slots=True)
class Currencies:
    """What an exchange's currency list says."""

    chains: tuple[AssetOnChain, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class Integrity(StrEnum):
    """By what a lost or changed frame shows at an exchange."""

    SEQUENCE = "sequence"
    CHECKSUM = "checksum"
    SEQUENCE_AND_CHECKSUM = "sequence and checksum"
    FULL_SNAPSHOTS = "full snapshots"


@dataclass(frozen=True, slots=True)
class Limits:
    """What an exchange puts up with; None where it has not said."""

    messages_per_second: float | None = None
    """That we send on one connection."""
    topics_per_connection: int | None = None
    topics_per_request: int | None = None
    characters_per_connection: int | None = None
    """Of all topics on one connection (Bybit: 21,000)."""
    characters_per_request: int | None = None
    subscription_requests_per_hour: int | None = None
    connects_per_minute: float | None = None
    connections: int | None = None
    rest_requests_per_second: float = 5.0
    connection_hours: float | None = None
    """How long the exchange lets a connection live."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How a connection shows that it lives."""

    ping_seconds: float | None = None
    """We send `ping()` this often; None where the exchange asks us or frames do it."""
    silence_seconds: float = 60.0
    """Nothing at all for this long: the connection is dead."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What one exchange can do: a table, never a promise. Sources are in the notes of each venue's module."""

    name: str
    title: str
    websocket_url: str
    rest_urls: Mapping[str, str]
    """Key '' is the first; other hosts by a key of their own."""
    feeds: Mapping[Feed, Integrity]
    """Which feeds there are, and by what each shows a lost frame."""
    taker_fee: Decimal
    """The public base tier, a label; the instrument list's own rate goes before it."""
    limits: Limits = field(default_factory=Limits)
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    top_depth: int = 20
    """Levels of the TOP feed, or of DELTA where there is no TOP."""
    book_from_rest: bool = False
    """Deltas need a snapshot by REST."""
    bulk_rest: bool = False
    """One request gives best bid and ask of all symbols."""
    bulk_stream: bool = False
    """One subscription (symbol `*`) gives them all."""
    currencies_need_key: bool = False
    binary: bool = False
    """Frames of data come as binary messages."""
    is_replacing: bool = False
    """A request replaces all former ones of its connection (Upbit): each must name everything that shall go on."""
