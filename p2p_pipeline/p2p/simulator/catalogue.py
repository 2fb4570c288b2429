"""Which markets a simulated venue has, and how many offers each: a few crowded, many nearly empty."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.simulator.currencies import ASSETS, FIATS
from p2p_pipeline.p2p.simulator.market import SimulatedMarket
from p2p_pipeline.p2p.simulator.model import MarketModel

VENUES = ("bybit", "binance")
"""Those that are simulated. A copy on purpose, like all of the simulator: nothing of the adapters is imported here."""
FULL_MARKET_OFFERS = 55_000

_CROWDING = 0.6
"""How much busier the first fiats are: a fiat's share falls with its rank to this power."""


@dataclass(frozen=True, slots=True)
class CatalogueOptions:
    """What decides every book of the simulated venues. The same options give the same books, live or as history."""

    seed: int = 1
    total_offers: int = 8_000
    """About how many offers a venue shows over all fiats, assets and sides; 55,000 is the full market."""
    offers_per_side: int | None = None
    """The same size for every side of every market instead."""
    model: MarketModel = field(default_factory=MarketModel)


class Catalogue:
    """All markets of the simulated venues, each made when it is first asked for."""

    def __init__(self, options: CatalogueOptions) -> None:
        self.options = options
        self._markets: dict[Market, SimulatedMarket] = {}
        self._lock = threading.Lock()
        self._weight_sum = sum((fiat.rank + 1) ** -_CROWDING for fiat in FIATS.values())

    def market(self, market: Market) -> SimulatedMarket | None:
        """The market, or None when no venue here trades it."""
        if market.venue not in VENUES or market.fiat not in FIATS or market.asset not in ASSETS:
            return None
        with self._lock:
            if market not in self._markets:
                size = self.offers_a_side(market)
                self._markets[market] = SimulatedMarket(market, self.options.seed, size, self.options.model)
            return self._markets[market]

    def offers_a_side(self, market: Market) -> int:
        """About how many offers each side of a market shows; 0 for a market that exists only on paper."""
        if self.options.offers_per_side is not None:
            return self.options.offers_per_side
        fiat_share: float = (FIATS[market.fiat].rank + 1) ** -_CROWDING / self._weight_sum
        return round(self.options.total_offers * fiat_share * ASSETS[market.asset].share_of_offers / 2)

    def assets_of(self, fiat: str) -> list[str]:
        """The assets that a venue's own list names for a fiat."""
        return list(ASSETS) if fiat in FIATS else []
