"""The words of the project as types: market, side, slot, source, offer, profile.

Every other folder speaks in these. Nothing here reads a clock, a disk or a socket.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum

from p2p_pipeline.kernel.errors import InvalidInput

SLOT_SECONDS = 30

_MARKET_KEY = re.compile(r"(?P<venue>[a-z][a-z0-9]*)\.(?P<asset>[A-Z0-9]{2,15})-(?P<fiat>[A-Z]{3,5})")


class Side(StrEnum):
    """The taker's intent: BUY pays fiat for the asset (the offers are asks), SELL gives the asset for fiat (bids)."""

    BUY = "BUY"
    SELL = "SELL"


class Source(StrEnum):
    """Where a capture came from. Live and simulated data never share a data folder."""

    LIVE = "live"
    IMPORTED = "imported"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True, order=True)
class Market:
    """A venue's book for one asset in one fiat, written `bybit.USDT-RUB`."""

    venue: str
    asset: str
    fiat: str

    @property
    def key(self) -> str:
        """The market's name in files, tables and commands."""
        return f"{self.venue}.{self.asset}-{self.fiat}"

    @classmethod
    def parse(cls, key: str) -> Market:
        """Read `venue.ASSET-FIAT`; raises ValueError with what to write instead."""
        match = _MARKET_KEY.fullmatch(key)
        if match is None:
            raise InvalidInput("market was {key!r}; write it as venue.ASSET-FIAT, for example bybit.USDT-RUB", key=key)
        return cls(match["venue"], match["asset"], match["fiat"])

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True, order=True)
class MarketSide:
    """One side of a market: what is collected once a slot."""

    market: Market
    side: Side

    def __str__(self) -> str:
        return f"{self.market.key} {self.side}"


def slot_of(moment: datetime) -> int:
    """The slot that holds an aware moment: slot n covers [n x 30 s, (n + 1) x 30 s) of UTC time."""
    return int(moment.timestamp() // SLOT_SECONDS)


def slot_start(slot: int) -> datetime:
    """When a slot begins, in UTC."""
    return datetime.fromtimestamp(slot * SLOT_SECONDS, tz=UTC)


def slots_of_day(day: date) -> range:
    """All slots of a UTC day, in order."""
    first = slot_of(datetime(day.year, day.month, day.day, tzinfo=UTC))
    return range(first, first + slot_of(datetime(1970, 1, 2, tzinfo=UTC)))


def snapshot_id(market_side: MarketSide, moment: datetime) -> str:
    """Name one snapshot, the same however often it is made.

    `moment` is the slot's start for a collected snapshot and the common `received_at` for an imported one.
    """
    return f"{market_side.market.key}:{market_side.side}:{moment_text(moment)}"


def moment_text(moment: datetime) -> str:
    """A moment as snapshot ids end with it."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """Read an ISO time as aware UTC; a time without a zone is UTC. Raises ValueError with what to write instead."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    # An offset can lead out of the years that there are.
    except (ValueError, OverflowError):
        raise InvalidInput("time was {text!r}; write it as 2024-10-25T12:00Z", text=text) from None


@dataclass(frozen=True, slots=True)
class NativePayment:
    """A payment method as the venue named it in one offer. `name` is None where only an id was given."""

    native_id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One advertisement as one venue answer showed it, in the project's words, before payment methods get their codes.

    `max_fiat` is what the offer can fill now: min(stated maximum, available quantity x price). It can be below
    `min_fiat`; then no amount is executable, which is a fact about the offer and no error.
    """

    offer_id: str
    advertiser_id: str | None
    advertiser_name: str | None
    asset: str
    fiat: str
    side: Side
    price: Decimal
    min_fiat: Decimal
    max_fiat: Decimal
    stated_max_fiat: Decimal
    available_asset: Decimal
    payments: tuple[NativePayment, ...]
    completion_rate: float | None
    """0..1, whatever unit the venue uses; None where it did not say."""
    orders_30d: int | None
    is_merchant: bool
    is_floating_price: bool | None
    is_promoted: bool
    payment_minutes: int | None
    fiat_scale: int
    """Decimal places of an amount of fiat at this venue."""
    asset_scale: int
    """Decimal places of an amount of the asset at this venue."""
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A named filter over offers. The default, `wide`, admits all of them."""

    name: str = "wide"
    payment_methods: frozenset[str] = field(default_factory=frozenset)
    """Canonical codes of which an offer must take at least one; empty admits any."""
    min_completion_rate: float = 0.0
    min_orders_30d: int = 0
    merchants_only: bool = False

    def admits(
        self,
        payment_methods: frozenset[str] | set[str] | list[str] | tuple[str, ...],
        completion_rate: float | None,
        orders_30d: int | None,
        is_merchant: bool,
    ) -> bool:
        """Whether an offer with these properties passes; an unknown rate or count fails any demand made of it."""
        if self.merchants_only and not is_merchant:
            return False
        if self.payment_methods and self.payment_methods.isdisjoint(payment_methods):
            return False
        if self.min_completion_rate > 0 and (completion_rate is None or completion_rate < self.min_completion_rate):
            return False
        return not (self.min_orders_30d > 0 and (orders_30d is None or orders_30d < self.min_orders_30d))


WIDE = Profile()
