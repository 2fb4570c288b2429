"""Hourly price series whose truth is known: noise of many kinds, with and without a rhythm."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.metrics.history.series import Series, SeriesKey

Floats = NDArray[np.float64]
MARKET = Market("bybit", "USDT", "RUB")
MONDAY = 1_704_067_200
"""2024-01-01 00:00 UTC, a Monday."""
WEEK = 168
PEAK_HOUR = 18


def _autoregressive(share: float, count: int, random: np.random.Generator) -> Floats:
    return np.asarray(lfilter([1], [1, -share], random.normal(size=count + 500))[500:] * 0.002)


def _walk(steps: Floats) -> Floats:
    return np.asarray(np.cumsum(steps) * 0.001)


def _calm_and_wild(count: int, random: np.random.Generator) -> Floats:
    return _walk(np.exp(75 * _autoregressive(0.99, count, random)) * random.normal(size=count))


def _nightly(count: int, random: np.random.Generator) -> Floats:
    hour = np.arange(count) % 24
    walk = 0.5 * _walk(random.normal(size=count) * (1 + 2 * (hour < 8)))
    return np.asarray(walk + random.normal(size=count) * (0.5 + 3 * (hour > 18)) * 0.002)


def _spiky(sign: int) -> Callable[[int, np.random.Generator], Floats]:
    def make(count: int, random: np.random.Generator) -> Floats:
        spikes = (random.random(count) < 0.01) * random.exponential(0.05, count)
        return np.asarray(_autoregressive(0.5, count, random) + sign * spikes)

    return make


def _devalued(count: int, random: np.random.Generator) -> Floats:
    return np.asarray(_walk(random.normal(size=count)) + 0.1 * (np.arange(count) > random.integers(0, count)))


NOISES: dict[str, Callable[[int, np.random.Generator], Floats]] = {
    "random walk": lambda count, random: _walk(random.normal(size=count)),
    "white": lambda count, random: random.normal(size=count) * 0.003,
    "autoregressive 0.5": lambda count, random: _autoregressive(0.5, count, random),
    "autoregressive 0.95": lambda count, random: _autoregressive(0.95, count, random),
    "walk and autoregressive 0.9": lambda count, random: (
        _walk(random.normal(size=count)) + _autoregressive(0.9, count, random)
    ),
    "fat-tailed walk": lambda count, random: _walk(random.standard_t(3, size=count)),
    "calm and wild times": _calm_and_wild,
    "noisy nights": _nightly,
    "spikes up": _spiky(1),
    "spikes down": _spiky(-1),
    "price that mostly stands": lambda count, random: _walk(
        3.0 * (random.random(count) < 0.1) * random.normal(size=count)
    ),
    "drift of 5 % a week": lambda count, random: _walk(random.normal(size=count)) + np.arange(count) * 0.0003,
    "devaluation of 10 % at once": _devalued,
}
"""Logarithms of prices by the hour, none of which knows what time it is (apart from how noisy it is)."""


def rhythm(count: int, amplitude: float, peak_hour: int = PEAK_HOUR) -> Floats:
    """A daily wave of the logarithm, dearest in the peak hour (UTC) and cheapest twelve hours later."""
    return np.asarray(amplitude * np.cos(2 * np.pi * (np.arange(count) - peak_hour) / 24))


def hourly(logs: Floats, side: Side = Side.BUY, measure: str = "executable", start: int = MONDAY) -> Series:
    """A series of an hour each from logarithms around a price of 90; NaN is an hour that nobody saw."""
    is_seen = np.isfinite(logs)
    starts = start + 3600 * np.arange(len(logs), dtype=np.int64)
    return Series(
        SeriesKey(MarketSide(MARKET, side), measure),
        None,
        3600,
        starts[is_seen],
        90 * np.exp(logs[is_seen]),
        np.full(int(is_seen.sum()), 10, dtype=np.int64),
    )
