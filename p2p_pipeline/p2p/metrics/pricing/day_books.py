"""A day's snapshots of one market as books that can be priced, in the order they were stored."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pyarrow as pa

from p2p_pipeline.p2p.markets import WIDE, Profile, Side
from p2p_pipeline.p2p.metrics.pricing.book import Book
from p2p_pipeline.p2p.metrics.pricing.sizes import QuotePlan, Step
from p2p_pipeline.p2p.metrics.pricing.units import Units, from_arrow_decimals

SIDE_COLUMNS = ("snapshot_id", "snapshot_at", "market_key", "venue", "asset", "fiat", "side")
"""What every table of numbers repeats of the snapshot."""


class DayBooks:
    """The rows of `snapshots` and `offers` of one day and market, joined by their common order.

    Offers stand in their snapshots' order, so a snapshot's offers are a slice: no search, no copy.
    """

    def __init__(self, snapshots: pa.Table, offers: pa.Table) -> None:
        self.snapshots: list[dict[str, Any]] = snapshots.select(
            [*SIDE_COLUMNS, "slot", "offers", "stop_reason"]
        ).to_pylist()
        counts = [snapshot["offers"] for snapshot in self.snapshots]
        if sum(counts) != offers.num_rows:
            raise ValueError(f"snapshots count {sum(counts)} offers, but there are {offers.num_rows}: remake the day")
        self._starts = [0, *accumulate(counts)]
        for snapshot in self.snapshots:
            # Its offers are rows of the table, but nothing is priced without the best of the book.
            if snapshot["stop_reason"] == "no_first_page":
                snapshot["offers"] = 0
        # One chunk, so that a slice is a view.
        self._offers = offers.combine_chunks()

    def __len__(self) -> int:
        return len(self.snapshots)

    def offers(self, place: int) -> pa.Table:
        """The offers of the snapshot at a place."""
        return self._offers.slice(self._starts[place], self.snapshots[place]["offers"])

    def side(self, place: int) -> Side:
        """The side of the snapshot at a place."""
        return Side(self.snapshots[place]["side"])

    def book(self, place: int, profile: Profile) -> Book:
        """The snapshot at a place under a profile, ready to be priced."""
        offers = self.offers(place)
        return Book.from_columns(
            self.side(place),
            offer_ids=offers.column("offer_id").to_pylist(),
            price=units_of(offers, "price"),
            min_fiat=units_of(offers, "min_fiat"),
            max_fiat=units_of(offers, "max_fiat"),
            available_asset=units_of(offers, "available_asset"),
            fiat_scale=offers.column("fiat_scale").to_numpy(),
            asset_scale=offers.column("asset_scale").to_numpy(),
            admitted=_admitted(offers, profile),
        )

    def steps(self, plan: QuotePlan) -> tuple[Step, ...]:
        """The sizes quoted all day long on both sides: configured, or chosen by the day's first book.

        One ladder a day, or a price near a rounding limit would make the sizes jump from snapshot to snapshot.
        """
        if plan.configured is not None:
            return plan.configured
        filled = [place for place in range(len(self)) if self.snapshots[place]["offers"]]
        first = next((place for place in filled if self.side(place) is Side.BUY), next(iter(filled), None))
        if first is None:
            return ()
        offers = self.offers(first)
        return plan.steps(offers.column("price").to_pylist(), offers.column("max_fiat").to_pylist())


def units_of(offers: pa.Table, name: str) -> Units:
    """A money column as integers, without a Python object a row."""
    return from_arrow_decimals(offers.column(name).combine_chunks())


def _admitted(offers: pa.Table, profile: Profile) -> list[bool] | None:
    if profile == WIDE:
        return None
    names = ("payment_methods", "completion_rate", "orders_30d", "is_merchant")
    columns = (offers.column(name).to_pylist() for name in names)
    return [profile.admits(*row) for row in zip(*columns, strict=True)]
