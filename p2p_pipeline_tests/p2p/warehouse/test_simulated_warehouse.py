"""The month that proofs are made on is what loading its sweeps one by one would leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from p2p_pipeline.p2p.simulator.catalogue import Catalogue, CatalogueOptions
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.conftest import created_database
from p2p_pipeline_tests.p2p.simulated_warehouse.fill import fill
from p2p_pipeline_tests.p2p.simulated_warehouse.month import MonthPlan, fill_month
from p2p_pipeline_tests.p2p.simulated_warehouse.states import write_fiat
from p2p_pipeline_tests.p2p.warehouse.simulated_market import FIRST_SWEEP, SimulatedMarket, batch_of_reads

FIATS = ("RUB", "VND", "KWD")
OFFERS = 3_000
SWEEPS = 14
STARTS = [FIRST_SWEEP + timedelta(minutes=10) * number for number in range(SWEEPS)]

TABLES = {
    "offers": """
        SELECT batch_id, offer_external_id, symbol, currency_code, trade_type, price, available_amount, min_limit,
            max_limit, stated_max_limit, payment_minutes, is_promoted, orders_30d, completion_rate, terms,
            advertiser_id, nickname, is_merchant
        FROM fact_offers JOIN dim_cryptocurrencies USING (crypto_id) JOIN dim_fiat_currencies USING (fiat_id)
        JOIN dim_advertisers USING (advertiser_sk)
    """,
    "methods": """
        SELECT batch_id, offer_external_id, method_code, canonical_code, is_primary
        FROM fact_offer_payment_methods JOIN advertisements USING (offer_id)
        JOIN dim_payment_methods USING (payment_method_id)
    """,
    "depth": """
        SELECT batch_id, symbol, currency_code, trade_type, is_complete, total_offers_count, total_available_volume,
            to_char(weighted_avg_price, '9.99999999999EEEE'), min_price, max_price, best_price, median_price
        FROM fact_market_depth JOIN dim_cryptocurrencies USING (crypto_id) JOIN dim_fiat_currencies USING (fiat_id)
    """,
    "versions": """
        SELECT offer_external_id, valid_from, nullif(valid_to, '9999-12-31Z'), price
        FROM offer_versions JOIN advertisements USING (offer_id)
    """,
    "statistics": """
        SELECT offer_external_id, valid_from, nullif(valid_to, '9999-12-31Z'), orders_30d, completion_rate
        FROM offer_statistics JOIN advertisements USING (offer_id)
    """,
    "advertisers": """
        SELECT advertiser_id, nickname, is_merchant, effective_date, nullif(expiration_date, '9999-12-31Z')
        FROM dim_advertisers
    """,
    "advertisements": "SELECT offer_external_id, crypto_id, trade_type, first_seen_at FROM advertisements",
    "batches": """
        SELECT batch_id, total_offers_extracted, total_offers_inserted, total_offers_updated, total_offers_closed
        FROM ops_batch_runs
    """,
}


@pytest.fixture(scope="module")
def loaded_and_filled(embedded_postgres: str, migrated_template: str) -> tuple[WarehouseServer, WarehouseServer]:
    loaded, filled = (
        WarehouseServer(created_database(embedded_postgres, f"{name}_month", migrated_template), is_embedded=False)
        for name in ("loaded", "filled")
    )
    market = SimulatedMarket(OFFERS, fiats=FIATS)
    with connect(loaded) as connection:
        for start in STARTS:
            load_batch(connection, batch_of_reads(start, list(market.reads(start))))
    catalogue = Catalogue(CatalogueOptions(total_offers=OFFERS))
    moments = np.array([start.timestamp() for start in STARTS])
    with connect(filled) as connection:
        fill(connection, [write_fiat(catalogue, fiat, moments) for fiat in FIATS], moments)
    return loaded, filled


@pytest.mark.parametrize("table", TABLES)
def test_a_filled_warehouse_holds_what_loading_its_sweeps_leaves(
    loaded_and_filled: tuple[WarehouseServer, WarehouseServer], table: str
) -> None:
    loaded, filled = (_rows(server, TABLES[table]) for server in loaded_and_filled)
    assert len(loaded) > 10
    assert loaded == filled


def test_a_month_is_made_by_two_processes(warehouse: WarehouseServer) -> None:
    plan = MonthPlan(days=1, total_offers=800, fiats=("RUB", "USD"))
    told: list[str] = []
    fill_month(warehouse, plan, told.append)
    [(batches, sides)] = _rows(warehouse, "SELECT count(*), min(market_sides) FROM ops_batch_runs")
    [(read,)] = _rows(warehouse, "SELECT count(*) FROM fact_market_depth")
    assert (batches, sides, read) == (144, 2 * 8 * 2, 144 * 2 * 8 * 2)
    # What is shown of the last batch is what the ledger says was extracted.
    [(shown, extracted)] = _rows(
        warehouse,
        "SELECT count(*), max(total_offers_extracted) FROM fact_offers JOIN ops_batch_runs USING (batch_id) "
        "WHERE batch_id = (SELECT max(batch_id) FROM ops_batch_runs)",
    )
    assert shown == extracted > 50
    assert "vacuumed" in told[-1]


def _rows(server: WarehouseServer, query: str) -> list[Any]:
    with psycopg.connect(server.url, options="-c timezone=UTC -c jit=off") as connection:
        return sorted(connection.execute(query.encode()).fetchall(), key=repr)
