"""What the schema itself promises: every name explained, nonsense kept out."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from p2p_pipeline.p2p.warehouse.partitions import ensure_partitions
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer

UNEXPLAINED = """
    SELECT relname || COALESCE('.' || attname, '')
    FROM pg_class
    LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
        AND (obj_description(pg_class.oid, 'pg_class') IS NULL OR col_description(pg_class.oid, attnum) IS NULL)
"""

ID_COLUMNS = """
    SELECT relname, attname, atttypid::regtype::text
    FROM pg_class
    JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
        AND attname ~ '_(id|sk)$'
"""

RUN = {
    "batch_id": "1764547200001",
    "batch_start_time": "'2025-12-01 00:00:00.001Z'",
    "batch_end_time": "'2025-12-01 00:07:00Z'",
    "status": "'complete'",
    "total_fiats_processed": "1",
    "total_offers_extracted": "1",
    "total_offers_inserted": "1",
    "total_offers_updated": "0",
    "total_offers_closed": "0",
    "total_errors": "0",
    "venue": "'binance'",
    "source": "'simulated'",
    "worker": "1",
    "workers": "1",
    "markets": "1",
    "markets_complete": "1",
    "market_sides": "2",
    "quarantined": "0",
    "requests": "2",
    "failed_requests": "0",
    "seconds": "1",
    "load_seconds": "1",
    "content_digest": "'x'",
}
DEPTH = {
    "batch_id": RUN["batch_id"],
    "extraction_timestamp": "'2025-12-01 00:00:01Z'",
    "trade_type": "'BUY'",
    "total_offers_count": "1",
    "crypto_id": "1",
    "fiat_id": "1",
    "is_complete": "true",
    "total_available_volume": "1",
}
VERSION = {
    "valid_from": "'2025-12-01'",
    "valid_to": "'9999-12-31Z'",
    "offer_id": "1",
    "advertiser_sk": "1",
    "payment_set_id": "1",
    "trade_type": "'BUY'",
    "crypto_id": "1",
    "fiat_id": "1",
    "is_promoted": "false",
    "price": "1",
    "available_amount": "1",
    "min_limit": "1",
    "max_limit": "1",
    "stated_max_limit": "1",
}


def insert(connection: psycopg.Connection[tuple[object, ...]], table: str, row: dict[str, str]) -> None:
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})")


def test_every_table_view_and_column_is_explained(warehouse: WarehouseServer) -> None:
    with connect(warehouse) as connection:
        assert sorted(str(name) for (name,) in connection.execute(UNEXPLAINED)) == []


def test_every_id_is_a_text_or_an_integer_and_none_a_decimal_that_tools_would_round(
    warehouse_on_both: WarehouseServer,
) -> None:
    with connect(warehouse_on_both) as connection:
        types = connection.execute(ID_COLUMNS).fetchall()
    assert len(types) > 60
    assert {kind for *_, kind in types} == {"smallint", "integer", "bigint", "text"}


def test_the_largest_offer_payment_id_is_exact_even_as_a_float_and_a_method_that_would_pass_it_is_kept_out(
    warehouse_on_both: WarehouseServer,
) -> None:
    offer_id, method_id = 2**31 - 1, 2**20 - 1
    version = VERSION | {"offer_id": str(offer_id), "valid_from": RUN["batch_start_time"]}
    advertisement = {"offer_id": str(offer_id), "offer_external_id": "'1'", "venue": "'x'", "first_seen_at": "now()"}
    market_side = {name: VERSION[name] for name in ("crypto_id", "fiat_id", "trade_type")}
    method = dict.fromkeys(("method_code", "venue", "method_name", "category", "description", "canonical_code"), "'x'")
    methods = {"payment_set_id": "1", "set_key": "gen_random_uuid()", "venue": "'x'"}
    with connect(warehouse_on_both) as connection:
        ensure_partitions(connection, [date(2025, 12, 1)])
        connection.execute("SET session_replication_role = replica")
        insert(connection, "ops_batch_runs", RUN)
        insert(connection, "fact_market_depth", DEPTH)
        insert(connection, "offer_versions", version)
        insert(connection, "advertisements", advertisement | market_side)
        insert(
            connection, "payment_method_sets", methods | {"payment_method_ids": f"ARRAY[{method_id - 1}, {method_id}]"}
        )
        found = connection.execute(
            "SELECT offer_payment_id, offer_payment_id::float8, is_primary FROM fact_offer_payment_methods ORDER BY 1"
        ).fetchall()
        insert(connection, "dim_payment_methods", method | {"payment_method_id": str(method_id)})
        with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
            insert(connection, "dim_payment_methods", method | {"payment_method_id": str(method_id + 1)})
    # Python compares an integer with a float by their exact values.
    assert found == [(2**51 - 2, 2**51 - 2, True), (2**51 - 1, 2**51 - 1, False)]


WRONG_RUNS = (
    {"batch_start_time": "'2025-12-01 00:00:00.002Z'"},
    {"batch_end_time": "'2025-11-30'"},
    {"status": "'fine'"},
    {"source": "'dreamt'"},
    {"worker": "2"},
    {"markets_complete": "2"},
    {"failed_requests": "3"},
)
WRONG_VERSIONS = (
    {"price": "0"},
    {"price": "'NaN'"},
    {"price": "'Infinity'"},
    {"available_amount": "-1"},
    {"available_amount": "'NaN'"},
    {"min_limit": "'NaN'"},
    {"max_limit": "'NaN'"},
    {"max_limit": "2"},
    {"stated_max_limit": "'Infinity'"},
    {"valid_from": "'9999-12-31Z'"},
)


@pytest.mark.parametrize(
    ("table", "row", "wrongs"),
    [("ops_batch_runs", RUN, WRONG_RUNS), ("offer_versions", VERSION, WRONG_VERSIONS)],
    ids=["a batch that contradicts itself", "a version with numbers or a span that can't be"],
)
def test_nonsense_is_kept_out(
    warehouse_on_both: WarehouseServer, table: str, row: dict[str, str], wrongs: tuple[dict[str, str], ...]
) -> None:
    with connect(warehouse_on_both) as connection:
        # Whatever it may refer to is not what is tested.
        connection.execute("SET session_replication_role = replica")
        insert(connection, table, row)
        connection.execute(f"DELETE FROM {table}")
        for wrong in wrongs:
            with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
                insert(connection, table, row | wrong)
