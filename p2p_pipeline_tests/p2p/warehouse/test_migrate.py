"""The schema's migrations."""

from __future__ import annotations

import logging
import re
import threading
from importlib import resources
from importlib.resources import files

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from p2p_pipeline.p2p.warehouse.migrate import migrate
from p2p_pipeline.p2p.warehouse.migrations import sql_file
from p2p_pipeline.p2p.warehouse.revisions import is_current, newest_revision, require_current, revision_of, revisions
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer

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

SCHEMA = """
    SELECT table_name, column_name, data_type, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, column_name
"""


def schema_of(server: WarehouseServer) -> list[tuple[object, ...]]:
    with connect(server) as connection:
        return connection.execute(SCHEMA).fetchall()


def test_every_table_of_the_contract_is_there_with_its_columns(warehouse_on_both: WarehouseServer) -> None:
    with connect(warehouse_on_both) as connection:
        for table, columns in CONTRACT.items():
            connection.execute(f"SELECT {', '.join(columns.split())} FROM {table}")


def test_the_revisions_told_without_alembic_are_those_that_alembic_runs() -> None:
    config = Config()
    config.set_main_option("script_location", str(files("p2p_pipeline.p2p.warehouse.migrations")))
    run = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    assert list(revisions()) == run[::-1]


def test_a_database_is_at_no_revision_and_then_at_the_newest(empty_database: WarehouseServer) -> None:
    with connect(empty_database) as connection:
        assert revision_of(connection) is None
        assert not is_current(connection)
        with pytest.raises(WarehouseError, match="holds no warehouse yet; run `p2p warehouse migrate`"):
            require_current(connection)
    migrate(empty_database)
    with connect(empty_database) as connection:
        assert revision_of(connection) == newest_revision()
        assert is_current(connection)
        require_current(connection)


@pytest.mark.parametrize("start", revisions()[:-1])
def test_from_every_revision_it_comes_to_the_same_schema(
    start: str, empty_database: WarehouseServer, warehouse: WarehouseServer
) -> None:
    migrate(empty_database, start)
    with (
        connect(empty_database) as connection,
        pytest.raises(WarehouseError, match=f"at revision {start} and this program needs {newest_revision()}; run"),
    ):
        require_current(connection)
    migrate(empty_database)
    assert schema_of(empty_database) == schema_of(warehouse)


def test_migrating_again_changes_nothing(warehouse_on_both: WarehouseServer) -> None:
    before = schema_of(warehouse_on_both)
    migrate(warehouse_on_both)
    assert schema_of(warehouse_on_both) == before
    with connect(warehouse_on_both) as connection:
        assert len(connection.execute("SELECT version_num FROM p2p_warehouse_version").fetchall()) == 1


def test_two_at_once_take_turns(empty_database: WarehouseServer) -> None:
    troubles: list[Exception] = []

    def run() -> None:
        try:
            migrate(empty_database)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in the thread is the test's failure
            troubles.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    with connect(empty_database) as connection:
        assert is_current(connection)


def test_a_migration_that_fails_leaves_nothing_half_done(
    empty_database: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    text_of = sql_file.text_of
    monkeypatch.setattr(sql_file, "text_of", lambda name: f"{text_of(name)}; CREATE TABLE half_done (); SELECT 1 / 0")
    with pytest.raises(WarehouseError, match="division by zero") as caught:
        migrate(empty_database)
    assert isinstance(caught.value.__cause__, psycopg.Error)
    assert [table for table, *_ in schema_of(empty_database) if table != "p2p_warehouse_version"] == []
    monkeypatch.undo()
    migrate(empty_database)
    with connect(empty_database) as connection:
        assert is_current(connection)


def test_tables_of_somebody_else_under_our_names_are_told_and_left_alone(empty_database: WarehouseServer) -> None:
    with connect(empty_database) as connection:
        connection.execute("CREATE TABLE fact_offers (theirs text)")
        connection.execute("INSERT INTO fact_offers VALUES ('precious')")
    with pytest.raises(WarehouseError, match=r'holds something of another program .*"fact_offers" already exists'):
        migrate(empty_database)
    with connect(empty_database) as connection:
        assert connection.execute("SELECT theirs FROM fact_offers").fetchall() == [("precious",)]
        assert connection.execute("SELECT to_regclass('dim_advertisers')").fetchone() == (None,)


def test_a_schema_newer_than_this_program_is_told_and_left_alone(warehouse: WarehouseServer) -> None:
    with connect(warehouse) as connection:
        connection.execute("UPDATE p2p_warehouse_version SET version_num = '9999'")
    with pytest.raises(
        WarehouseError, match=r"at revision 9999, which this program .* a newer version made it; update"
    ):
        migrate(warehouse)
    with connect(warehouse) as connection, pytest.raises(WarehouseError, match="newer version made it"):
        require_current(connection)


def test_a_read_only_server_is_told(empty_database: WarehouseServer) -> None:
    with connect(empty_database, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(WarehouseError, match="is read-only, as a standby is"):
        migrate(empty_database)


def test_another_program_s_alembic_table_in_the_same_database_is_not_ours(empty_database: WarehouseServer) -> None:
    with connect(empty_database) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('dagster')")
    migrate(empty_database)
    with connect(empty_database) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("dagster",)


def test_migrating_leaves_logging_as_it_was(empty_database: WarehouseServer) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("p2p_pipeline").disabled)
    migrate(empty_database)
    assert (root.level, list(root.handlers), logging.getLogger("p2p_pipeline").disabled) == before


def test_the_sql_is_part_of_the_package() -> None:
    folder = resources.files("p2p_pipeline.p2p.warehouse.migrations") / "sql"
    names = {file.name for file in folder.iterdir()}
    assert {f"{revision}_" for revision in revisions()} <= {re.sub("_.*", "_", name) for name in names}
    manifest = resources.files("p2p_pipeline").joinpath("..", "pyproject.toml").read_text(encoding="utf-8")
    assert '"**/*.sql"' in manifest
