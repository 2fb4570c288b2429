"""The simulator's randomness for many contracts at once: arrays where noise.py has single numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]
Key = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_SIXTEEN = np.uint64(0xFFFF)
_SPREAD_OF_FOUR = 1.7320508075688772
"""Makes the deviation of a sum of four uniform values one."""
_HALVINGS = 10
OCTAVES = 16
"""From a minute to 2^15 of them, 23 days."""
_MINUTES_A_DAY = 1440.0


def mixed(keys: Key, numbers: Whole) -> Key:
    """One 64-bit number for each key (rows) and number (columns), as noise.mixed makes it."""
    with np.errstate(over="ignore"):
        state = keys[:, None] ^ (numbers.astype(np.uint64)[None, :] * _GOLDEN)
        state = (state ^ (state >> np.uint64(30))) * _FIRST
        state = (state ^ (state >> np.uint64(27))) * _SECOND
    found: Key = state ^ (state >> np.uint64(31))
    return found


def uniform(keys: Key, numbers: Whole) -> Real:
    """Values strictly between 0 and 1."""
    found: Real = ((mixed(keys, numbers) >> np.uint64(11)).astype(np.float64) + 0.5) / float(1 << 53)
    return found


def normal(keys: Key, numbers: Whole) -> Real:
    """Values of mean 0 and deviation 1, never beyond 3.5. Only sums and products: the same on every machine."""
    parts = mixed(keys, numbers)
    total = sum(((parts >> np.uint64(shift)) & _SIXTEEN).astype(np.float64) for shift in (0, 16, 32, 48))
    found: Real = (np.asarray(total) / 65535.0 - 2.0) * _SPREAD_OF_FOUR
    return found


def walks(keys: Key, first: int, last: int) -> Real:
    """A random walk of a daily deviation of about 1 at each minute from first to last; the same whoever asks.

    The sum of octaves whose size grows with the root of their period, as noise.walk.
    """
    minutes = np.arange(first, last + 1, dtype=np.int64)
    total = np.zeros((len(keys), len(minutes)))
    for octave in range(OCTAVES):
        period = 1 << octave
        index, part = minutes // period, (minutes % period) / period
        blend = part * part * (3.0 - 2.0 * part)
        begin = int(index[0])
        with np.errstate(over="ignore"):
            knots = normal(keys + np.uint64(octave), np.arange(begin, int(index[-1]) + 2, dtype=np.int64))
        left, right = knots[:, index - begin], knots[:, index - begin + 1]
        total += 0.5 * (period / _MINUTES_A_DAY) ** 0.5 * (left + blend * (right - left))
    return total


def grown(exponents: Real) -> Real:
    """The exponential, nearly, by products alone: libraries differ in the last digit of theirs."""
    factors = 1.0 + exponents / float(1 << _HALVINGS)
    for _ in range(_HALVINGS):
        factors = factors * factors
    return factors
