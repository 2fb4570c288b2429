"""How many offers come and go in each hour of the day, on the clock of a time zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.behaviour.lives import Integers, Lives

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class HourTraffic:
    """One hour of the day."""

    hour: int
    came: int
    """Offers first seen in it after a whole rest without them."""
    gone: int
    """Offers that were no more there, for longer than any rest, from a look in it on."""
    hours_seen: int
    """How many of these hours had a look that could show it: `came` and `gone` are of so many."""


def traffic_by_hour(lives: Lives, timezone: str) -> tuple[HourTraffic, ...]:
    """The 24 hours of the day; those never looked at have `hours_seen` 0."""
    first, last = lives.frame["first_seen"].to_numpy(), lives.frame["last_seen"].to_numpy()
    after = lives.looks[np.minimum(np.searchsorted(lives.looks, last, side="right"), len(lives.looks) - 1)]
    since = lives.looks[0] + lives.rest_seconds * _MICROSECONDS
    came = first[lives.is_born_inside]
    gone = after[(last < lives.verdict_at) & (after > since)]
    watched = lives.looks[(lives.looks > since) & (lives.looks <= lives.verdict_at)]
    hours_seen = _local(watched, timezone).floor("h").unique()
    counts = [_by_hour(moments) for moments in (_local(came, timezone), _local(gone, timezone), hours_seen)]
    return tuple(HourTraffic(hour, *(int(count[hour]) for count in counts)) for hour in range(24))


def _local(microseconds: Integers, timezone: str) -> pd.DatetimeIndex:
    """On the wall clock, without the zone: the hour that a change of clocks gives twice is one."""
    moments = pd.DatetimeIndex(pd.to_datetime(microseconds, unit="us", utc=True))
    return moments.tz_convert(timezone).tz_localize(None)


def _by_hour(moments: pd.DatetimeIndex) -> NDArray[np.int64]:
    return np.bincount(moments.hour.to_numpy(), minlength=24)
