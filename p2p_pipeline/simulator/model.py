"""The knobs of a simulated market, and the latent fair price that its advertisers follow."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from p2p_pipeline.markets import Market
from p2p_pipeline.simulator.currencies import ASSETS, FIATS
from p2p_pipeline.simulator.noise import key_of, mixed, slow_walk, smooth_noise, uniform
from p2p_pipeline.simulator.rhythm import Rhythm


@dataclass(frozen=True, slots=True)
class MarketModel:
    """How a simulated market behaves. The defaults resemble recorded books."""

    rhythm: Rhythm = field(default_factory=Rhythm)
    fiat_volatility: float = 0.005
    """Daily volatility of a fiat against the dollar; 0 with `asset_volatility_factor` 0 leaves only the rhythm."""
    asset_volatility_factor: float = 1.0
    """What each asset's usual volatility is multiplied by."""
    reversion_amplitude: float = 0.0008
    """Size of the quick swings around the slow walk."""
    half_spread: float = 0.002
    teaser_share: float = 0.01
    """Share of offers placed beyond the other side's best, that almost nobody can take."""
    floating_share: float = 0.1
    active_share_of_asks: float = 0.35
    """Share of asks whose owner follows the market closely; recorded asks change much more often than bids."""
    active_share_of_bids: float = 0.15
    promoted_share: float = 0.01


@dataclass(frozen=True, slots=True)
class FairPrice:
    """The price that a market's advertisers would agree on, at any moment: the truth behind its books."""

    market: Market
    seed: int
    model: MarketModel

    def level_without_rhythm(self, moment: float) -> float:
        """The price before the rhythm: the fiat's and the asset's walks, and quick swings around them."""
        fiat, asset = FIATS[self.market.fiat], ASSETS[self.market.asset]
        fiat_walk = slow_walk(mixed(self.seed, key_of(f"fiat/{fiat.code}")), self.model.fiat_volatility, moment)
        asset_volatility = asset.daily_volatility * self.model.asset_volatility_factor
        asset_walk = slow_walk(mixed(self.seed, key_of(f"asset/{asset.code}")), asset_volatility, moment)
        own_key = mixed(self.seed, key_of(self.market.key))
        swing = self.model.reversion_amplitude * smooth_noise(own_key, 1200.0, moment)
        basis = 0.004 * (uniform(own_key) - 0.5)
        return fiat.units_per_dollar * asset.dollars * math.exp(fiat_walk + asset_walk + swing + basis)

    def at(self, moment: float) -> float:
        """Fiat for one unit of the asset at a moment (seconds since 1970)."""
        return self.level_without_rhythm(moment) * math.exp(self.model.rhythm.price_offset(moment))
