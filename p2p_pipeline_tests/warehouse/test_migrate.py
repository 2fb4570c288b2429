"""The schema's migrations."""

from __future__ import annotations

from p2p_pipeline.warehouse.migrate import migrate
from p2p_pipeline.warehouse.server import WarehouseServer, connect

CONTRACT = {
    "dim_cryptocurrencies": "crypto_id symbol name binance_asset_code is_active",
    "dim_fiat_currencies": "fiat_id currency_code currency_name country_code is_active",
    "dim_payment_methods": "payment_method_id method_code method_name category description is_active",
    "dim_advertisers": "advertiser_sk advertiser_id nickname is_merchant registration_days effective_date "
    "expiration_date is_current",
    "fact_offers": "offer_id offer_external_id batch_id extraction_timestamp crypto_id fiat_id advertiser_sk "
    "trade_type price available_amount min_limit max_limit",
    "fact_offer_payment_methods": "offer_payment_id offer_id extraction_timestamp payment_method_id is_primary",
    "fact_market_depth": "depth_id extraction_timestamp crypto_id fiat_id trade_type total_offers_count "
    "total_available_volume weighted_avg_price min_price max_price",
    "ops_batch_runs": "batch_id batch_start_time batch_end_time status total_fiats_processed total_offers_extracted "
    "total_offers_inserted total_offers_updated total_errors",
    "ops_extraction_errors": "error_id batch_id error_timestamp fiat_code crypto_symbol trade_type page_number "
    "error_type error_message stack_trace retry_count is_resolved",
    "ops_data_quality": "quality_id batch_id check_timestamp metric_name metric_value threshold_value passed details",
}


def test_an_empty_database_gets_every_table_of_the_contract_with_its_columns(empty_database: WarehouseServer) -> None:
    migrate(empty_database)
    with connect(empty_database) as connection:
        for table, columns in CONTRACT.items():
            connection.execute(f"SELECT {', '.join(columns.split())} FROM {table}")


def test_migrating_twice_changes_nothing(empty_database: WarehouseServer) -> None:
    migrate(empty_database)
    migrate(empty_database)
    with connect(empty_database) as connection:
        assert len(connection.execute("SELECT version_num FROM p2p_warehouse_version").fetchall()) == 1
