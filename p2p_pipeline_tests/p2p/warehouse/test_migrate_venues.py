"""A warehouse that the release before filled, brought to the schema that tells venues apart: all of it is kept."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from p2p_pipeline.p2p.quality.warehouse.judging import WAREHOUSE_JUDGES, judged_batch
from p2p_pipeline.p2p.quality.warehouse.rules import rule_names
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.migrate import migrate
from p2p_pipeline.p2p.warehouse.partitions import ensure_partitions
from p2p_pipeline.p2p.warehouse.revisions import revision_of
from p2p_pipeline.p2p.warehouse.views import refresh_views
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import (
    START,
    id_of,
    moment_of,
    sound_batch,
    sound_reads,
)
from p2p_pipeline_tests.p2p.warehouse.naive import assert_shows

FILLED = Path(__file__).with_name("release_0_1.sql")
OLD_COLUMNS = {
    "advertisements": "offer_id, offer_external_id, crypto_id, fiat_id, trade_type, first_seen_at",
    "dim_advertisers": "advertiser_sk, advertiser_id, nickname, is_merchant, effective_date, expiration_date",
    "dim_payment_methods": "payment_method_id, method_code, method_name, category, canonical_code, is_active",
    "dim_cryptocurrencies": "crypto_id, symbol, name, binance_asset_code, is_active",
    "payment_method_sets": "payment_set_id, set_key, payment_method_ids",
    "offer_versions": "*",
    "offer_statistics": "*",
    "offer_gaps": "*",
    "fact_market_depth": "*",
    "fact_offers": "*",
    "fact_offer_payment_methods": "*",
    "ops_batch_runs": "*",
    "market_best": "fiat_id, crypto_id, trade_type, best_price, offer_external_id, median_price",
    "market_spread": "fiat_id, crypto_id, symbol, spread",
    "advertiser_activity": "advertiser_id, nickname, open_offers, first_seen, last_seen",
}


def rows_of(connection: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: sorted(connection.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr)
        for table, columns in OLD_COLUMNS.items()
    }


@pytest.fixture
def filled_before(empty_database: WarehouseServer) -> WarehouseServer:
    """At the revision of the release before, with what its own loader wrote."""
    migrate(empty_database, "0003")
    with connect(empty_database) as connection:
        ensure_partitions(connection, [START.date()])
        connection.execute(FILLED.read_bytes())
    with connect(empty_database, autocommit=True) as connection:
        for view in ("market_best", "market_spread", "fiat_premium", "advertiser_activity"):
            connection.execute("SELECT refresh_market_view(%s)", [view])
    return empty_database


def test_all_that_was_there_is_there_and_is_said_to_be_of_the_venue_that_was_swept(
    filled_before: WarehouseServer,
) -> None:
    with connect(filled_before) as connection:
        before = rows_of(connection)
    migrate(filled_before)
    with connect(filled_before) as connection:
        assert rows_of(connection) == before
        assert all(before.values())
        for table in ("advertisements", "dim_advertisers", "dim_payment_methods", "dim_cryptocurrencies"):
            found = connection.execute(f"SELECT DISTINCT venue FROM {table}").fetchall()
            assert found == [("binance",)], table


def test_it_holds_to_every_rule_of_verify_and_to_the_raw_responses(filled_before: WarehouseServer) -> None:
    migrate(filled_before)
    with connect(filled_before) as connection:
        for step in range(3):
            batch = judged_batch(
                connection, id_of(step), WarehouseSettings(), moment_of(step), raw=partial(sound_reads, step)
            )
            names = rule_names(of_now=False, raw=True, own_connection=False)
            told = [WAREHOUSE_JUDGES[name](batch) for name in names]
            assert {outcome.name for outcome in told} >= {"raw_checksum", "referential_integrity"}
            broken = {outcome.name: outcome.observed for outcome in told if not outcome.passed}
            assert broken.keys() <= ({"extraction_completeness"} if step == 2 else set()), broken


def test_the_next_sweep_goes_on_from_it_as_if_nothing_had_been(filled_before: WarehouseServer) -> None:
    migrate(filled_before)
    with connect(filled_before) as connection:
        load_batch(connection, sound_batch(3))
        assert_shows(connection, [sound_batch(step) for step in range(4)])
        connection.commit()
        assert "advertiser_activity" in refresh_views(connection, is_everything=True).views


def test_rows_that_two_venues_share_are_told_and_left_as_they_are(filled_before: WarehouseServer) -> None:
    with connect(filled_before) as connection:
        connection.execute("UPDATE ops_batch_runs SET venue = 'bybit' WHERE batch_id = %s", [id_of(2)])
        before = rows_of(connection)
    with pytest.raises(WarehouseError, match="sweeps of binance and bybit stand in the same rows"):
        migrate(filled_before)
    with connect(filled_before) as connection:
        assert revision_of(connection) == "0003"
        assert rows_of(connection) == before
