"""Bring a batch's market sides next to the warehouse's tables: COPY into tables that go with the transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection, sql

from p2p_pipeline.offers.payment_methods import PaymentMap
from p2p_pipeline.warehouse.batch import MarketRead
from p2p_pipeline.warehouse.dimensions import crypto_ids, fiat_ids, payment_method_ids
from p2p_pipeline.warehouse.rows import CHUNK_BYTES, PaymentSet, StagedBatch, Terms, copy_line
from p2p_pipeline.warehouse.statements import rows, run, script

_STAGED_OFFERS = (
    "COPY staged_offers (row_no, side_no, offer_external_id, advertiser_no, set_no, terms_no, price, available_amount, "
    "min_limit, max_limit, stated_max_limit, payment_minutes, is_promoted, orders_30d, completion_rate) FROM STDIN"
)
_STAGED = (
    "staged_sides", "staged_offers", "staged_advertisers", "staged_payment_sets", "staged_terms", "found_advertisers",
    "new_advertiser_states", "found_payment_sets", "found_terms", "seen_offers", "absent_offers",
)  # fmt: skip


def make_staging(connection: Connection[tuple[Any, ...]]) -> None:
    """Make the staging tables, for this transaction."""
    connection.execute(script("staging.sql"))


def clear_staging(connection: Connection[tuple[Any, ...]]) -> None:
    """Empty the staging tables for the next batch of the same transaction."""
    connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, _STAGED))))


def stage(connection: Connection[tuple[Any, ...]], reads: Iterable[MarketRead]) -> StagedBatch:
    """Send what some market sides showed; the server stores a chunk while the next one is written."""
    staged = StagedBatch()
    with connection.cursor() as cursor, cursor.copy(_STAGED_OFFERS) as copy:
        for chunk in staged.lines(reads):
            copy.write(chunk)
    _copy(
        connection,
        "COPY staged_advertisers FROM STDIN",
        (
            (number, place, state.advertiser_id, state.nickname, state.is_merchant)
            for number, place, state in staged.advertiser_states()
        ),
    )
    _copy_text(
        connection,
        "COPY staged_payment_sets FROM STDIN",
        [f"{number}\t{kept.key}\n" for number, kept in enumerate(staged.payment_sets)],
    )
    _copy_text(
        connection,
        "COPY staged_terms FROM STDIN",
        [f"{number}\t{kept.key}\n" for number, kept in enumerate(staged.terms)],
    )
    return staged


def stage_sides(connection: Connection[tuple[Any, ...]], staged: StagedBatch) -> None:
    """Say which market sides were read, by their keys."""
    markets = [side.market_side.market for side in staged.sides]
    cryptos = crypto_ids(connection, (market.asset for market in markets))
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


def find_advertisers(connection: Connection[tuple[Any, ...]], staged: StagedBatch, moment: Any) -> None:
    """Give every staged advertiser its row of the dimension; a changed one gets a new row from the batch on."""
    if run(connection, "advertisers.sql", "find", moment=moment) == len(staged.advertisers):
        return
    run(connection, "advertisers.sql", "new", moment=moment)
    run(connection, "advertisers.sql", "expire")
    run(connection, "advertisers.sql", "insert")
    run(connection, "advertisers.sql", "find_new")


def find_payment_sets(connection: Connection[tuple[Any, ...]], staged: StagedBatch, payments: PaymentMap) -> None:
    """Give every staged list of payment methods its number; the contents of new ones are sent."""
    run(connection, "lookups.sql", "payment_sets")
    unknown = rows(connection, "lookups.sql", "unknown_payment_sets")
    if not unknown:
        return
    methods = payment_method_ids(connection, staged.methods, payments)

    def line(key: int, kept: PaymentSet) -> str:
        ids = ",".join([str(methods[code]) for code in kept.method_codes])
        return f"{key}\t{kept.key}\t{{{ids}}}\n"

    _copy_text(
        connection,
        "COPY payment_method_sets (payment_set_id, set_key, payment_method_ids) FROM STDIN",
        [line(key, staged.payment_sets[number]) for number, key in unknown],
    )


def find_terms(connection: Connection[tuple[Any, ...]], staged: StagedBatch, moment: Any) -> None:
    """Give every staged text its number; new texts are sent."""
    run(connection, "lookups.sql", "terms")
    unknown = rows(connection, "lookups.sql", "unknown_terms")

    def values(key: int, kept: Terms) -> tuple[Any, ...]:
        return key, kept.key, kept.text, moment

    if unknown:
        _copy(
            connection,
            "COPY offer_terms (terms_id, terms_key, terms, first_seen_at) FROM STDIN",
            (values(key, staged.terms[number]) for number, key in unknown),
        )


def _copy(connection: Connection[tuple[Any, ...]], command: str, values: Iterable[Iterable[Any]]) -> None:
    _copy_text(connection, command, map(copy_line, values))


def _copy_text(connection: Connection[tuple[Any, ...]], command: str, lines: Iterable[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(command.encode()) as copy:
        pending: list[str] = []
        size = 0
        for line in lines:
            pending.append(line)
            size += len(line)
            if size >= CHUNK_BYTES:
                copy.write("".join(pending))
                pending.clear()
                size = 0
        copy.write("".join(pending))
