"""Randomness that can be asked for any place and moment: the same seed gives the same value, in any order of asking."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from statistics import NormalDist

_MASK = (1 << 64) - 1
_NORMAL = NormalDist()
_DAY = 86_400.0

WALK_PERIODS = tuple(32 * _DAY / 2**n for n in range(23))
"""From a month down to two thirds of a second."""
_WEIGHTS = tuple(0.5 * math.sqrt(period / _DAY) for period in WALK_PERIODS)


def key_of(*parts: object) -> int:
    """Turn names and numbers into a 64-bit number, the same on every machine and run."""
    text = "/".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def mixed(key: int, number: int) -> int:
    """Mix two whole numbers into one 64-bit number that looks random (the finishing steps of splitmix64)."""
    state = (key ^ (number * 0x9E3779B97F4A7C15)) & _MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return state ^ (state >> 31)


def uniform(key: int, number: int) -> float:
    """A value strictly between 0 and 1 that belongs to these numbers."""
    return ((mixed(key, number) >> 11) + 0.5) / (1 << 53)


@lru_cache(maxsize=16_384)
def _knot(key: int, octave: int, index: int) -> float:
    return _NORMAL.inv_cdf(uniform(key + octave, index))


def smooth_noise(key: int, octave: int, period_seconds: float, moment: float) -> float:
    """Independent normal values a period apart, joined smoothly. Standard deviation 1 at the joints."""
    place = moment / period_seconds
    index = math.floor(place)
    part = place - index
    blend = part * part * (3 - 2 * part)
    return (1 - blend) * _knot(key, octave, index) + blend * _knot(key, octave, index + 1)


def walk(key: int, daily_volatility: float, moment: float) -> float:
    """A random walk between the scales of a month and a second, for any moment without walking there.

    The sum of octaves whose size grows with the root of their period moves over a span like a random walk does.
    """
    octaves = enumerate(zip(_WEIGHTS, WALK_PERIODS, strict=True))
    return daily_volatility * sum(
        weight * smooth_noise(key, octave, period, moment) for octave, (weight, period) in octaves
    )
