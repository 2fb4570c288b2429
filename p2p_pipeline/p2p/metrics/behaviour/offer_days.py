"""What each offer did on one day: rows of `offer_days`, and of `advertiser_days`, from a side's sightings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from p2p_pipeline.kernel.table import MOMENT
from p2p_pipeline.p2p.metrics.behaviour.schema import ADVERTISER_DAYS, OFFER_DAYS
from p2p_pipeline.p2p.metrics.behaviour.side_day import Flags, Integers, SideDay

STAY_SECONDS = 3600
"""A longer absence ends a row of `offer_days`. Lives join the rows again, at whatever limit they ask for."""
_MICROSECONDS = 1_000_000


def offer_day_rows(day: SideDay) -> pa.Table:
    """A row of `offer_days` for each stay of each offer, by offer and time. A pure function of the day's sightings."""
    if not day.rows.num_rows:
        return OFFER_DAYS.empty()
    order = np.lexsort((day.snapshot, day.code))
    snapshot, code = day.snapshot[order], day.code[order]
    absent = _absent_between(day, snapshot)
    elapsed = np.diff(day.times[snapshot], prepend=0)
    is_same_offer = np.append(False, code[1:] == code[:-1])
    is_within = is_same_offer & ((absent == 0) | (elapsed <= STAY_SECONDS * _MICROSECONDS))
    starts = np.flatnonzero(~is_within)
    ends = np.append(starts[1:], len(order)) - 1
    price, available = day.price[order], day.available[order]
    change = np.append(np.zeros(1, dtype=available.dtype), np.diff(available))
    # Over a longer time nobody knows how often the price changed: a pair of sightings shows one change at most.
    is_watched = elapsed <= STAY_SECONDS * _MICROSECONDS

    def total(values: Any) -> Any:
        return np.add.reduceat(np.where(is_within, values, 0), starts)

    is_best = np.zeros(len(order), dtype=bool)
    is_best[day.best_row[day.best_row >= 0]] = True
    first, last = order[starts], order[ends]
    times = day.times
    columns: dict[str, Any] = {
        **{name: [value] * len(starts) for name, value in day.market.items()},
        **_taken(day, {"offer_id": "offer_id", "advertiser_id": "advertiser_id"}, last),
        **_taken(day, {"is_floating_price": "is_floating_price"}, last),
        "first_seen_at": _moments(times[snapshot[starts]]),
        "last_seen_at": _moments(times[snapshot[ends]]),
        "absent_before_at": _moments(*_complete_beside(day, snapshot[starts], "before")),
        "absent_after_at": _moments(*_complete_beside(day, snapshot[ends], "after")),
        "seen": ends - starts + 1,
        "absent": total(absent),
        "rests": total(absent > 0),
        "exposed_seconds": total(elapsed * is_watched) / _MICROSECONDS,
        "pairs": total(is_watched),
        "price_changes": total(is_watched & np.append(False, price[1:] != price[:-1])),
        "decreases": total(change < 0),
        "decreased_asset": _money(total(np.where(change < 0, -change, 0)), day.available_scale),
        "refills": total(change > 0),
        **_taken(day, {"first_price": "price"}, first),
        **_taken(day, {"last_price": "price"}, last),
        "most_available_asset": _money(np.maximum.reduceat(available, starts), day.available_scale),
        **_taken(day, {"last_available_asset": "available_asset", "last_min_fiat": "min_fiat"}, last),
        **_taken(day, {"last_max_fiat": "max_fiat"}, last),
        "best": np.add.reduceat(is_best[order].astype(np.int64), starts),
        "first_distance": pa.array(day.distance[first], from_pandas=True),
    }
    return OFFER_DAYS.table(columns)


def advertiser_day_rows(day: SideDay) -> pa.Table:
    """A row of `advertiser_days` for each advertiser and name: joined by the venue's key and by nothing else."""
    rows = day.rows.select(["offer_id", "advertiser_id", "advertiser_name"]).append_column(
        "at", _moments(day.times[day.snapshot])
    )
    rows = rows.filter(rows["advertiser_id"].is_valid())
    found = rows.group_by(["advertiser_id", "advertiser_name"]).aggregate(
        [("at", "min"), ("at", "max"), ("offer_id", "count_distinct")]
    )
    found = found.sort_by([("advertiser_id", "ascending"), ("advertiser_name", "ascending")])
    return ADVERTISER_DAYS.table(
        {
            **{name: [value] * found.num_rows for name, value in day.market.items()},
            "advertiser_id": found["advertiser_id"].combine_chunks(),
            "name": found["advertiser_name"].combine_chunks(),
            "first_seen_at": found["at_min"].combine_chunks(),
            "last_seen_at": found["at_max"].combine_chunks(),
            "offers": found["offer_id_count_distinct"].combine_chunks().cast(pa.int32()),
        }
    )


def _absent_between(day: SideDay, snapshot: Integers) -> Integers:
    """For each row after the first, how many complete snapshots lie between it and the row before."""
    complete = np.cumsum(day.is_complete)
    before = complete[np.maximum(snapshot - 1, 0)]
    return np.append(0, (before[1:] - complete[snapshot[:-1]]))


def _complete_beside(day: SideDay, snapshot: Integers, where: str) -> tuple[Integers, Flags]:
    """The nearest complete snapshot before or after each place, and whether the day has none."""
    places = np.flatnonzero(day.is_complete)
    if not len(places):
        return np.zeros(len(snapshot), dtype=np.int64), np.ones(len(snapshot), dtype=bool)
    if where == "before":
        found = np.searchsorted(places, snapshot, side="left") - 1
    else:
        found = np.searchsorted(places, snapshot, side="right")
    is_missing = (found < 0) | (found >= len(places))
    return day.times[places[np.where(is_missing, 0, found)]], is_missing


def _moments(microseconds: Integers, is_missing: Flags | None = None) -> pa.Array:
    return pa.array(microseconds, mask=is_missing).cast(MOMENT)


def _money(values: Any, scale: int) -> list[Decimal]:
    return [Decimal(int(value)).scaleb(-scale) for value in values]


def _taken(day: SideDay, names: dict[str, str], places: Integers) -> dict[str, Any]:
    rows = day.rows.select(list(names.values())).take(pa.array(places)).combine_chunks()
    return {name: rows[source].to_pylist() for name, source in names.items()}
