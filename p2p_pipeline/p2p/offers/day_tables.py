"""A day of one market as tables: the raw store's snapshots in, rows of snapshots, offers and quarantine out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from p2p_pipeline.p2p.offers.assemble import AssembledSnapshot, NamesAt, SeenOffer, assemble, schema_quarantine_row
from p2p_pipeline.p2p.offers.ordinary_snapshots import OrdinarySnapshots
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.offers.schema import OFFERS, QUARANTINE, SNAPSHOTS
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot
from p2p_pipeline.p2p.venues.ordinary_pages import NotOrdinaryError, OrdinaryReader
from p2p_pipeline.p2p.venues.wire import Venue

CHUNK_SNAPSHOTS = 400
"""Snapshots turned into Arrow at a time: bounds the memory of a day of 5,760."""


@dataclass(frozen=True, slots=True)
class PartitionRows:
    """The rows of the three tables that captures become."""

    snapshots: pa.Table
    offers: pa.Table
    quarantine: pa.Table


def partition_rows(
    stored: Iterable[StoredSnapshot | Damage],
    market_key: str,
    venue: Venue,
    payments: PaymentMap,
    names_at: NamesAt,
    quick: OrdinaryReader | None = None,
) -> PartitionRows:
    """Read stored snapshots of one market into rows, in the raw store's order.

    Nothing that was received is lost: a record is either an offer, a duplicate that the snapshot counts, or a row of
    the quarantine with the way back to its bytes. `quick` reads what is ordinary; the rows are the same without it.
    """
    ordinary = None if quick is None else OrdinarySnapshots(quick, payments, names_at)
    reading = _Reading(market_key, venue, payments, names_at, ordinary)
    chunks = [_chunk_rows(chunk, reading) for chunk in _chunks(stored, CHUNK_SNAPSHOTS)]
    chunks.append(PartitionRows(SNAPSHOTS.empty(), OFFERS.empty(), QUARANTINE.empty()))
    return PartitionRows(
        pa.concat_tables(chunk.snapshots for chunk in chunks),
        pa.concat_tables(chunk.offers for chunk in chunks),
        pa.concat_tables(chunk.quarantine for chunk in chunks),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    market_key: str
    venue: Venue
    payments: PaymentMap
    names_at: NamesAt
    ordinary: OrdinarySnapshots | None


def _chunks(items: Iterable[StoredSnapshot | Damage], size: int) -> Iterator[list[StoredSnapshot | Damage]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _chunk_rows(chunk: list[StoredSnapshot | Damage], reading: _Reading) -> PartitionRows:
    quick = None if reading.ordinary is None else _quick_chunk_rows(chunk, reading, reading.ordinary)
    if quick is not None:
        return quick
    quarantine = [_damage_row(item, reading.market_key) for item in chunk if isinstance(item, Damage)]
    snapshots = [found for item in chunk if isinstance(item, StoredSnapshot) and (found := _assembled(item, reading))]
    for snapshot in snapshots:
        quarantine += snapshot.quarantine
    offers, refused = _valid_offers(snapshots)
    quarantine += refused
    return PartitionRows(
        SNAPSHOTS.table_of([snapshot.row for snapshot in snapshots]), offers, QUARANTINE.table_of(quarantine)
    )


def _assembled(stored: StoredSnapshot, reading: _Reading) -> AssembledSnapshot | None:
    return assemble(stored, reading.venue, reading.payments, reading.names_at)


def _quick_chunk_rows(
    chunk: list[StoredSnapshot | Damage], reading: _Reading, ordinary: OrdinarySnapshots
) -> PartitionRows | None:
    """The same rows; None when there are offers that the table's schema refuses."""
    quarantine = [_damage_row(item, reading.market_key) for item in chunk if isinstance(item, Damage)]
    rows: list[dict[str, Any]] = []
    others: list[tuple[AssembledSnapshot, SeenOffer]] = []
    is_ordinary: list[bool] = []
    for item in chunk:
        if isinstance(item, Damage):
            continue
        try:
            rows.append(ordinary.gather(item))
            is_ordinary += [True] * rows[-1]["offers"]
        except NotOrdinaryError:
            snapshot = _assembled(item, reading)
            if snapshot is not None:
                rows.append(snapshot.row)
                quarantine += snapshot.quarantine
                others += [(snapshot, entry) for entry in snapshot.offers]
                is_ordinary += [False] * len(snapshot.offers)
    offers = ordinary.take_table()
    if others:
        offers = _in_turn(offers, offer_table(others), is_ordinary)
    if OFFERS.failures(offers):
        return None
    return PartitionRows(SNAPSHOTS.table_of(rows), offers, QUARANTINE.table_of(quarantine))


def _in_turn(first: pa.Table, second: pa.Table, is_first: list[bool]) -> pa.Table:
    """The rows of two tables as one, each row from the table whose turn it is."""
    turns = np.array(is_first)
    places = np.where(turns, np.cumsum(turns) - 1, first.num_rows + np.cumsum(~turns) - 1)
    return pa.concat_tables([first, second]).combine_chunks().take(pa.array(places))


def _valid_offers(snapshots: list[AssembledSnapshot]) -> tuple[pa.Table, list[dict[str, Any]]]:
    seen = [(snapshot, entry) for snapshot in snapshots for entry in snapshot.offers]
    rows = offer_table(seen)
    failures = OFFERS.failures(rows)
    if not failures:
        return rows, []
    refused = []
    for index, sentences in sorted(failures.items()):
        snapshot, entry = seen[index]
        snapshot.row["offers"] -= 1
        snapshot.row["quarantined"] += 1
        refused.append(schema_quarantine_row(entry, snapshot.row["raw_path"], sentences))
    return rows.filter(pa.array([index not in failures for index in range(rows.num_rows)])), refused


def offer_table(seen: list[tuple[AssembledSnapshot, SeenOffer]]) -> pa.Table:
    """The rows of the table `offers`, not yet checked: `OFFERS.failures` says which of them must not be used."""
    offers = [entry.offer for _, entry in seen]
    rows = [snapshot.row for snapshot, _ in seen]
    return OFFERS.table(
        {
            **{
                name: [row[name] for row in rows]
                for name in ("snapshot_id", "snapshot_at", "market_key", "venue", "asset", "fiat", "side")
            },
            **{name: [getattr(offer, name) for offer in offers] for name in _SAME_NAME},
            "position": [entry.position for _, entry in seen],
            "payment_methods": [entry.payment_methods for _, entry in seen],
            "payment_methods_from_remark": [entry.payment_methods_from_remark for _, entry in seen],
            "native_payments": [[payment.native_id for payment in offer.payments] for offer in offers],
        }
    )


_SAME_NAME = (
    "offer_id",
    "advertiser_id",
    "advertiser_name",
    "price",
    "min_fiat",
    "max_fiat",
    "stated_max_fiat",
    "available_asset",
    "completion_rate",
    "orders_30d",
    "is_merchant",
    "is_floating_price",
    "is_promoted",
    "payment_minutes",
    "fiat_scale",
    "asset_scale",
)


def _damage_row(damage: Damage, market_key: str) -> dict[str, Any]:
    return {
        "capture_id": f"{damage.path}@{damage.offset}",
        "ordinal": -1,
        "snapshot_id": None,
        "market_key": market_key,
        "received_at": None,
        "stage": "raw",
        "reason": "damaged",
        "detail": damage.reason,
        "raw_path": damage.path,
        "byte_offset": damage.offset,
    }
