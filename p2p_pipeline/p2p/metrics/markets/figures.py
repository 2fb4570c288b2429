"""A market in figures, and where it stands among others. `warehouse/market_figures.py` gives the same of a sweep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from p2p_pipeline.p2p.markets import Market, Offer, Side
from p2p_pipeline.p2p.metrics.pricing.depth import measure_depth
from p2p_pipeline.p2p.metrics.pricing.spread import spread_of

NEAR_PERCENT = 1.0
"""How far from the best price offers count as near it."""


@dataclass(frozen=True, slots=True)
class SideFigures:
    """One side of a market, as it was read last."""

    offers: int
    advertisers: int
    best_price: Decimal | None
    """Of the offers that can fill their own minimum; None without any."""
    near_asset: Decimal
    """What those of them have whose price is at most 1 % from the best."""
    total_asset: Decimal
    """What all offers have."""
    read_at: datetime
    is_complete: bool

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Premium:
    """How much more a dollar's token costs in a fiat than a dollar."""

    share: float
    """0.02: two per cent more than the reference."""
    rate: Decimal
    """Units of the fiat for one USDT: the middle of both sides' median prices."""
    reference_rate: Decimal
    reference: str
    """A source of the table reference_rates, or `implied by BTC`: what the same asset costs in dollars."""
    reference_date: date | None

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {name: getattr(self, name) for name in self.__slots__}


class KnownFrom(StrEnum):
    """Where a market's figures are from."""

    SWEEP = "sweep"
    BOOK = "book"
    NOWHERE = "nowhere"
    """It is watched, and nothing was collected yet."""


@dataclass(frozen=True, slots=True)
class MarketFigures:
    """Both sides of a market."""

    market: Market
    known_from: KnownFrom
    buy: SideFigures | None
    sell: SideFigures | None
    advertisers: int
    """On both sides together, each once."""
    premium: Premium | None = None

    @property
    def sides(self) -> tuple[SideFigures, ...]:
        """Those that were read."""
        return tuple(side for side in (self.buy, self.sell) if side is not None)

    @property
    def offers(self) -> int:
        """On both sides."""
        return sum(side.offers for side in self.sides)

    @property
    def near_asset(self) -> Decimal | None:
        """What can be bought near the best price; None where nothing can."""
        return self.buy.near_asset if self.buy is not None and self.buy.best_price is not None else None

    @property
    def read_at(self) -> datetime | None:
        """The older of both readings."""
        return min((side.read_at for side in self.sides), default=None)

    @property
    def spread(self) -> float | None:
        """The share lost by buying and selling back at both best prices."""
        buy, sell = (side.best_price if side is not None else None for side in (self.buy, self.sell))
        return spread_of(buy, sell) if buy and sell else None

    def to_json(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            "market_key": self.market.key,
            "venue": self.market.venue,
            "asset": self.market.asset,
            "fiat": self.market.fiat,
            "known_from": self.known_from,
            "read_at": self.read_at,
            "premium": self.premium.to_json() if self.premium else None,
            "spread": self.spread,
            "offers": self.offers,
            "advertisers": self.advertisers,
            "buy": self.buy.to_json() if self.buy else None,
            "sell": self.sell.to_json() if self.sell else None,
        }

    def to_row(self) -> dict[str, Any]:
        """The same as one line of a table."""
        premium = self.premium
        flat = {
            "market_key": self.market.key,
            "venue": self.market.venue,
            "asset": self.market.asset,
            "fiat": self.market.fiat,
            "known_from": self.known_from.value,
            "read_at": self.read_at,
            "premium": premium.share if premium else None,
            "rate": premium.rate if premium else None,
            "reference_rate": premium.reference_rate if premium else None,
            "reference": premium.reference if premium else None,
            "spread": self.spread,
            "offers": self.offers,
            "advertisers": self.advertisers,
        }
        for name, side in (("buy", self.buy), ("sell", self.sell)):
            for figure in ("best_price", "near_asset", "total_asset", "offers", "advertisers"):
                flat[f"{name}_{figure}"] = getattr(side, figure) if side else None
        return flat


def side_figures(side: Side, offers: Sequence[Offer], read_at: datetime, *, is_complete: bool) -> SideFigures:
    """A side's figures from one book, by the rules that the warehouse has for a sweep."""
    fillable = [offer for offer in offers if offer.max_fiat > 0 and offer.max_fiat >= offer.min_fiat]
    depth = measure_depth(
        side,
        [offer.price for offer in fillable],
        [offer.available_asset for offer in fillable],
        [offer.advertiser_id for offer in fillable],
        (NEAR_PERCENT,),
    )
    return SideFigures(
        offers=len(offers),
        advertisers=len(advertisers_of(offers)),
        best_price=depth.best_price,
        near_asset=depth.asset_within_percent[0][1],
        total_asset=sum((offer.available_asset for offer in offers), Decimal(0)),
        read_at=read_at,
        is_complete=is_complete,
    )


def advertisers_of(offers: Iterable[Offer]) -> set[str]:
    """Who makes them; whom the venue gives no id is known by the name, as in the warehouse."""
    return {advertiser_of(offer) for offer in offers}


def advertiser_of(offer: Offer) -> str:
    """Who makes an offer."""
    return f"nickname:{offer.advertiser_name or ''}" if offer.advertiser_id is None else offer.advertiser_id
