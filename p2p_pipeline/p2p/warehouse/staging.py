"""Bring a batch's market sides next to the warehouse's tables: COPY into tables that go with the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.warehouse.batch import MarketRead
from p2p_pipeline.p2p.warehouse.dimensions import crypto_ids, fiat_ids, payment_method_ids
from p2p_pipeline.p2p.warehouse.rows import CHUNK_BYTES, StagedBatch, copy_bytes, copy_line
from p2p_pipeline.p2p.warehouse.statements import rows, run, script

_STAGED_OFFERS = (
    "COPY staged_offers (row_no, side_no, line_digest, offer_external_id, advertiser_id, nickname, is_merchant, "
    "set_key, terms_key, price, available_amount, min_limit, max_limit, stated_max_limit, payment_minutes, "
    "is_promoted, orders_30d, completion_rate) FROM STDIN"
)
_STAGED = (
    "staged_sides",
    "staged_lines",
    "matched_lines",
    "staged_offers",
    "new_advertiser_states",
    "seen_offers",
    "absent_offers",
)


def make_staging(connection: Connection[tuple[Any, ...]]) -> None:
    """Make the staging tables, for this transaction."""
    connection.execute(script("staging.sql"))


def clear_staging(connection: Connection[tuple[Any, ...]]) -> None:
    """Empty the staging tables for the next batch of the same transaction."""
    connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, _STAGED))))


def stage(connection: Connection[tuple[Any, ...]], staged: StagedBatch, reads: Iterable[MarketRead]) -> None:
    """Send a hash of each offer's line; the server stores a chunk while the next one is written."""
    with connection.cursor() as cursor, cursor.copy("COPY staged_lines FROM STDIN") as copy:
        for chunk in staged.digests(reads):
            copy.write(chunk)


def stage_new_lines(connection: Connection[tuple[Any, ...]], staged: StagedBatch) -> None:
    """Send the lines of which no open offer has the same: of what did not change, the hash was enough."""
    run(connection, "merge.sql", "match")
    _stage_lines(connection, staged, [number for (number,) in rows(connection, "merge.sql", "unmatched")])


def stage_all_lines(connection: Connection[tuple[Any, ...]], staged: StagedBatch) -> None:
    """Send all lines: what is open now says nothing about a moment in the past."""
    _stage_lines(connection, staged, range(staged.offers))


def _stage_lines(connection: Connection[tuple[Any, ...]], staged: StagedBatch, numbers: Sequence[int]) -> None:
    with connection.cursor() as cursor, cursor.copy(_STAGED_OFFERS) as copy:
        for chunk in staged.lines(numbers):
            copy.write(chunk)


def stage_sides(connection: Connection[tuple[Any, ...]], staged: StagedBatch, venue: str) -> None:
    """Say which market sides were read, by their keys."""
    markets = [side.market_side.market for side in staged.sides]
    cryptos = crypto_ids(connection, venue, (market.asset for market in markets))
    fiats = fiat_ids(connection, (market.fiat for market in markets))
    _copy(
        connection,
        "COPY staged_sides FROM STDIN",
        (
            (number, cryptos[market.asset], fiats[market.fiat], str(side.market_side.side), side.extracted_at,
             side.is_complete)
            for number, (market, side) in enumerate(zip(markets, staged.sides, strict=True))
        ),
    )  # fmt: skip


def add_advertisers(connection: Connection[tuple[Any, ...]], venue: str, moment: datetime) -> None:
    """Store how advertisers look that the warehouse knows otherwise, or not at all."""
    run(connection, "advertisers.sql", "new", moment=moment, venue=venue)
    run(connection, "advertisers.sql", "expire", venue=venue)
    run(connection, "advertisers.sql", "insert", venue=venue)


def add_payment_sets(
    connection: Connection[tuple[Any, ...]], staged: StagedBatch, venue: str, payments: PaymentMap
) -> None:
    """Store the lists of payment methods that the warehouse does not have yet."""
    methods = payment_method_ids(connection, venue, staged.methods, payments)
    _copy(
        connection,
        "COPY payment_method_sets (set_key, venue, payment_method_ids) FROM STDIN",
        (
            (key.hex, venue, [methods[code] for code in staged.payment_sets[key.hex]])
            for (key,) in rows(connection, "lookups.sql", "unknown_payment_sets")
        ),
    )


def add_terms(connection: Connection[tuple[Any, ...]], staged: StagedBatch, moment: datetime) -> None:
    """Store the texts that the warehouse does not have yet."""
    _copy(
        connection,
        "COPY offer_terms (terms_key, terms, first_seen_at) FROM STDIN",
        ((key.hex, staged.terms[key.hex], moment) for (key,) in rows(connection, "lookups.sql", "unknown_terms")),
    )


def _copy(connection: Connection[tuple[Any, ...]], command: str, values: Iterable[Iterable[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(command.encode()) as copy:
        pending: list[str] = []
        size = 0
        for line in map(copy_line, values):
            pending.append(line)
            size += len(line)
            if size >= CHUNK_BYTES:
                copy.write(copy_bytes("".join(pending)))
                pending.clear()
                size = 0
        copy.write(copy_bytes("".join(pending)))
