"""One side of a market over one day as arrays: sightings by snapshot and offer, and who was the best executable.

Absence and rank need the whole side at once; arrays keep a day of three million sightings within a few hundred MB.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.units import IntegerArray, from_arrow_decimals
from p2p_pipeline.p2p.offers.usable import usable

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

OFFER_COLUMNS = (
    "offer_id",
    "advertiser_id",
    "advertiser_name",
    "is_floating_price",
    "price",
    "min_fiat",
    "max_fiat",
    "available_asset",
)
"""What is needed of `offers`."""
SNAPSHOT_COLUMNS = (
    "snapshot_id",
    "snapshot_at",
    "market_key",
    "venue",
    "asset",
    "fiat",
    "side",
    "slot",
    "offers",
    "is_complete",
    "pages",
    "stop_reason",
)
"""What is needed of `snapshots`."""


@dataclass(frozen=True, slots=True, eq=False)
class SideDay:
    """The usable snapshots of one side in the order of time, and one row for each offer in each of them."""

    side: Side
    market: dict[str, str]
    """The market's columns, the same in every row."""
    times: Integers
    """When each snapshot was, microseconds since 1970 UTC, ascending."""
    is_complete: Flags
    rows: pa.Table
    """The side's offers, in the order of `snapshot`."""
    snapshot: Integers
    """Each row's place in `times`, ascending."""
    code: Integers
    """Each row's place in `offer_ids`."""
    offer_ids: list[str]
    price: Floats
    available: IntegerArray
    """In units of 10^-`available_scale` of the asset."""
    available_scale: int
    is_executable: Flags
    """Whether the day's middle size can be placed in the offer alone."""
    best_row: Integers
    """For each snapshot the row of its best executable offer; -1 where there is none. Of several with the same price
    the one with the smallest id, so that a tie is no change."""

    @property
    def sign(self) -> float:
        """1 where a lower price is better for the taker, else -1."""
        return 1.0 if self.side is Side.BUY else -1.0

    @property
    def distance(self) -> Floats:
        """How much worse than the snapshot's best executable price each row is, a share; nan where there is none."""
        padded = (
            np.append(self.price[self.best_row], np.nan) if len(self.price) else np.full(len(self.times) + 1, np.nan)
        )
        best = np.where(self.best_row >= 0, padded[:-1], np.nan)[self.snapshot]
        return np.asarray(self.sign * (self.price / best - 1.0))


def side_day(snapshots: pa.Table, offers: pa.Table, side: Side, size: tuple[Decimal, Decimal] | None) -> SideDay | None:
    """One side of a day from the rows of `snapshots` and `offers` (in their common order); None without snapshots.

    `size` is (fiat to spend, asset to sell), what an offer must take alone to be executable; None for a day without
    any size, on which nothing is.
    """
    counts = snapshots["offers"].to_numpy().astype(np.int64)
    if int(counts.sum()) != offers.num_rows:
        raise ValueError(f"snapshots count {counts.sum()} offers, but there are {offers.num_rows}: remake the day")
    places = snapshots.append_column("place", pa.array(np.arange(snapshots.num_rows)))
    chosen = usable(places.filter(compute.field("side") == str(side)))["place"].to_numpy()
    if not len(chosen):
        return None
    at = snapshots["snapshot_at"].cast(pa.int64()).to_numpy()
    chosen = chosen[np.argsort(at[chosen], kind="stable")]
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    taken = np.concatenate([np.arange(starts[n], starts[n] + counts[n]) for n in chosen])
    rows = offers.take(pa.array(taken)).combine_chunks()
    snapshot = np.repeat(np.arange(len(chosen)), counts[chosen])
    ids = rows["offer_id"].combine_chunks().dictionary_encode() if rows.num_rows else None
    code = np.empty(0, np.int64) if ids is None else ids.indices.to_numpy().astype(np.int64)
    available = from_arrow_decimals(_column(rows, "available_asset"))
    price, is_executable = _floats(rows, "price"), np.zeros(rows.num_rows, dtype=bool)
    if size is not None:
        wanted = float(size[0]) if side is Side.BUY else float(size[1]) * price
        is_executable = (_floats(rows, "min_fiat") <= wanted) & (wanted <= _floats(rows, "max_fiat"))
    first = snapshots.slice(int(chosen[0]), 1).to_pylist()[0]
    offer_ids = [] if ids is None else ids.dictionary.to_pylist()
    return SideDay(
        side=side,
        market={name: first[name] for name in ("market_key", "venue", "asset", "fiat", "side")},
        times=at[chosen],
        is_complete=snapshots["is_complete"].to_numpy()[chosen],
        rows=rows,
        snapshot=snapshot,
        code=code,
        offer_ids=offer_ids,
        price=price,
        available=available.values,
        available_scale=available.scale,
        is_executable=is_executable,
        best_row=_best_rows(side, len(chosen), snapshot, price, _ranks(offer_ids)[code], is_executable),
    )


def _best_rows(
    side: Side, snapshots: int, snapshot: Integers, price: Floats, rank: Integers, is_executable: Flags
) -> Integers:
    best = np.full(snapshots, -1, dtype=np.int64)
    places = np.flatnonzero(is_executable)
    sign = 1.0 if side is Side.BUY else -1.0
    order = places[np.lexsort((rank[places], sign * price[places], snapshot[places]))]
    firsts, first_places = np.unique(snapshot[order], return_index=True)
    best[firsts] = order[first_places]
    return best


def _ranks(offer_ids: list[str]) -> Integers:
    order = sorted(range(len(offer_ids)), key=offer_ids.__getitem__)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _column(rows: pa.Table, name: str) -> pa.Array:
    found = rows[name].combine_chunks()
    return found.chunk(0) if isinstance(found, pa.ChunkedArray) and found.num_chunks else found


def _floats(rows: pa.Table, name: str) -> Floats:
    units = from_arrow_decimals(_column(rows, name))
    return np.asarray(units.values.astype(np.float64) / 10.0**units.scale)
