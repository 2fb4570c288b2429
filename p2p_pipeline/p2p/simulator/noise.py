"""Randomness that can be asked for any moment: the same seed and place give the same value, in any order of asking."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from statistics import NormalDist

_MASK = (1 << 64) - 1
_NORMAL = NormalDist()


def key_of(text: str) -> int:
    """Turn a name into a 64-bit number, the same on every machine and run."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def mixed(*numbers: int) -> int:
    """Mix whole numbers into one 64-bit number that looks random (the finishing steps of splitmix64)."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = (state ^ (number & _MASK)) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state = ((state ^ (state >> 31)) + 0x9E3779B97F4A7C15) & _MASK
    return state


def uniform(*numbers: int) -> float:
    """A value strictly between 0 and 1 that belongs to these numbers."""
    return ((mixed(*numbers) >> 11) + 0.5) / (1 << 53)


def normal(*numbers: int) -> float:
    """A normally distributed value (mean 0, deviation 1) that belongs to these numbers."""
    return _NORMAL.inv_cdf(uniform(*numbers))


@lru_cache(maxsize=50_000)
def _knot(key: int, octave: int, index: int) -> float:
    return normal(key, octave, index)


def smooth_noise(key: int, period_seconds: float, moment: float) -> float:
    """Independent normal values a period apart, joined smoothly. Standard deviation 1 at the joints."""
    place = moment / period_seconds
    index = math.floor(place)
    part = place - index
    blend = part * part * (3 - 2 * part)
    octave = int(period_seconds)
    return (1 - blend) * _knot(key, octave, index) + blend * _knot(key, octave, index + 1)


_DAY = 86_400.0
WALK_PERIODS = tuple(32 * _DAY / 2**n for n in range(11))
"""From a month down to three quarters of an hour."""


def slow_walk(key: int, daily_volatility: float, moment: float) -> float:
    """A random walk between the scales of a month and an hour, for any moment without walking there.

    The sum of octaves whose size grows with the root of their period moves over a span like a random walk does.
    """
    total = 0.0
    for period in WALK_PERIODS:
        total += math.sqrt(period / _DAY) * smooth_noise(key, period, moment)
    return 0.5 * daily_volatility * total
