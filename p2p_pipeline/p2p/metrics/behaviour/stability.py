"""Rows of `stability_hours`: what a later snapshot still showed of the top of an earlier one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from p2p_pipeline.p2p.metrics.behaviour.schema import HORIZONS_SECONDS, STABILITY_HOURS
from p2p_pipeline.p2p.metrics.behaviour.side_day import Flags, Floats, Integers, SideDay

NEAR = 0.01
"""How far from the best executable price counts as near, a share."""
TOLERANCE = 0.2
"""How far the time between two snapshots may be from the horizon, a share of it."""
NEXT_AT_MOST_SECONDS = 3 * 3600
"""Snapshots further apart are not consecutive: nobody looked in between."""
_MICROSECONDS = 1_000_000
_HOUR = 3600 * _MICROSECONDS


def stability_rows(day: SideDay) -> pa.Table:
    """A row for each hour and horizon that pairs of the day's complete snapshots allow."""
    complete = np.flatnonzero(day.is_complete)
    found: list[dict[str, Any]] = []
    if len(complete) > 1:
        near = _near_rows(day)
        for horizon in (0, *HORIZONS_SECONDS):
            earlier, later = _pairs(day.times, complete, horizon)
            has_best = day.best_row[earlier] >= 0
            if has_best.any():
                found += _hours(day, near, earlier[has_best], later[has_best], horizon)
    found.sort(key=lambda row: (row["hour_start"], row["horizon_seconds"]))
    return STABILITY_HOURS.table_of(found)


def _pairs(times: Integers, complete: Integers, horizon: int) -> tuple[Integers, Integers]:
    at = times[complete]
    if horizon == 0:
        is_next = np.diff(at) <= NEXT_AT_MOST_SECONDS * _MICROSECONDS
        return complete[:-1][is_next], complete[1:][is_next]
    wanted = at + horizon * _MICROSECONDS
    after = np.minimum(np.searchsorted(at, wanted), len(at) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(at[before] - wanted) <= np.abs(at[after] - wanted), before, after)
    is_good = (np.abs(at[nearest] - wanted) <= TOLERANCE * horizon * _MICROSECONDS) & (at[nearest] > at)
    return complete[is_good], complete[nearest[is_good]]


def _near_rows(day: SideDay) -> Flags:
    with np.errstate(invalid="ignore"):
        return np.asarray(day.distance <= NEAR)


def _hours(day: SideDay, near: Flags, earlier: Integers, later: Integers, horizon: int) -> list[dict[str, Any]]:
    codes = len(day.offer_ids)
    keys = day.snapshot * codes + day.code
    order = np.argsort(keys)
    sorted_keys = keys[order]
    best = day.best_row[earlier]
    still = _row_of(sorted_keys, order, later * codes + day.code[best])
    is_same_price = (still >= 0) & day.is_executable[still] & (day.sign * (day.price[still] - day.price[best]) <= 0)
    later_best = day.best_row[later]
    is_same = (later_best >= 0) & (day.code[later_best] == day.code[best])
    kept = _near_shares(day, near, earlier, later, sorted_keys, order)
    elapsed = (day.times[later] - day.times[earlier]) / _MICROSECONDS
    hours, place = np.unique(day.times[earlier] // _HOUR, return_inverse=True)
    pairs = np.bincount(place)
    return [
        {
            **day.market,
            "hour_start": datetime.fromtimestamp(int(hour) * 3600, UTC),
            "horizon_seconds": horizon,
            "elapsed_seconds": float(elapsed[place == number].mean()),
            "pairs": int(pairs[number]),
            "same_best": int(is_same[place == number].sum()),
            "same_best_price": int(is_same_price[place == number].sum()),
            "near_share": float(np.clip(kept[place == number].mean(), 0.0, 1.0)),
        }
        for number, hour in enumerate(hours)
    ]


def _near_shares(
    day: SideDay, near: Flags, earlier: Integers, later: Integers, sorted_keys: Integers, order: Integers
) -> Floats:
    """For each pair the share of the asset near the best that the later snapshot still has at no worse price."""
    partner = np.full(len(day.times), -1, dtype=np.int64)
    partner[earlier] = later
    rows = np.flatnonzero(near & (partner[day.snapshot] >= 0))
    still = _row_of(sorted_keys, order, partner[day.snapshot[rows]] * len(day.offer_ids) + day.code[rows])
    had = day.available[rows].astype(np.float64)
    is_kept = (still >= 0) & (day.sign * (day.price[still] - day.price[rows]) <= 0)
    has = np.where(is_kept, np.minimum(had, day.available[still].astype(np.float64)), 0.0)
    before = np.bincount(day.snapshot[rows], had, minlength=len(day.times))[earlier]
    after = np.bincount(day.snapshot[rows], has, minlength=len(day.times))[earlier]
    return np.divide(after, before, out=np.zeros_like(after), where=before > 0)


def _row_of(sorted_keys: Integers, order: Integers, wanted: Integers) -> Integers:
    """The row with each wanted (snapshot, offer), or -1."""
    place = np.minimum(np.searchsorted(sorted_keys, wanted), len(sorted_keys) - 1)
    return np.where(sorted_keys[place] == wanted, order[place], -1)
