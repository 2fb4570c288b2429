"""What a person is told when PostgreSQL can't do what is asked: one sentence, what to do, and never the password."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.p2p.warehouse.migrate import migrate, ready_warehouse
from p2p_pipeline.postgres.address import plain_url
from p2p_pipeline.postgres.connection import connect, connected
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer, explaining, named_server
from p2p_pipeline_tests.conftest import created_database
from p2p_pipeline_tests.postgres.other_postgres import PASSWORD, URL_PASSWORD, OtherPostgres, free_port

SECRETS = (PASSWORD, URL_PASSWORD, "hunter2", "geheim")


def trouble(url: str) -> str:
    """What connecting to a URL says."""
    with pytest.raises(WarehouseError) as caught, connected(WarehouseServer(url, is_embedded=False)):
        raise AssertionError("connected")
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert not any(secret in sentence for secret in SECRETS)
    return sentence


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_a_url_may_be_written_as_libpq_or_sqlalchemy_write_it(scheme: str, postgres_15: OtherPostgres) -> None:
    given = postgres_15.url().replace("postgresql", scheme, 1)
    server = named_server({"P2P_POSTGRES_URL": f"  {given} "})
    assert server is not None
    with connect(server) as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
        assert str(server.name) == f"database 'postgres' of PostgreSQL at 127.0.0.1:{postgres_15.port}"


def test_no_url_names_no_server() -> None:
    assert named_server({}) is None
    assert named_server({"P2P_POSTGRES_URL": " "}) is None


@pytest.mark.parametrize(
    "given",
    [
        "mysql://user:hunter2@host/db",
        "postgresql://user:hun@ter2@host/db",
        "postgresql://user:hunter2/@host/db",
        "postgresql://user:hunter2%@host/db",
        "postgresql://user:hunter2@host:port/db",
        "postgresql://user:hunter2@host/db?nosuch=1",
        "hunter2",
    ],
)
def test_a_url_that_can_t_be_read_is_told_without_quoting_it(given: str) -> None:
    with pytest.raises(WarehouseError, match="P2P_POSTGRES_URL is no PostgreSQL URL: ") as caught:
        named_server({"P2P_POSTGRES_URL": given})
    assert "hun" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.text(min_size=6, max_size=20).filter(str.strip))
def test_whatever_a_password_holds_neither_a_url_nor_its_error_shows_it(password: str) -> None:
    url = f"postgresql://user:{password}@host/db"
    said = ""
    try:
        plain_url(url)
    except ValueError as error:
        said = str(error)
    assert password not in said
    encoded = quote(password, safe="", errors="replace")
    if "%00" not in encoded:
        server = WarehouseServer(plain_url(f"postgresql://user:{encoded}@host/db"), is_embedded=False)
        assert str(server.name) == "database 'db' of PostgreSQL at host:5432"
        assert encoded not in repr(server)


def test_a_wrong_password_is_told(postgres_15: OtherPostgres) -> None:
    said = trouble(postgres_15.url().replace(URL_PASSWORD, "geheim"))
    assert "refuses the password of user 'postgres'; correct it in P2P_POSTGRES_URL" in said


def test_a_host_that_does_not_exist_is_told() -> None:
    assert "there is no host 'nowhere.invalid'" in trouble("postgresql://u:geheim@nowhere.invalid/db")


def test_a_refused_connection_is_told() -> None:
    port = free_port()
    said = trouble(f"postgresql://u:geheim@127.0.0.1:{port}/db")
    assert f"nothing answers at database 'db' of PostgreSQL at 127.0.0.1:{port}" in said


def test_a_database_that_does_not_exist_is_told(postgres_15: OtherPostgres) -> None:
    assert "has no database 'nosuch'; create it (CREATE DATABASE)" in trouble(postgres_15.url("nosuch"))


def test_a_server_too_old_is_told_with_both_versions(
    postgres_15: OtherPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2p_pipeline.postgres.connection.MINIMUM_SERVER_VERSION", 160000)
    said = trouble(postgres_15.url())
    assert "is PostgreSQL 15." in said
    assert said.endswith("; the warehouse needs 16 or newer")


def test_no_connection_left_is_told(postgres_15: OtherPostgres) -> None:
    with psycopg.connect(postgres_15.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0 PASSWORD 'geheim'")
    said = trouble(postgres_15.url(user="crowded").replace(URL_PASSWORD, "geheim"))
    assert "has no connection left" in said


def test_no_right_to_create_tables_is_told(postgres_15: OtherPostgres) -> None:
    url = created_database(postgres_15.url(), "not_ours")
    with psycopg.connect(postgres_15.url(), autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'geheim'")
    server = WarehouseServer(url.replace("postgres:", "guest:").replace(URL_PASSWORD, "geheim"), is_embedded=False)
    with pytest.raises(WarehouseError, match="user 'guest' may not create tables in database 'not_ours'"):
        migrate(server)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("53100", "the disk of database '.*' .* is full: could not; make room there"),
        ("58030", "can't read or write its files"),
        ("57014", "statement_timeout may be too short"),
        ("25006", "is read-only, as a standby is: could not; name the primary"),
        ("XX001", "holds damaged data: .* restore a backup"),
        ("40P01", "try again, nothing half-done is kept"),
        ("57P01", "went away: could not; the next run repeats"),
        ("42501", "GRANT p2p_loader TO"),
        ("22012", r"could not do it: could not \(SQLSTATE 22012\)"),
    ],
)
def test_what_postgresql_refuses_later_is_a_sentence_too(
    state: str, says: str, empty_database: WarehouseServer
) -> None:
    with pytest.raises(WarehouseError, match=says) as caught, connected(empty_database) as connection:
        connection.execute(
            f"DO $$ BEGIN RAISE 'could not' USING ERRCODE = '{state}', DETAIL = 'a\nhostile nickname'; END $$"
        )
    assert isinstance(caught.value.__cause__, psycopg.Error)
    assert "hostile" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_told(small_disk: Path, postgres_15: OtherPostgres) -> None:
    url = created_database(postgres_15.url(), "crammed")
    with connect(WarehouseServer(url, is_embedded=False), autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
        connection.execute("CREATE TABLE stuffed (t text) TABLESPACE small")
        try:
            with (
                pytest.raises(WarehouseError, match=r"is full: could not extend file .*; make room there"),
                explaining(WarehouseServer(url, is_embedded=False)),
            ):
                connection.execute("INSERT INTO stuffed SELECT repeat('x', 1000) FROM generate_series(1, 5000)")
        finally:
            connection.execute("DROP TABLE stuffed")
            connection.execute("DROP TABLESPACE small")


def test_a_missing_extension_is_told(warehouse_on_both: WarehouseServer) -> None:
    with (
        pytest.raises(WarehouseError, match=r"lacks an extension: .*nosuch.* postgresql-contrib"),
        connected(warehouse_on_both) as connection,
    ):
        connection.execute("CREATE EXTENSION nosuch")


def test_a_connection_that_breaks_in_between_is_told(warehouse_on_both: WarehouseServer) -> None:
    with (
        pytest.raises(WarehouseError, match=r"(went away|broke).*the next run repeats what was not loaded"),
        connected(warehouse_on_both, autocommit=True) as connection,
    ):
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(10)")


def test_a_named_server_becomes_a_warehouse_as_the_embedded_one_does(
    postgres_15: OtherPostgres, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", created_database(postgres_15.url(), "named"))
    server = ready_warehouse(DataPaths(data_folder), WarehouseSettings())
    with connect(server) as connection:
        assert connection.execute("SELECT count(*) FROM fact_offers").fetchone() == (0,)
    assert not data_folder.exists(), "with a named server nothing is made in the data folder"


def test_a_database_that_can_not_hold_all_characters_is_refused_in_a_sentence(embedded_postgres: str) -> None:
    latin = "template0 ENCODING 'LATIN1' LOCALE 'C'"
    server = WarehouseServer(created_database(embedded_postgres, "latin", latin), is_embedded=False)
    with pytest.raises(WarehouseError, match="encoded in LATIN1"):
        connect(server)
