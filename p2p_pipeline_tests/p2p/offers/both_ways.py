"""Snapshots read quickly and record by record, and the tables compared to the bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO

import pyarrow as pa
import pytest
from pyarrow import parquet

from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.offers import day_tables
from p2p_pipeline.p2p.offers.assemble import NamesAt, assemble
from p2p_pipeline.p2p.offers.day_tables import PartitionRows, partition_rows
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.capture import Capture
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot
from p2p_pipeline.p2p.venues.directory import venue_directory
from p2p_pipeline.p2p.venues.ordinary_directory import ordinary_reader


def stored(captures: Sequence[Capture]) -> StoredSnapshot:
    """Captures as the raw store gives them back."""
    placed = tuple((capture, 100 * place) for place, capture in enumerate(captures))
    return StoredSnapshot(captures[0].snapshot_id, placed, "2024-10-25/market.jsonl", 0, 100 * len(placed))


def no_names(_: datetime) -> Mapping[str, str]:
    return {}


class BothWays:
    """Reads both ways; remembers how many snapshots the quick way left to the other."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.left_over = 0

        def counted(*arguments: object) -> object:
            self.left_over += 1
            return assemble(*arguments)  # type: ignore[arg-type]

        patch.setattr(day_tables, "assemble", counted)

    def compare(
        self,
        snapshots: Sequence[StoredSnapshot | Damage],
        market: Market,
        names_at: NamesAt = no_names,
        payments: PaymentMap | None = None,
    ) -> PartitionRows:
        """The rows, after making sure that both ways give the same ones."""
        venue, known = venue_directory()[market.venue], payments or PaymentMap.load()
        expected = partition_rows(snapshots, market.key, venue, known, names_at)
        self.left_over = 0
        found = partition_rows(snapshots, market.key, venue, known, names_at, ordinary_reader(venue))
        for table in ("snapshots", "offers", "quarantine"):
            of_records, of_columns = getattr(expected, table), getattr(found, table)
            assert of_columns.schema.equals(of_records.schema, check_metadata=True)
            assert of_columns.to_pylist() == of_records.to_pylist()
            assert as_parquet(of_columns) == as_parquet(of_records)
        return found


def as_parquet(table: pa.Table) -> bytes:
    file = BytesIO()
    parquet.write_table(table.combine_chunks(), file)
    return file.getvalue()
