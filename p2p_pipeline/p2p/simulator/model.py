"""The knobs of a simulated market, and the latent fair price that its advertisers follow."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.simulator.currencies import ASSETS, FIATS
from p2p_pipeline.p2p.simulator.noise import key_of, mixed, slow_walk, smooth_noise, uniform
from p2p_pipeline.p2p.simulator.rhythm import Rhythm


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
    teaser_share: float = 0.008
    """Share of offers placed beyond the other side's best, that almost nobody can take."""
    floating_share: float = 0.08
    active_share_of_asks: float = 0.35
    """Share of asks whose owner follows the market closely; recorded asks change much more often than bids."""
    active_share_of_bids: float = 0.1
    promoted_share: float = 0.01


GRID_SECONDS = 900.0
"""How far apart the moments are that the price before the rhythm is worked out for."""
SWING_SECONDS = 2700.0
"""The period of the quick swings around the slow walk."""
_GRID_LIMIT = 20_000


@lru_cache(maxsize=150_000)
def _walked(key: int, daily_volatility: float, moment: float) -> float:
    # All markets of a fiat share its walk, and all of an asset.
    return slow_walk(key, daily_volatility, moment)


class FairPrice:
    """The price that a market's advertisers would agree on, at any moment: the truth behind its books.

    Before the rhythm it is worked out every quarter of an hour and joined by straight lines.
    """

    def __init__(self, market: Market, seed: int, model: MarketModel) -> None:
        self._model = model
        self._fiat, self._asset = FIATS[market.fiat], ASSETS[market.asset]
        self._fiat_key = mixed(seed, key_of(f"fiat/{market.fiat}"))
        self._asset_key = mixed(seed, key_of(f"asset/{market.asset}"))
        self._own_key = mixed(seed, key_of(market.key))
        self._grid: dict[int, float] = {}

    def at(self, moment: float) -> float:
        """Fiat for one unit of the asset at a moment (seconds since 1970)."""
        return self.level_without_rhythm(moment) * math.exp(self._model.rhythm.price_offset(moment))

    def level_without_rhythm(self, moment: float) -> float:
        """The price before the rhythm: the fiat's and the asset's walks, and quick swings around them."""
        place = moment / GRID_SECONDS
        index = math.floor(place)
        before, after = self._grid_level(index), self._grid_level(index + 1)
        return before + (place - index) * (after - before)

    def _grid_level(self, index: int) -> float:
        level = self._grid.get(index)
        if level is None:
            if len(self._grid) >= _GRID_LIMIT:
                self._grid.clear()
            level = self._grid[index] = self._level(index * GRID_SECONDS)
        return level

    def _level(self, moment: float) -> float:
        fiat_walk = _walked(self._fiat_key, self._model.fiat_volatility, moment)
        asset_volatility = self._asset.daily_volatility * self._model.asset_volatility_factor
        asset_walk = _walked(self._asset_key, asset_volatility, moment)
        swing = self._model.reversion_amplitude * smooth_noise(self._own_key, SWING_SECONDS, moment)
        basis = 0.004 * (uniform(self._own_key) - 0.5)
        level = self._fiat.units_per_dollar * self._asset.dollars
        return level * math.exp(fiat_walk + asset_walk + swing + basis)
