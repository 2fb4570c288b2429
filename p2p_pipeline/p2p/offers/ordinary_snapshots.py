"""Snapshots of ordinary pages become rows of `offers` column by column; `assemble` says what the rows must be."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from p2p_pipeline.p2p.offers.assemble import NamesAt, book_captures, snapshot_row
from p2p_pipeline.p2p.offers.distinct_ads import DistinctAds
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.offers.schema import OFFERS
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.raw.snapshot_state import snapshot_state
from p2p_pipeline.p2p.raw.stored import StoredSnapshot
from p2p_pipeline.p2p.venues.ordinary_pages import NotOrdinaryError, OrdinaryReader
from p2p_pipeline.p2p.venues.wire import SearchPage

_OF_SNAPSHOT = ("snapshot_id", "snapshot_at", "market_key", "venue", "asset", "fiat", "side")
_MOST_ADS = 200_000
"""Different ads remembered: bounds the memory of a day in which every ad changes all the time."""


class OrdinarySnapshots:
    """Gathers snapshots until their table is taken."""

    def __init__(self, reader: OrdinaryReader, payments: PaymentMap, names_at: NamesAt) -> None:
        self._reader = reader
        self._payments = payments
        self._names_at = names_at
        self._ads = DistinctAds(reader, payments)
        self._rows: list[dict[str, Any]] = []
        self._numbers: list[int] = []

    def gather(self, stored: StoredSnapshot) -> dict[str, Any]:
        """Add a snapshot and give its row of the table `snapshots`.

        Raises NotOrdinaryError, and adds nothing, when it must be read by `assemble`.
        """
        searches, market_side = book_captures(stored)
        if market_side is None:
            raise NotOrdinaryError("the snapshot is no book")
        names = self._names_at(stored.snapshot_at)
        numbers: list[int] = []
        pages: list[SearchPage] = []
        for capture, _ in searches:
            if capture.outcome is not Outcome.OK:
                continue
            if capture.venue != market_side.market.venue:
                raise NotOrdinaryError("the answers are of several venues")
            page = self._reader.read(capture.body, capture.status or 0, market_side, capture.page or 1)
            shown = self._ads.numbers(page.rows, market_side, names)
            numbers += shown
            offers = tuple(enumerate(self._ads.identified(shown)))
            pages.append(SearchPage(offers=offers, rejected=(), total=page.total, is_last=page.is_last))
        state = snapshot_state([capture for capture, _ in searches], pages)
        row = snapshot_row(stored, market_side, state, pages, searches)
        if state.duplicates:
            numbers = self._first_showings(numbers)
        row |= {"offers": len(numbers), "quarantined": 0, "unknown_payments": self._ads.unknown_payments(numbers)}
        self._rows.append(row)
        self._numbers += numbers
        return row

    def take_table(self) -> pa.Table:
        """The rows of the table `offers`, not yet checked, of what was gathered since the last time, in its order."""
        counts = [row["offers"] for row in self._rows]
        columns = _taken(self._ads.columns(), pa.array(self._numbers, type=pa.int32()))
        snapshots = {name: [row[name] for row in self._rows] for name in _OF_SNAPSHOT}
        columns |= _taken(
            {name: pa.array(values, type=OFFERS.arrow_schema.field(name).type) for name, values in snapshots.items()},
            pa.array(np.repeat(np.arange(len(counts), dtype=np.int32), counts)),
        )
        columns["position"] = pa.array(chain.from_iterable(map(range, counts)), type=pa.int32())
        self._rows, self._numbers = [], []
        if len(self._ads) > _MOST_ADS:
            self._ads = DistinctAds(self._reader, self._payments)
        return pa.table([columns[name] for name in OFFERS.arrow_schema.names], schema=OFFERS.arrow_schema)

    def _first_showings(self, numbers: list[int]) -> list[int]:
        first: dict[str, int] = {}
        for number, offer in zip(numbers, self._ads.identified(numbers), strict=True):
            first.setdefault(offer.offer_id, number)
        return list(first.values())


def _taken(columns: dict[str, pa.Array], places: pa.Array) -> dict[str, pa.Array]:
    return {name: column.take(places) for name, column in columns.items()}
