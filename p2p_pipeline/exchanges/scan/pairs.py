"""What is known of an instrument at two exchanges: is it one thing, and can it be brought from one to the other?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from p2p_pipeline.exchanges.scan.reasons import Transfer


@dataclass(frozen=True, slots=True)
class PairFacts:
    """Of a symbol, bought at one exchange and sold at another."""

    is_confirmed: bool
    """The two are known to be the same asset on the same chain."""
    transfer: Transfer = Transfer.TRANSFER_UNKNOWN
    common_chains: tuple[str, ...] = ()
    withdrawal_fee: Decimal = Decimal(0)
    """In units of the base, at the buying exchange."""
    is_withdrawal_fee_known: bool = True
    """Not where the exchange tells none: 0 counts then."""


class Pairs(Protocol):
    """Who knows (identity/). Its answers don't change: what is learnt later is another value of this type."""

    def pair(self, symbol: str, buy: str, sell: str) -> PairFacts:
        """What is known of BASE/QUOTE bought at one exchange and sold at another."""
