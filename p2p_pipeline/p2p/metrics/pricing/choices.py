"""What a split chooses from: limits and values as arrays for bounds, and as plain integers for exact steps.

Here: the form that the search wants, made once a book and used for every amount. Not here: the search (split.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Places = NDArray[np.intp]

MOST_SPLITS = 16


@dataclass(frozen=True, slots=True)
class Choices:
    """Offers by falling value: each takes nothing, or from its minimum to its maximum."""

    values: Floats
    """What one tick returns."""
    minima: Integers
    maxima: Integers
    value_list: list[float]
    minimum_list: list[int]
    maximum_list: list[int]
    lowest: int
    """The lowest minimum; 0 without offers."""
    capacities: list[int]
    """What the 0, 1, 2, … largest maxima hold together, up to `MOST_SPLITS` of them."""

    @classmethod
    def of(cls, values: Floats, minima: Integers, maxima: Integers) -> Choices:
        """Take arrays in order of falling value, minima positive and not above maxima."""
        maximum_list: list[int] = maxima.tolist()
        return cls(
            values=values,
            minima=minima,
            maxima=maxima,
            value_list=values.tolist(),
            minimum_list=minima.tolist(),
            maximum_list=maximum_list,
            lowest=int(minima.min(initial=minima[0] if len(minima) else 0)),
            capacities=list(accumulate(sorted(maximum_list, reverse=True)[:MOST_SPLITS], initial=0)),
        )

    def __len__(self) -> int:
        return len(self.value_list)

    def capacity(self, max_legs: int) -> int:
        """The most that `max_legs` offers take together."""
        return self.capacities[min(max_legs, len(self.capacities) - 1)]
