"""A day of one market as tables: the raw store's snapshots in, rows of snapshots, offers and quarantine out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow as pa

from p2p_pipeline.p2p.offers.assemble import AssembledSnapshot, NamesAt, SeenOffer, assemble, schema_quarantine_row
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.offers.schema import OFFERS, QUARANTINE, SNAPSHOTS
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot
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
    stored: Iterable[StoredSnapshot | Damage], market_key: str, venue: Venue, payments: PaymentMap, names_at: NamesAt
) -> PartitionRows:
    """Read stored snapshots of one market into rows, in the raw store's order.

    Nothing that was received is lost: a record is either an offer, a duplicate that the snapshot counts, or a row of
    the quarantine with the way back to its bytes.
    """
    chunks = [_chunk_rows(chunk, market_key, venue, payments, names_at) for chunk in _chunks(stored, CHUNK_SNAPSHOTS)]
    chunks.append(PartitionRows(SNAPSHOTS.empty(), OFFERS.empty(), QUARANTINE.empty()))
    return PartitionRows(
        pa.concat_tables(chunk.snapshots for chunk in chunks),
        pa.concat_tables(chunk.offers for chunk in chunks),
        pa.concat_tables(chunk.quarantine for chunk in chunks),
    )


def _chunks(items: Iterable[StoredSnapshot | Damage], size: int) -> Iterator[list[StoredSnapshot | Damage]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _chunk_rows(
    chunk: list[StoredSnapshot | Damage], market_key: str, venue: Venue, payments: PaymentMap, names_at: NamesAt
) -> PartitionRows:
    quarantine = [_damage_row(item, market_key) for item in chunk if isinstance(item, Damage)]
    assembled = [assemble(item, venue, payments, names_at) for item in chunk if isinstance(item, StoredSnapshot)]
    snapshots = [snapshot for snapshot in assembled if snapshot is not None]
    for snapshot in snapshots:
        quarantine += snapshot.quarantine
    offers, refused = _valid_offers(snapshots)
    quarantine += refused
    return PartitionRows(
        SNAPSHOTS.table_of([snapshot.row for snapshot in snapshots]), offers, QUARANTINE.table_of(quarantine)
    )


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
