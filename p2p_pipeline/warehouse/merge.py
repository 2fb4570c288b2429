"""One staged batch into the dimensions and facts, by statements over whole sets of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from p2p_pipeline.offers.payment_methods import PaymentMap
from p2p_pipeline.warehouse.rows import StagedBatch
from p2p_pipeline.warehouse.staging import find_advertisers, find_payment_sets, find_terms
from p2p_pipeline.warehouse.statements import rows, run


@dataclass(frozen=True, slots=True)
class Merged:
    """What a batch changed."""

    inserted: int
    updated: int
    closed: int


def merge(
    connection: Connection[tuple[Any, ...]], staged: StagedBatch, batch_id: int, moment: datetime, payments: PaymentMap
) -> Merged:
    """Merge what is staged: the warehouse must be as it was before this batch read these market sides."""
    find_advertisers(connection, staged, moment)
    find_payment_sets(connection, staged, payments)
    find_terms(connection, staged, moment)
    run(connection, "merge.sql", "compare")
    [(_, inserted, updated, unknown, has_new_statistics)] = rows(connection, "merge.sql", "count")
    if unknown:
        run(connection, "merge.sql", "advertisements", moment=moment)
    absent = run(connection, "merge.sql", "absent")
    gaps = run(connection, "merge.sql", "gaps", moment=moment) if absent else 0
    if updated or absent:
        run(connection, "merge.sql", "end_versions", moment=moment)
    if inserted or updated:
        run(connection, "merge.sql", "begin_versions", moment=moment)
    if has_new_statistics or absent:
        run(connection, "merge.sql", "end_statistics", moment=moment)
    if has_new_statistics:
        run(connection, "merge.sql", "begin_statistics", moment=moment)
    run(connection, "merge.sql", "depth", batch_id=batch_id)
    return Merged(inserted, updated, absent - gaps)
