"""Two roles: one that reads, one that loads, and neither does more."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import Connection

from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.migrate import migrate
from p2p_pipeline.p2p.warehouse.partitions import ensure_partitions
from p2p_pipeline.p2p.warehouse.retention import drop_expired
from p2p_pipeline.p2p.warehouse.statements import script
from p2p_pipeline.p2p.warehouse.views import refresh_views
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer, explaining
from p2p_pipeline_tests.conftest import created_database
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import load_sound, sound_batch
from p2p_pipeline_tests.postgres.other_postgres import URL_PASSWORD, OtherPostgres


@contextmanager
def member_of(server: WarehouseServer, role: str) -> Iterator[Connection[Any]]:
    """A connection of a login that is nothing but a member of the role."""
    login = f"login_{uuid4().hex}"
    with connect(server, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {login} LOGIN IN ROLE {role}")
        try:
            with connect(server, autocommit=True) as connection:
                connection.execute(f"SET SESSION AUTHORIZATION {login}")
                yield connection
        finally:
            owner.execute(f"DROP OWNED BY {login}; DROP ROLE {login}")


def test_the_reader_reads_everything_also_what_is_made_later(warehouse_on_both: WarehouseServer) -> None:
    with connect(warehouse_on_both, autocommit=True) as owner:
        load_sound(owner)
        ensure_partitions(owner, [date(2030, 1, 1)])
        owner.execute("CREATE TABLE of_a_later_migration (n integer)")
        names = [
            str(name)
            for (name,) in owner.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                "AND relkind IN ('r', 'p', 'v', 'm')"
            )
        ]
    with member_of(warehouse_on_both, "p2p_reader") as reader:
        for name in names:
            reader.execute(f"SELECT * FROM {name} LIMIT 1")
        assert reader.execute("SELECT count(*) > 100 FROM fact_offers").fetchone() == (True,)


@pytest.mark.parametrize(
    "attempt",
    [
        "INSERT INTO offer_terms (terms_key, terms, first_seen_at) VALUES (gen_random_uuid(), '', now())",
        "UPDATE ops_batch_runs SET status = 'failed'",
        "DELETE FROM offer_versions",
        "TRUNCATE dim_advertisers",
        "DROP TABLE ops_data_quality",
        "CREATE TABLE mine ()",
        "SELECT make_day_partitions(ARRAY['2026-11-21'::date])",
        "SELECT nextval('advertisements_offer_id_seq')",
    ],
)
def test_the_reader_changes_nothing(warehouse: WarehouseServer, attempt: str) -> None:
    with member_of(warehouse, "p2p_reader") as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(attempt)


def test_the_loader_loads_late_batches_and_new_days_included_and_refreshes_the_views(
    warehouse_on_both: WarehouseServer,
) -> None:
    with member_of(warehouse_on_both, "p2p_loader") as loader:
        reports = [load_batch(loader, sound_batch(step)) for step in (0, 1)]
        assert all(report.is_new for report in reports)
        assert not load_batch(loader, sound_batch(0)).is_new
        refresh_views(loader)
        assert loader.execute("SELECT count(*) FROM ops_batch_runs").fetchone() == (2,)


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE p2p_warehouse_version SET version_num = '9999'",
        "DROP TABLE offer_versions_open",
        "ALTER TABLE offer_versions DROP COLUMN price",
        "CREATE TABLE mine ()",
    ],
)
def test_the_loader_leaves_the_schema_alone(warehouse: WarehouseServer, attempt: str) -> None:
    with member_of(warehouse, "p2p_loader") as loader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        loader.execute(attempt)


def test_the_loader_is_told_that_dropping_old_days_takes_the_owner(warehouse: WarehouseServer) -> None:
    with member_of(warehouse, "p2p_loader") as loader:
        ensure_partitions(loader, [date(2026, 1, 1)])
        with (
            pytest.raises(WarehouseError, match="let the user run it who ran `p2p warehouse migrate`"),
            explaining(warehouse),
        ):
            drop_expired(loader, date(2026, 3, 1), 3)


def test_an_owner_who_may_not_make_roles_gets_a_warehouse_without_them(
    postgres_15: OtherPostgres, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = created_database(postgres_15.url(), "modest")
    with psycopg.connect(postgres_15.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE modest LOGIN PASSWORD 'geheim'")
        connection.execute("ALTER DATABASE modest OWNER TO modest")
    # The cluster's other warehouses made the roles already: look for others.
    text = script("roles.sql").replace("p2p_reader", "never_made_reader").replace("p2p_loader", "never_made")
    monkeypatch.setattr("p2p_pipeline.p2p.warehouse.roles.script", lambda _: text)
    owner = WarehouseServer(url.replace("postgres:", "modest:").replace(URL_PASSWORD, "geheim"), is_embedded=False)
    with caplog.at_level(logging.WARNING):
        migrate(owner)
    assert "role never_made_reader is not made: modest may not make roles" in caplog.text
    with connect(owner, autocommit=True) as connection:
        assert load_batch(connection, sound_batch(0)).is_new
