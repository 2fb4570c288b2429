"""One staged batch into the dimensions and facts, by statements over whole sets of rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.warehouse.rows import StagedBatch
from p2p_pipeline.p2p.warehouse.staging import add_advertisers, add_payment_sets, add_terms
from p2p_pipeline.p2p.warehouse.statements import rows, run

_MOSTLY = 3


@dataclass(frozen=True, slots=True)
class Merged:
    """What a batch changed."""

    inserted: int
    updated: int
    closed: int


def merge(
    connection: Connection[tuple[Any, ...]],
    staged: StagedBatch,
    venue: str,
    batch_id: int,
    moment: datetime,
    payments: PaymentMap,
) -> Merged:
    """Merge what is staged: the warehouse must be as it was before this batch read these market sides."""
    run(connection, "merge.sql", "compare", moment=moment, venue=venue)
    [(inserted, updated, unknown, has_new_statistics, advertisers, payment_sets, terms)] = rows(
        connection, "merge.sql", "count"
    )
    if advertisers:
        add_advertisers(connection, venue, moment)
    if payment_sets:
        add_payment_sets(connection, staged, venue, payments)
    if terms:
        add_terms(connection, staged, moment)
    lacking = max(advertisers, payment_sets, terms)
    if lacking * _MOSTLY > staged.offers:
        # Comparing all once more is quicker than filling in nearly every row.
        connection.execute("TRUNCATE seen_offers")
        run(connection, "merge.sql", "compare", moment=moment, venue=venue)
    elif lacking:
        run(connection, "lookups.sql", "fill", moment=moment, venue=venue)
    if unknown:
        run(connection, "merge.sql", "advertisements", moment=moment, venue=venue)
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
    if absent:
        run(connection, "merge.sql", "forget_lines")
    run(connection, "merge.sql", "remember_lines")
    run(connection, "merge.sql", "depth", batch_id=batch_id)
    return Merged(inserted, updated, absent - gaps)
