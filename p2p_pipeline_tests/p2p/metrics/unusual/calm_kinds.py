"""Twelve kinds of calm: hourly series of both sides of a market in which nothing happens, as levels or counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from p2p_pipeline_tests.p2p.metrics.unusual.made_up import rhythm

Floats = NDArray[np.float64]
Generator = np.random.Generator
Maker = Callable[[Generator, int], Floats]


def _stochastic(generator: Generator, hours: int) -> Floats:
    wildness = lfilter([1.0], [1.0, -0.98], generator.normal(0, 0.1, hours))
    return np.asarray(np.cumsum(generator.normal(0, 0.001, hours) * np.exp(wildness)), dtype=np.float64)


def _offers(generator: Generator, hours: int, wander: float) -> Floats:
    slow = lfilter([1.0], [1.0, -0.95], generator.normal(0, wander, hours))
    return np.asarray(generator.poisson(300 * np.exp(20 * rhythm(hours) + slow)), dtype=np.float64)


PRICES: dict[str, Maker] = {
    "independent noise": lambda generator, hours: generator.normal(0, 0.003, hours),
    "AR(0.9)": lambda generator, hours: lfilter([1.0], [1.0, -0.9], generator.normal(0, 0.002, hours)),
    "walk": lambda generator, hours: np.cumsum(generator.normal(0, 0.001, hours)),
    "heavy-tailed (t3) noise": lambda generator, hours: 0.002 * generator.standard_t(3, hours),
    "t3 walk": lambda generator, hours: np.cumsum(0.001 * generator.standard_t(3, hours)),
    "sticky walk": lambda generator, hours: np.cumsum(0.002 * generator.choice([-1, 0, 0, 0, 1], hours)),
    "drifting walk": lambda generator, hours: np.cumsum(generator.normal(0.0003, 0.001, hours)),
    "stochastic volatility": _stochastic,
}
"""What is added to the logarithm of a price with a rhythm."""
OTHERS: dict[str, tuple[str, Maker]] = {
    "Poisson offers": ("offers", lambda generator, hours: _offers(generator, hours, 0.0)),
    "autocorrelated offers": ("offers", lambda generator, hours: _offers(generator, hours, 0.03)),
    "depth": (
        "asset_near_best",
        lambda generator, hours: np.exp(7 + lfilter([1.0], [1.0, -0.8], generator.normal(0, 0.2, hours))),
    ),
    "spread": ("spread", lambda generator, hours: 0.01 + rhythm(hours) / 4 + generator.normal(0, 0.001, hours)),
}
"""Measures that are no prices: their name, and their values."""


def calm_prices(kind: str, generator: Generator, hours: int) -> Floats:
    """The prices of one side, near 7.4."""
    return np.exp(2 + rhythm(hours) + PRICES[kind](generator, hours))


def calm_pair(kind: str, seed: int, hours: int) -> tuple[str, Floats]:
    """The measure's name, and an hour a row of both sides; half of what moves a price moves both."""
    generator = np.random.default_rng([seed, list({**PRICES, **OTHERS}).index(kind)])
    if kind in OTHERS:
        measure, make = OTHERS[kind]
        return measure, np.stack([make(generator, hours) for _ in range(2)], axis=1)
    one, other, common = (PRICES[kind](generator, hours) for _ in range(3))
    pair = np.stack([one + common, other + common], axis=1) / np.sqrt(2)
    if kind == "sticky walk":
        pair = np.stack([one, other], axis=1)
    return "vwap", np.exp(2 + rhythm(hours)[:, None] + pair)
