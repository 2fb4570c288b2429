"""The fair price of everything at any time, and what each exchange makes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from p2p_pipeline.exchanges.simulator.assets import asset
from p2p_pipeline.exchanges.simulator.noise import key_of, smooth_noise, walk

EXCHANGE_NOISE = 2e-4
"""An exchange's price is never further than this from the fair one: with the fees no opportunity comes of it."""
_GRAIN_SECONDS = 0.25
"""The fair price moves this often, for all exchanges at once."""


@dataclass(frozen=True, slots=True)
class Jump:
    """The whole market of an asset is worth `factor` as much between two times."""

    asset: str
    starts_at: float
    ends_at: float
    factor: float


class FairPrices:
    """Prices as a function of the seed and the time (seconds since 1970)."""

    def __init__(self, seed: int, jumps: Sequence[Jump] = ()) -> None:
        self._seed = seed
        self.jumps = list(jumps)
        self._walked: dict[str, tuple[int, float]] = {}
        self._keys: dict[tuple[str, ...], int] = {}

    def price(self, exchange: str, base: str, quote: str, moment: float) -> float:
        """What one of base is worth in quote at an exchange."""
        return self._worth(exchange, base, moment) / self._worth(exchange, quote, moment)

    def fair(self, base: str, quote: str, moment: float) -> float:
        """The same without what the exchange makes of it."""
        return self.dollars(base, moment) / self.dollars(quote, moment)

    def dollars(self, ticker: str, moment: float) -> float:
        """The fair price of an asset."""
        grain = int(moment / _GRAIN_SECONDS)
        known = self._walked.get(ticker)
        if known is None or known[0] != grain:
            what = asset(ticker)
            path = walk(self._key("path", ticker), what.daily_volatility, grain * _GRAIN_SECONDS)
            known = (grain, what.dollars * math.exp(path))
            self._walked[ticker] = known
        value = known[1]
        for jump in self.jumps:
            if jump.asset == ticker and jump.starts_at <= moment < jump.ends_at:
                value *= jump.factor
        return value

    def _worth(self, exchange: str, ticker: str, moment: float) -> float:
        value = self.dollars(ticker, moment)
        if asset(ticker).daily_volatility < 0.01:
            return value
        key = self._key("noise", exchange, ticker)
        wave = 0.8 * smooth_noise(key, 0, 60.0, moment) + 0.4 * smooth_noise(key, 1, 9.0, moment)
        # An asset's noise is the same in each of its books: inside one exchange no cycle earns anything.
        return value * (1 + EXCHANGE_NOISE * math.tanh(wave))

    def _key(self, *parts: str) -> int:
        key = self._keys.get(parts)
        if key is None:
            key = self._keys[parts] = key_of(self._seed, *parts)
        return key
