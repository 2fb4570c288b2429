"""Batches written into a warehouse by hand, without a sweep and without the loader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from psycopg import Connection

from p2p_pipeline.p2p.capture.sweeps.report import batch_moment
from p2p_pipeline.p2p.warehouse.partitions import ensure_partitions
from p2p_pipeline.p2p.warehouse.subworkers.interface import Change, OfferRow

FIRST = 1_790_000_000_000
"""A batch's id; the next ones are ten minutes apart."""
TEN_MINUTES = 600_000

_DIMENSIONS = """
    INSERT INTO dim_cryptocurrencies (crypto_id, venue, symbol, name, binance_asset_code)
        VALUES (1, 'binance', 'USDT', 'Tether', 'USDT');
    INSERT INTO dim_fiat_currencies (fiat_id, currency_code, currency_name) VALUES (1, 'RUB', 'Russian Ruble');
    INSERT INTO dim_advertisers (advertiser_sk, venue, advertiser_id, nickname, is_merchant, effective_date)
        VALUES (1, 'binance', 'a1', 'someone', false, '2026-01-01');
    INSERT INTO payment_method_sets (payment_set_id, venue, set_key, payment_method_ids)
        VALUES (1, 'binance', gen_random_uuid(), '{}');
"""


def batch_number(number: int) -> int:
    """The id of the n-th batch, from 0."""
    return FIRST + number * TEN_MINUTES


def add_batch(connection: Connection[tuple[object, ...]], number: int, loaded_at: datetime | None = None) -> int:
    """A batch that read one market side completely, and nothing in it yet."""
    batch_id = batch_number(number)
    moment = batch_moment(batch_id)
    if connection.execute("SELECT FROM dim_cryptocurrencies").fetchone() is None:
        connection.execute(_DIMENSIONS)
    ensure_partitions(connection, [moment.date()])
    connection.execute(
        """INSERT INTO ops_batch_runs (batch_id, batch_start_time, batch_end_time, status, total_fiats_processed,
            total_offers_extracted, total_offers_inserted, total_offers_updated, total_offers_closed, total_errors,
            venue, source, worker, workers, markets, markets_complete, market_sides, quarantined, requests,
            failed_requests, seconds, load_seconds, loaded_at, content_digest)
        VALUES (%(id)s, %(at)s, %(at)s, 'complete', 1, 0, 0, 0, 0, 0, 'binance', 'simulated', 1, 1, 1, 1, 1, 0, 0, 0,
            1, 1, %(loaded_at)s, '')""",
        {"id": batch_id, "at": moment, "loaded_at": loaded_at or datetime.now(UTC)},
    )
    connection.execute(
        """INSERT INTO fact_market_depth (batch_id, extraction_timestamp, trade_type, total_offers_count, crypto_id,
            fiat_id, is_complete, total_available_volume) VALUES (%s, %s, 'BUY', 0, 1, 1, true, 0)""",
        [batch_id, moment],
    )
    return batch_id


def add_offers(
    connection: Connection[tuple[object, ...]],
    prices: Mapping[int, str],
    *,
    first: int,
    until: int | None = None,
    terms: str | None = None,
) -> None:
    """Offers (number to price) that hold from the `first` batch until the other one, or still do."""
    begun = batch_moment(batch_number(first))
    ended: object = "9999-12-31Z" if until is None else batch_moment(batch_number(until))
    terms_id = None
    if terms is not None:
        connection.execute(
            "INSERT INTO offer_terms (terms_key, terms, first_seen_at) VALUES (md5(%(t)s)::uuid, %(t)s, %(at)s) "
            "ON CONFLICT DO NOTHING",
            {"t": terms, "at": begun},
        )
        found = connection.execute("SELECT terms_id FROM offer_terms WHERE terms = %s", [terms]).fetchone()
        assert found is not None
        terms_id = found[0]
    for offer_id, price in prices.items():
        connection.execute(
            """INSERT INTO advertisements
                (offer_id, offer_external_id, venue, crypto_id, fiat_id, trade_type, first_seen_at)
            VALUES (%s, %s, 'binance', 1, 1, 'BUY', %s) ON CONFLICT DO NOTHING""",
            [offer_id, f"ad-{offer_id}", begun],
        )
        connection.execute(
            """INSERT INTO offer_versions (valid_from, valid_to, offer_id, advertiser_sk, payment_set_id, terms_id,
                trade_type, crypto_id, fiat_id, payment_minutes, is_promoted, price, available_amount, min_limit,
                max_limit, stated_max_limit)
            VALUES (%s, %s, %s, 1, 1, %s, 'BUY', 1, 1, 15, false, %s, 100, 10, 90, 95)""",
            [begun, ended, offer_id, terms_id, Decimal(price)],
        )


def offer_row(offer_id: int = 1, *, change: Change | None = None, terms: str | None = None) -> OfferRow:
    """A row as a subworker gets it, for trying one without any warehouse data."""
    return OfferRow(
        change=change,
        offer_id=offer_id,
        offer_external_id=f"ad-{offer_id}",
        batch_id=FIRST,
        extraction_timestamp=batch_moment(FIRST),
        symbol="USDT",
        currency_code="RUB",
        trade_type="BUY",
        advertiser_sk=1,
        price=Decimal("81.5"),
        available_amount=Decimal(100),
        min_limit=Decimal(10),
        max_limit=Decimal(90),
        stated_max_limit=Decimal(95),
        payment_minutes=15,
        is_promoted=False,
        payment_set_id=1,
        terms_id=None if terms is None else 1,
        terms=terms,
        completion_rate=0.99,
        orders_30d=10,
    )


def changes_of(rows: Iterable[OfferRow]) -> list[tuple[str | None, int, str]]:
    """Rows in short: change, offer, price."""
    return [(row.change, row.offer_id, format(row.price, "f")) for row in rows]
