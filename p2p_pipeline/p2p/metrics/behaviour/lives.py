"""Lives of offers: the stays of `offer_days` joined over days, and the cohort of lives that began in the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from p2p_pipeline.p2p.metrics.behaviour.cohort import Cohort
from p2p_pipeline.p2p.metrics.behaviour.offer_days import STAY_SECONDS

Integers = NDArray[np.int64]

REST_SECONDS = 6 * 3600.0
"""An offer absent for longer is gone; if it comes back, that is another life. Shorter absences are rests."""
RESTS_IN_GAPS = 3.0
"""No rest can be told from an end unless the limit is this many times the usual time between looks."""
_MICROSECONDS = 1_000_000
_NEEDED = (
    "offer_id",
    "advertiser_id",
    "is_floating_price",
    "first_seen_at",
    "last_seen_at",
    "seen",
    "best",
    "exposed_seconds",
    "pairs",
    "price_changes",
    "most_available_asset",
    "last_available_asset",
    "last_price",
    "last_min_fiat",
    "last_max_fiat",
    "first_distance",
)


@dataclass(frozen=True, slots=True, eq=False)
class Lives:
    """Every life of one market side seen between the first and the last complete snapshot of a window."""

    frame: pd.DataFrame
    """A row a life: `offer_id`, `advertiser_id`, `first_seen`, `last_seen` (microseconds since 1970 UTC), what
    `offer_days` counts, and its state when last seen."""
    looks: Integers
    """When the side was seen whole, microseconds since 1970 UTC, ascending."""
    rest_seconds: float
    """The limit that was used: what was asked for, or what the time between looks made necessary."""

    @property
    def gap_seconds(self) -> float:
        """The usual time between looks."""
        return gap_of(self.looks)

    @property
    def verdict_at(self) -> int:
        """The last look after which a whole rest was watched: whether an offer was gone is known up to here."""
        place = np.searchsorted(self.looks, self.looks[-1] - self.rest_seconds * _MICROSECONDS, side="right") - 1
        return int(self.looks[max(0, place)])

    @property
    def is_born_inside(self) -> NDArray[np.bool_]:
        """Whether each life began in the window: it had not been there for a whole rest before."""
        first = self.frame["first_seen"].to_numpy()
        return np.asarray(
            (first > self.looks[0] + self.rest_seconds * _MICROSECONDS) & (first < self.verdict_at), dtype=bool
        )

    def born(self) -> pd.DataFrame:
        """The lives that began in the window, in the order of `cohort`."""
        return self.frame[self.is_born_inside]

    def cohort(self) -> Cohort:
        """What is known of how long the lives that began in the window lasted."""
        born = self.born()
        first, last = born["first_seen"].to_numpy(), born["last_seen"].to_numpy()
        before = self.looks[np.searchsorted(self.looks, first) - 1]
        verdict = self.verdict_at
        is_ended = last < verdict
        after = self.looks[np.minimum(np.searchsorted(self.looks, last, side="right"), len(self.looks) - 1)]
        low = np.where(is_ended, last, verdict) - first
        high = np.where(is_ended, (after - first).astype(np.float64), np.inf)
        # An offer without the venue's key is nobody's: each of them stands for itself.
        owner = born["advertiser_id"].where(born["advertiser_id"].notna(), "offer " + born["offer_id"])
        cluster = pd.factorize(owner)[0]
        return Cohort((first - before) / _MICROSECONDS, low / _MICROSECONDS, high / _MICROSECONDS, cluster)


def gap_of(looks: Integers) -> float:
    """The usual time between looks, seconds; infinite with fewer than two."""
    return float(np.median(np.diff(looks))) / _MICROSECONDS if len(looks) > 1 else float("inf")


def join_lives(days: pa.Table, looks: Integers, rest_seconds: float = REST_SECONDS) -> Lives | None:
    """Join one side's rows of `offer_days` over days into lives; None without complete snapshots or offers.

    `looks` are the times of its complete snapshots. An absence in no complete snapshot is none, however long. A limit
    that the time between looks can't tell from an end is raised to three such times; one below an hour, to an hour.
    """
    if len(looks) < 2 or not days.num_rows:
        return None
    rest = max(rest_seconds, float(STAY_SECONDS), RESTS_IN_GAPS * gap_of(looks))
    frame = days.select(list(_NEEDED)).to_pandas()
    for name in ("first", "last"):
        frame[f"{name}_seen"] = days[f"{name}_seen_at"].cast(pa.int64()).to_numpy()
    frame = frame.sort_values(["offer_id", "first_seen"], kind="stable", ignore_index=True)
    first, last = frame["first_seen"].to_numpy(), frame["last_seen"].to_numpy()
    missed = np.searchsorted(looks, first[1:]) - np.searchsorted(looks, last[:-1], side="right")
    is_same = (frame["offer_id"].to_numpy()[1:] == frame["offer_id"].to_numpy()[:-1]) & (
        (missed <= 0) | (first[1:] - last[:-1] <= rest * _MICROSECONDS)
    )
    number = np.append(0, np.cumsum(~is_same))
    found = frame.groupby(number, sort=True).agg(**_AGGREGATES)
    begins = np.append(0, np.flatnonzero(~is_same) + 1)
    # What was not known when it was first seen stays unknown: "first" would pass over it.
    found["first_distance"] = frame["first_distance"].to_numpy()[begins]
    # The pandas maximum of exact numbers looks at each life by itself: it took half of the time of all this.
    found["most_available_asset"] = np.maximum.reduceat(frame["most_available_asset"].to_numpy(), begins)
    return Lives(found.reset_index(drop=True), looks, rest)


_SUMMED = ("seen", "best", "exposed_seconds", "pairs", "price_changes")
_AGGREGATES: dict[str, Any] = {
    "offer_id": ("offer_id", "first"),
    # "first" and "last" pass over empty values; the state when last seen is the last row's.
    "advertiser_id": ("advertiser_id", "last"),
    "is_floating_price": ("is_floating_price", "last"),
    "first_seen": ("first_seen", "min"),
    "last_seen": ("last_seen", "max"),
    **{name: (name, "sum") for name in _SUMMED},
    **{name: (name, "last") for name in ("last_available_asset", "last_price", "last_min_fiat", "last_max_fiat")},
}
