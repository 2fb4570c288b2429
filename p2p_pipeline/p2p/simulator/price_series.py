"""Prices of simulated markets as plain series, for years at a time: no offers, no books, no pages.

A year of books would be hundreds of gigabytes. These series are for judging tools that work on prices over time: the
truth behind them (`known_rhythm`) is known, and any stretch of them can be made by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.simulator.currencies import ASSETS, FIATS
from p2p_pipeline.p2p.simulator.model import GRID_SECONDS, SWING_SECONDS, MarketModel
from p2p_pipeline.p2p.simulator.noise import WALK_PERIODS, key_of, mixed, uniform
from p2p_pipeline.p2p.simulator.rhythm import Rhythm

Moments = NDArray[np.floating[Any]]
"""Seconds since 1970."""
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class PriceTexture:
    """What lies between the fair price and what an amount costs in a slot. Shares are of the time."""

    noise: float = 0.0006
    """Deviation of the short-lived noise: 0.0006 is 0.06 % of the price. It forgets itself within an hour."""
    refused_share: float = 0.01
    """How often the amount can't be placed; five minutes at a time."""
    missed_share: float = 0.004
    """How often nobody looked; ten minutes at a time."""
    outage_share: float = 0.004
    """How often nobody looked, a quarter of a day at a time."""


SMOOTH = PriceTexture(noise=0, refused_share=0, missed_share=0, outage_share=0)
"""The fair price and the margin alone, every slot of it."""

_NOISE_SECONDS = (60.0, 300.0, 1800.0)
_REFUSED_SECONDS = 300.0
_MISSED_SECONDS = 600.0
_OUTAGE_SECONDS = 21_600.0


def fair_prices(market: Market, seed: int, model: MarketModel, moments: Moments) -> Floats:
    """`FairPrice.at` for many moments (seconds since 1970) at once; equal to it to within rounding (1e-12)."""
    place = moments / GRID_SECONDS
    index = np.floor(place)
    if not len(index):
        return np.empty(0)
    known, where = np.unique(np.concatenate([index, index + 1]), return_inverse=True)
    levels = _levels(market, seed, model, known * GRID_SECONDS)[where]
    before, after = levels[: len(index)], levels[len(index) :]
    level = before + (place - index) * (after - before)
    return np.asarray(level * np.exp(_price_offset(model.rhythm, moments)), dtype=np.float64)


def executable_prices(
    market_side: MarketSide, seed: int, model: MarketModel, moments: Moments, texture: PriceTexture | None = None
) -> Floats:
    """A plausible price that an amount is executed at, at each moment (seconds since 1970); NaN where it can't be.

    It is the fair price, with the half spread as the rhythm widens it on the taker's costly side, and short-lived
    noise. It is not taken from a book: no offers, sizes or profiles stand behind it. The same seed gives the same
    prices for the same moments, whatever else is asked.
    """
    texture = texture or PriceTexture()
    key = _side_key(market_side, seed)
    noise = sum((_smooth_noise(key, period, moments) for period in _NOISE_SECONDS), np.zeros(len(moments)))
    noise *= texture.noise / len(_NOISE_SECONDS) ** 0.5
    margin = _margin(market_side.side, model, moments)
    prices = fair_prices(market_side.market, seed, model, moments) * np.exp(margin + noise)
    is_refused = _blocks(mixed(key, 1), _REFUSED_SECONDS, moments) < texture.refused_share
    return np.where(is_refused, np.nan, prices)


def seen(market_side: MarketSide, seed: int, moments: Moments, texture: PriceTexture | None = None) -> Flags:
    """At which moments somebody looked: the rest are the gaps that a real history has."""
    texture = texture or PriceTexture()
    # A collector that is down misses both sides.
    key = mixed(seed, key_of(f"seen/{market_side.market.key}"))
    is_missed = _blocks(mixed(key, 1), _MISSED_SECONDS, moments) < texture.missed_share
    is_out = _blocks(mixed(key, 2), _OUTAGE_SECONDS, moments) < texture.outage_share
    return ~(is_missed | is_out)


def known_rhythm(side: Side, model: MarketModel, moments: Moments) -> Floats:
    """The truth that analytics must find again: the executable price's own rhythm, as a logarithm of the price.

    The two waves of the fair price and the margin's. Walks, swings and noise know nothing of hours.
    """
    return _price_offset(model.rhythm, moments) + _margin(side, model, moments)


def _margin(side: Side, model: MarketModel, moments: Moments) -> Floats:
    sign = 1 if side is Side.BUY else -1
    return sign * model.half_spread * (1 + model.rhythm.spread_amplitude * _daily(model.rhythm, moments))


def _price_offset(rhythm: Rhythm, moments: Moments) -> Floats:
    week = 7 * _DAY_SECONDS
    since_monday = moments + 3 * _DAY_SECONDS
    weekly = np.cos(2 * np.pi * (since_monday - rhythm.weekly_peak_day * _DAY_SECONDS) / week)
    return np.asarray(rhythm.daily_amplitude * _daily(rhythm, moments) + rhythm.weekly_amplitude * weekly)


def _daily(rhythm: Rhythm, moments: Moments) -> Floats:
    return np.asarray(np.cos(2 * np.pi * (moments - rhythm.daily_peak_hour * 3600) / _DAY_SECONDS))


def _levels(market: Market, seed: int, model: MarketModel, moments: Moments) -> Floats:
    """`FairPrice` before the rhythm, at the moments of its grid."""
    fiat, asset = FIATS[market.fiat], ASSETS[market.asset]
    own_key = mixed(seed, key_of(market.key))
    logarithm = _slow_walk(mixed(seed, key_of(f"fiat/{market.fiat}")), model.fiat_volatility, moments)
    asset_volatility = asset.daily_volatility * model.asset_volatility_factor
    logarithm += _slow_walk(mixed(seed, key_of(f"asset/{market.asset}")), asset_volatility, moments)
    logarithm += model.reversion_amplitude * _smooth_noise(own_key, SWING_SECONDS, moments)
    logarithm += 0.004 * (uniform(own_key) - 0.5)
    return np.asarray(fiat.units_per_dollar * asset.dollars * np.exp(logarithm), dtype=np.float64)


def _slow_walk(key: int, daily_volatility: float, moments: Moments) -> Floats:
    octaves = ((period / _DAY_SECONDS) ** 0.5 * _smooth_noise(key, period, moments) for period in WALK_PERIODS)
    return 0.5 * daily_volatility * sum(octaves, np.zeros(len(moments)))


def _smooth_noise(key: int, period_seconds: float, moments: Moments) -> Floats:
    place = moments / period_seconds
    index = np.floor(place)
    part = place - index
    blend = part * part * (3 - 2 * part)
    own_key = mixed(key, int(period_seconds))
    whole = index.astype(np.int64)
    return np.asarray((1 - blend) * ndtri(_uniform(own_key, whole)) + blend * ndtri(_uniform(own_key, whole + 1)))


def _blocks(key: int, block_seconds: float, moments: Moments) -> Floats:
    """One value between 0 and 1 for all moments of a block of time."""
    return _uniform(key, np.floor(moments / block_seconds).astype(np.int64))


def _uniform(key: int, numbers: NDArray[np.int64]) -> Floats:
    """`noise.uniform(…, number)` for many numbers at once; `key` is what came before them, mixed."""
    state = np.uint64(key) ^ numbers.astype(np.uint64)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state = (state ^ (state >> np.uint64(31))) + np.uint64(0x9E3779B97F4A7C15)
    return np.asarray(((state >> np.uint64(11)).astype(np.float64) + 0.5) / (1 << 53))


def _side_key(market_side: MarketSide, seed: int) -> int:
    return mixed(seed, key_of(f"price/{market_side.market.key}/{market_side.side}"))
