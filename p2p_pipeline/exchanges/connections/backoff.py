"""When a lost connection is tried again, and when a good one is replaced. Pure but for the generator passed in."""

from __future__ import annotations

import random

FIRST_SECONDS, LONGEST_SECONDS = 1.0, 60.0
STEADY_SECONDS = 60.0
"""A connection that lived this long was a good one: the next trouble begins at the first pause again."""
_SHARE_OF_LIFE = 0.95


def reconnect_seconds(attempt: int, random_source: random.Random) -> float:
    """How long to wait before the attempt of that number (from 1): doubled each time, up to a minute, with jitter."""
    ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempt - 1, 10))
    # Not down to nothing: a server that closes at once would be asked again at once.
    return random_source.uniform(ceiling / 2, ceiling)


def life_seconds(connection_hours: float | None, random_source: random.Random) -> float:
    """After how long a connection is replaced by us, before the exchange ends it; not all at the same moment."""
    if connection_hours is None:
        return float("inf")
    return connection_hours * 3600.0 * _SHARE_OF_LIFE * random_source.uniform(0.9, 1.0)
