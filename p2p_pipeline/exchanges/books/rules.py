"""What makes each exchange's book believable: one table, and what an event itself carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from importlib import import_module
from typing import cast

from p2p_pipeline.exchanges.events import Levels
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline.kernel.errors import InvalidInput

Checksum = Callable[[Levels, Levels], int]
"""Bids and asks, best first, as spelled."""


class Source(Enum):
    """Where the snapshot comes from that changes are applied to."""

    NONE = auto()
    """There are no changes: each frame is whole."""
    SOCKET = auto()
    """By itself, after subscribing; it replaces what was there whenever it comes."""
    REQUEST = auto()
    """Asked for on the same socket, and joined with the changes that came meanwhile."""
    REST = auto()
    """Asked for by REST, and joined likewise."""


class Continuity(Enum):
    """By what a change shows that none was lost before it. One that carries no number is not judged by it."""

    NONE = auto()
    CONSECUTIVE = auto()
    """Its first number is the last one's successor; where it has only one number, that is it."""
    OVERLAPPING = auto()
    """Its first number is at most the last one's successor, its last one is beyond it."""
    PREVIOUS = auto()
    """It names the number before it."""
    CONNECTION = auto()
    """All messages of a connection are numbered: one that is lost spoils every book on it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """One exchange's row."""

    source: Source
    continuity: Continuity
    checksum: str = ""
    """Where its checksum is computed: the module below venues/, and the function."""
    covered: int = 25
    """Levels a side that the checksum is over."""
    is_cut_to_depth: bool = False
    """The exchange tells nothing of levels that fall out of the subscribed depth."""
    depths: tuple[int, ...] = ()
    """The depths it knows, where the book must be cut and nothing said to which."""
    held: int = 0
    """Changes that may arrive too early and wait for the one before them."""
    is_crossed_a_gap: bool = True
    """Each change brings the book from one sound state to another: bid at or above ask means that one was lost."""
    has_acks: bool = True
    """A subscription is answered; else only its data shows that it stands."""
    is_named_by_symbol: bool = True
    """Data names its symbol; else only the number of its channel, and a subscription is ended by that."""
    joins: bool = False
    """A snapshot by REST is joined too, though one of the socket is the rule."""


RULES: dict[str, Rules] = {
    "binance": Rules(Source.REST, Continuity.CONSECUTIVE),
    # Since 2026 the checksum is 0; the chain holds through the sequence's reset (15, then 3 with previous 15).
    "okx": Rules(Source.SOCKET, Continuity.PREVIOUS, "colon_checksum:colon_checksum"),
    "kraken": Rules(
        Source.SOCKET,
        Continuity.NONE,
        "kraken.checksum:book_checksum",
        covered=10,
        is_cut_to_depth=True,
        depths=(10, 25, 100, 500, 1000),
        is_crossed_a_gap=False,
    ),
    "bybit": Rules(Source.SOCKET, Continuity.CONSECUTIVE),
    "coinbase": Rules(Source.SOCKET, Continuity.CONNECTION, is_crossed_a_gap=False),
    "kucoin": Rules(Source.REST, Continuity.OVERLAPPING),
    # `spot.obu` brings its snapshot; the older `spot.order_book_update` wants one by REST.
    "gate": Rules(Source.SOCKET, Continuity.CONSECUTIVE, joins=True),
    "mexc": Rules(Source.REST, Continuity.CONSECUTIVE),
    # The documents say pseq, older frames have a checksum instead, and some have neither.
    "bitget": Rules(Source.SOCKET, Continuity.PREVIOUS, "colon_checksum:colon_checksum"),
    "htx": Rules(Source.REQUEST, Continuity.PREVIOUS),
    "upbit": Rules(Source.NONE, Continuity.NONE, has_acks=False),
    # "Frames may come out of order" (its documents): up to three are held until they chain.
    "bingx": Rules(Source.SOCKET, Continuity.CONSECUTIVE, held=3),
    # Changes come one level a message: between two of them bid may stand above ask for a moment.
    "bitfinex": Rules(
        Source.SOCKET,
        Continuity.CONNECTION,
        "bitfinex.checksum:book_checksum",
        is_crossed_a_gap=False,
        is_named_by_symbol=False,
    ),
    "xt": Rules(Source.REST, Continuity.CONSECUTIVE),
}


def rules_of(exchange: str) -> Rules:
    """An exchange's row. Raises InvalidInput for one that is not known."""
    if exchange not in RULES:
        raise InvalidInput(
            "the exchange {exchange!r} is not known; known are {known}", exchange=exchange, known=", ".join(NAMES)
        )
    return RULES[exchange]


@cache
def checksum_of(rules: Rules) -> Checksum | None:
    """How an exchange computes its checksum, loaded when the first book needs it."""
    if not rules.checksum:
        return None
    module, _, function = rules.checksum.partition(":")
    return cast("Checksum", getattr(import_module(f"p2p_pipeline.exchanges.venues.{module}"), function))
