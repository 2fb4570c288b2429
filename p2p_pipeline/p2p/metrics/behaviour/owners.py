"""Who is behind the offers of a market side: shares of what is shown, of the top, of what is new there.

An offer without the venue's key is nobody's: it stands for itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import stdtrit


@dataclass(frozen=True, slots=True)
class OwnerShare:
    """One advertiser's part of a market side."""

    advertiser_id: str | None
    """The venue's key; None for an offer without one."""
    share: float
    """Of all offers seen, each look counted."""
    top_share: float | None
    """Of the looks with an executable best offer, those in which it was his; None where there was none."""
    offers: int
    arrivals: int
    """How often an offer of his appeared where a look just before had shown none."""
    took_top: int
    """Of these, those at which it was the best executable offer at once: he undercut everybody."""


@dataclass(frozen=True, slots=True)
class Concentration:
    """How much of a side is in few hands: the sum of squared shares (Herfindahl, Hirschman)."""

    value: float
    """1 for a single advertiser, 1 / n for n equal ones."""
    low: float | None
    high: float | None
    """The interval for other days of the same market; None with fewer than two days."""
    like_equals: float
    """So many equal advertisers would be as concentrated."""
    advertisers: int
    days: int


@dataclass(frozen=True, slots=True)
class SideOwners:
    """All advertisers of a side, the biggest first."""

    owners: tuple[OwnerShare, ...]
    concentration: Concentration


def side_owners(offer_days: pa.Table, confidence: float) -> SideOwners | None:
    """Who a side's rows of `offer_days` are of; None without any."""
    if not offer_days.num_rows:
        return None
    names = ("offer_id", "advertiser_id", "seen", "best", "first_distance", "absent_before_at", "first_seen_at")
    frame = offer_days.select(list(names)).to_pandas()
    frame["owner"] = frame["advertiser_id"].where(frame["advertiser_id"].notna(), "offer " + frame["offer_id"])
    frame["is_new"] = frame["absent_before_at"].notna()
    frame["took_top"] = frame["is_new"] & (frame["first_distance"] == 0)
    grouped = frame.groupby("owner", sort=True)
    sums = grouped[["seen", "best", "is_new", "took_top"]].sum()
    sums["offers"], sums["key"] = grouped["offer_id"].nunique(), grouped["advertiser_id"].first()
    sums = sums.sort_values(["seen", "offers"], ascending=False, kind="stable")
    total, top = float(sums["seen"].sum()), float(sums["best"].sum())
    owners = tuple(
        OwnerShare(
            row.key if isinstance(row.key, str) else None,
            float(row.seen) / total,
            float(row.best) / top if top else None,
            int(row.offers),
            int(row.is_new),
            int(row.took_top),
        )
        for row in sums.itertuples()
    )
    return SideOwners(owners, _concentration(frame, confidence))


def _concentration(frame: pd.DataFrame, confidence: float) -> Concentration:
    """The index with the jackknife's interval that leaves out one day at a time (J. Tukey 1958).

    Days are what is drawn anew, for looks of one day show the same advertisers all day.
    """
    by_day = frame.pivot_table(
        index=frame["first_seen_at"].dt.floor("D"), columns="owner", values="seen", aggfunc="sum", fill_value=0
    ).to_numpy(dtype=float)
    total = by_day.sum(axis=0)
    value, days = float(_index(total)), len(by_day)
    low = high = None
    if days > 1:
        without = _index(total[None, :] - by_day)
        error = math.sqrt((days - 1) / days * float(((without - without.mean()) ** 2).sum()))
        half = float(stdtrit(days - 1, 0.5 + confidence / 2)) * error
        low, high = max(value - half, 1 / len(total)), min(value + half, 1.0)
    return Concentration(value, low, high, 1 / value, len(total), days)


def _index(looks: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = looks / looks.sum(axis=-1, keepdims=True)
    return np.asarray((shares**2).sum(axis=-1))
