"""The tables of the exchanges on a real PostgreSQL: loading twice changes nothing, and a history stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
import pytest

from p2p_pipeline.exchanges.scan.results import Spatial
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.exchanges.warehouse.instruments import keep_instruments
from p2p_pipeline.exchanges.warehouse.migrate import ready_schema, revision_of, revisions
from p2p_pipeline.exchanges.warehouse.signals import Waiting, load_signals
from p2p_pipeline.exchanges.warehouse.strategy import keep_strategy, parameters_of, strategy_history
from p2p_pipeline.postgres.server import WarehouseError, WarehouseServer, connect
from p2p_pipeline_tests.conftest import created_database
from p2p_pipeline_tests.exchanges.example_board import changed_again, example_board
from p2p_pipeline_tests.exchanges.identity.test_dictionary import table

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def server(embedded_postgres: str) -> WarehouseServer:
    """A database with the newest schema."""
    found = WarehouseServer(created_database(embedded_postgres, "exchanges_tables"), is_embedded=False)
    ready_schema(found)
    return found


@pytest.fixture
def connection(server: WarehouseServer) -> Iterator[Connection]:
    """What a test writes is undone."""
    with connect(server) as opened:
        yield opened
        opened.rollback()


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def test_the_schema_counts_its_own_steps_and_making_it_again_changes_nothing(server: WarehouseServer) -> None:
    ready_schema(server)
    with connect(server) as opened:
        assert revision_of(opened) == revisions()[-1]
        assert rows(opened, "SELECT to_regclass('public.alembic_version')") == [(None,)]


def test_a_newer_schema_is_left_alone_and_told(connection: Connection, server: WarehouseServer) -> None:
    connection.execute("UPDATE exchanges.exchanges_version SET version_num = '9999'")
    connection.commit()
    with pytest.raises(WarehouseError, match="at revision 9999, which this program"):
        ready_schema(server)
    connection.execute("UPDATE exchanges.exchanges_version SET version_num = %s", [revisions()[-1]])
    connection.commit()


@pytest.mark.parametrize("goes_on", [True, False], ids=["one service", "each board by itself"])
def test_each_signal_is_kept_once_with_its_life_and_its_best_calculation(
    connection: Connection, *, goes_on: bool
) -> None:
    first = example_board(AT)
    boards = [first]
    for scan in range(1, 5):
        boards.append(changed_again(boards[-1], AT + timedelta(seconds=5 * scan)))
    one = Waiting()
    for board in boards:
        one = one if goes_on else Waiting()
        one.add(board)
        load_signals(connection, one)
        one.clear()
    kept = rows(
        connection,
        "SELECT key, first_seen, last_seen, scans, best_edge_pct, calculation_edge_pct, calculation "
        "FROM exchanges.arbitrage_log ORDER BY key, first_seen",
    )
    lives = {(seen.key, seen.first_seen): seen for board in boards for seen in board.opportunities}
    assert [row[:2] for row in kept] == sorted(lives)
    for key, first_seen, last_seen, scans, best, edge, calculation in kept:
        newest = lives[key, first_seen]
        assert (last_seen, scans, best) == (newest.last_seen, newest.scans, newest.best_edge_pct)
        found = msgspec.convert(calculation, Spatial)
        every = [s.found for b in boards for s in b.opportunities if (s.key, s.first_seen) == (key, first_seen)]
        assert found == max(every, key=lambda one: one.net_edge_pct)
        assert edge == found.net_edge_pct

    # All of it again, together and in another order: it is there already.
    again = Waiting()
    for board in reversed(boards):
        again.add(board)
    before = rows(connection, "SELECT * FROM exchanges.arbitrage_log ORDER BY 1")
    load_signals(connection, again)
    assert rows(connection, "SELECT * FROM exchanges.arbitrage_log ORDER BY 1") == before
    published = rows(connection, "SELECT sequence, opportunities FROM exchanges.arbitrage_published ORDER BY 1")
    assert [sequence for sequence, _ in published] == [1, 2, 3, 4, 5]
    assert [[one["key"] for one in told] for _, told in published] == [
        [seen.key for seen in board.opportunities] for board in boards
    ]
    edge = published[0][1][0]["net_edge_pct"]
    assert Decimal(edge) == first.opportunities[0].found.net_edge_pct


def test_only_what_changed_of_the_parameters_is_added_with_who_when_and_what_before(connection: Connection) -> None:
    usual = parameters_of(ExchangesSettings())
    assert keep_strategy(connection, usual, "ann@host", AT) == len(usual)
    assert keep_strategy(connection, usual, "bob@host", AT + timedelta(hours=1)) == 0
    changed = parameters_of(ExchangesSettings(min_net_edge_pct=Decimal("0.25")))
    assert keep_strategy(connection, changed, "bob@host", AT + timedelta(hours=2)) == 1
    newest = strategy_history(connection, 1)[0]
    assert (newest.parameter, newest.value, newest.value_before) == ("min_net_edge_pct", "0.25", "0.1")
    assert (newest.changed_by, newest.changed_at) == ("bob@host", AT + timedelta(hours=2))
    assert len(strategy_history(connection)) == len(usual) + 1


@pytest.mark.parametrize(
    "forbidden",
    [
        "UPDATE exchanges.strategy_config SET value = '1'",
        "DELETE FROM exchanges.strategy_config",
        "TRUNCATE exchanges.strategy_config",
        "UPDATE exchanges.arbitrage_published SET quarantined = 0",
        "DELETE FROM exchanges.instruments_dict",
        "UPDATE exchanges.instruments_dict SET price_step = 7",
    ],
)
def test_a_history_is_only_added_to(connection: Connection, forbidden: str) -> None:
    keep_strategy(connection, {"a": 1}, "ann@host", AT)
    keep_instruments(connection, table(kraken="0.1", htx="0.01"), AT)
    with pytest.raises(psycopg.errors.RestrictViolation, match="is a history"):
        connection.execute(forbidden.encode())


def test_instruments_have_a_row_as_long_as_nothing_changes_and_another_from_then_on(connection: Connection) -> None:
    listed = table(kraken="0.1", htx="0.01")
    assert keep_instruments(connection, listed, AT) == 2
    assert keep_instruments(connection, listed, AT + timedelta(hours=1)) == 0
    assert keep_instruments(connection, table(kraken="0.5", htx="0.01"), AT + timedelta(hours=2)) == 1
    history = rows(
        connection,
        "SELECT exchange, price_step, valid_to IS NULL, changed, contracts FROM exchanges.instruments_dict "
        "ORDER BY exchange, valid_from",
    )
    assert history == [
        ("htx", Decimal("0.01"), True, ["listed"], [["BTC", ""]]),
        ("kraken", Decimal("0.1"), False, ["listed"], [["BTC", ""]]),
        ("kraken", Decimal("0.5"), True, ["price_step"], [["BTC", ""]]),
    ]


def test_an_exchange_that_did_not_answer_has_delisted_nothing(connection: Connection) -> None:
    keep_instruments(connection, table(kraken="0.1", htx="0.01"), AT)
    keep_instruments(connection, table(kraken="0.1"), AT + timedelta(hours=1))
    valid = rows(connection, "SELECT exchange FROM exchanges.instruments_dict WHERE valid_to IS NULL ORDER BY 1")
    assert valid == [("htx",), ("kraken",)]
