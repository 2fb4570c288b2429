"""What a plant does to one book for a while."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pin:
    """A best level that stays: price and quantity in whole steps of the instrument."""

    price: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Bend:
    """Between two times (seconds since 1970) a book is not what the market makes it."""

    starts_at: float
    ends_at: float
    factor: float = 1.0
    """The whole book stands at this part of its price …"""
    bid: Pin | None = None
    """… or its best levels stay where they are put, both or none …"""
    ask: Pin | None = None
    rest_bid: int | None = None
    """… with the other bids below this price (None: below the pin), in steps …"""
    rest_ask: int | None = None
    """… and the other asks above this one."""
