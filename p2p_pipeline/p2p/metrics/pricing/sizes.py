"""Which sizes are quoted: the configured ladder of a market, or round ones that fit its book."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.kernel.money import LARGEST_MONEY, SMALLEST_MONEY
from p2p_pipeline.p2p.markets import Profile
from p2p_pipeline.p2p.settings import MarketSettings

MAX_SPLITS = 3
"""Over how many offers an amount is split where nobody says otherwise: in the tables and on the board."""

Step = tuple[Decimal, Decimal]
"""One size: (fiat to spend on BUY, asset to sell on SELL)."""

DOLLAR_ASSETS = frozenset({"USDT", "USDC", "FDUSD", "BUSD", "TUSD", "DAI", "USDP", "PYUSD"})
DOLLAR_SIZES = (Decimal(100), Decimal(500), Decimal(2_000))
OTHER_SIZES = (Decimal("0.2"), Decimal(1), Decimal(4))
"""Of an asset that is no dollar: multiples of what the middle offer of its book can fill."""


@dataclass(frozen=True, slots=True)
class QuotePlan:
    """Which amounts are quoted under which profiles."""

    asset: str
    configured: tuple[Step, ...] | None
    profiles: tuple[Profile, ...]

    @classmethod
    def for_market(cls, settings: MarketSettings, profiles: Sequence[Profile]) -> QuotePlan:
        """The plan that a market's settings ask for."""
        steps = None
        if settings.amounts_fiat is not None and settings.amounts_asset is not None:
            steps = tuple(zip(settings.amounts_fiat, settings.amounts_asset, strict=True))
        return cls(settings.market.asset, steps, tuple(profiles))

    @property
    def version(self) -> str:
        """Changes when the plan does: quotes made under another one are made anew."""
        profiles = [(p.name, sorted(p.payment_methods), p.min_completion_rate, p.min_orders_30d, p.merchants_only)
                    for p in self.profiles]  # fmt: skip
        return hashlib.sha256(repr((self.configured, profiles)).encode()).hexdigest()[:16]

    def steps(self, prices: Sequence[Decimal], maxima_fiat: Sequence[Decimal]) -> tuple[Step, ...]:
        """The configured sizes; without any, round ones that fit a book with these prices and maxima (not empty)."""
        if self.configured is not None:
            return self.configured
        price = _middle(prices)
        if self.asset in DOLLAR_ASSETS:
            return tuple((round_amount(size * price), size) for size in DOLLAR_SIZES)
        typical = _middle([value for value in maxima_fiat if value > 0] or [price])
        fiats = [round_amount(factor * typical) for factor in OTHER_SIZES]
        return tuple((fiat, round_amount(fiat / price)) for fiat in dict.fromkeys(fiats))


_LARGEST_ROUND = Decimal(10) ** 25


def round_amount(amount: Decimal) -> Decimal:
    """The nearest of 1, 2, 5, 10, 20, 50, …, by ratio, that a table can hold."""
    amount = min(max(amount, SMALLEST_MONEY), LARGEST_MONEY)
    exponent = amount.adjusted()
    mantissa = amount.scaleb(-exponent)
    # The limits are where the ratio to both neighbours is the same: sqrt(2), sqrt(10), sqrt(50).
    for limit, nearest in ((Decimal("1.4142"), 1), (Decimal("3.1623"), 2), (Decimal("7.0711"), 5)):
        if mantissa < limit:
            return Decimal(nearest).scaleb(exponent)
    return min(Decimal(10).scaleb(exponent), _LARGEST_ROUND)


def _middle(values: Sequence[Decimal]) -> Decimal:
    return sorted(values)[len(values) // 2]
