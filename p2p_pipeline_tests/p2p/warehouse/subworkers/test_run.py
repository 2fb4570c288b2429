"""Subworkers follow the batches: each at its own place, in order, one transaction a batch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from psycopg import Connection

from p2p_pipeline.p2p.quality.warehouse.rules import WAREHOUSE_RULES
from p2p_pipeline.p2p.warehouse.subworkers.interface import (
    OfferRow,
    Receives,
    RunStatus,
    Subworker,
    SubworkerError,
)
from p2p_pipeline.p2p.warehouse.subworkers.run import HOLDING_BACK, run_on_batch, run_subworkers, waiting_batches
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.monitoring.made_up_ledger import add_check
from p2p_pipeline_tests.p2p.warehouse.subworkers.hand_made import (
    FIRST,
    TEN_MINUTES,
    add_batch,
    add_offers,
    batch_number,
    changes_of,
    offer_row,
)

Row = tuple[object, ...]
TABLE = "CREATE TABLE IF NOT EXISTS seen_prices (batch_id bigint, offer_id integer, price numeric)"


def write_prices(connection: Connection[Row], batch_id: int, rows: Iterator[OfferRow]) -> int:
    connection.execute("DELETE FROM seen_prices WHERE batch_id = %s", [batch_id])
    with connection.cursor() as cursor, cursor.copy("COPY seen_prices FROM STDIN") as copy:
        count = 0
        for row in rows:
            copy.write_row((batch_id, row.offer_id, row.price))
            count += 1
    return count


PRICES = Subworker("prices", "Every price", ("seen_prices",), Receives.ALL, write_prices, TABLE)


def failing(name: str, reason: Callable[[int], Exception | None]) -> Subworker:
    def work(connection: Connection[Row], batch_id: int, rows: Iterator[OfferRow]) -> int:
        written = write_prices(connection, batch_id, rows)
        error = reason(batch_id)
        if error is not None:
            raise error
        return written

    return replace(PRICES, name=name, work=work)


@pytest.fixture
def three_batches(warehouse: WarehouseServer) -> WarehouseServer:
    """Offers 1 and 2 in the first; in the second 1 costs another price; in the third 2 is gone and 3 is new."""
    with connect(warehouse) as connection:
        for number in range(3):
            add_batch(connection, number)
        add_offers(connection, {1: "80"}, first=0, until=1)
        add_offers(connection, {2: "90"}, first=0, until=2)
        add_offers(connection, {1: "81"}, first=1)
        add_offers(connection, {3: "70"}, first=2)
    return warehouse


def seen(server: WarehouseServer) -> list[tuple[int, int, str]]:
    with connect(server) as connection:
        rows = connection.execute("SELECT batch_id, offer_id, price::text FROM seen_prices ORDER BY 1, 2").fetchall()
    return [((int(str(batch)) - FIRST) // TEN_MINUTES, int(str(offer)), str(price)) for batch, offer, price in rows]


EVERYTHING = [(0, 1, "80"), (0, 2, "90"), (1, 1, "81"), (1, 2, "90"), (2, 1, "81"), (2, 3, "70")]


def test_a_subworker_that_receives_all_gets_every_offer_of_every_batch_in_order(three_batches: WarehouseServer) -> None:
    reports = run_subworkers(three_batches, subworkers=[PRICES])
    assert [report.batch_id for report in reports] == [batch_number(0), batch_number(1), batch_number(2)]
    assert [(report.status, report.rows_in, report.rows_out) for report in reports] == [(RunStatus.DONE, 2, 2)] * 3
    assert seen(three_batches) == EVERYTHING


def test_a_subworker_that_receives_changes_gets_what_began_and_what_ended(three_batches: WarehouseServer) -> None:
    got: list[list[tuple[str | None, int, str]]] = []

    def work(_connection: Connection[Row], _batch_id: int, rows: Iterator[OfferRow]) -> int:
        got.append(changes_of(rows))
        return 0

    run_subworkers(three_batches, subworkers=[Subworker("changes", "", (), Receives.CHANGES, work)])
    assert got == [
        [("began", 1, "80"), ("began", 2, "90")],
        [("ended", 1, "80"), ("began", 1, "81")],
        [("ended", 2, "90"), ("began", 3, "70")],
    ]


def test_running_again_does_nothing_until_there_is_a_new_batch(three_batches: WarehouseServer) -> None:
    assert len(run_subworkers(three_batches, subworkers=[PRICES])) == 3
    assert run_subworkers(three_batches, subworkers=[PRICES]) == []
    with connect(three_batches) as connection:
        add_batch(connection, 3)
    assert [report.batch_id for report in run_subworkers(three_batches, subworkers=[PRICES])] == [batch_number(3)]


@pytest.mark.parametrize("rule", HOLDING_BACK)
def test_a_batch_that_breaks_a_blocking_rule_is_held_back_until_it_passes(
    three_batches: WarehouseServer, rule: str
) -> None:
    with connect(three_batches) as connection:
        add_check(connection, batch_number(0), "error_rate", passed=False)
        add_check(connection, batch_number(1), rule, passed=False)
    given = [report.batch_id for report in run_subworkers(three_batches, subworkers=[PRICES])]
    assert given == [batch_number(0), batch_number(2)]
    assert run_subworkers(three_batches, subworkers=[PRICES]) == [], "the next run does not give it either"
    with connect(three_batches) as connection:
        connection.execute("UPDATE ops_data_quality SET passed = true")
    assert [report.batch_id for report in run_subworkers(three_batches, subworkers=[PRICES])] == [batch_number(1)]
    assert seen(three_batches) == EVERYTHING


def test_the_rules_that_hold_a_batch_back_are_the_blocking_ones() -> None:
    assert set(HOLDING_BACK) == {rule.name for rule in WAREHOUSE_RULES if rule.is_blocking}


def test_each_subworker_has_its_own_place(three_batches: WarehouseServer) -> None:
    other = replace(PRICES, name="other")
    run_subworkers(three_batches, subworkers=[PRICES], most_batches=1)
    run_subworkers(three_batches, subworkers=[other], up_to=batch_number(1))
    with connect(three_batches) as connection:
        assert [batch.batch_id for batch in waiting_batches(connection, "prices")] == [batch_number(1), batch_number(2)]
        assert [batch.batch_id for batch in waiting_batches(connection, "other")] == [batch_number(2)]


def test_a_batch_that_is_loaded_again_is_given_again_and_replaces_what_was_written(
    three_batches: WarehouseServer,
) -> None:
    run_subworkers(three_batches, subworkers=[PRICES])
    with connect(three_batches) as connection:
        connection.execute(
            "UPDATE ops_batch_runs SET loaded_at = %s WHERE batch_id = %s", [datetime.now(UTC), batch_number(1)]
        )
    assert [report.batch_id for report in run_subworkers(three_batches, subworkers=[PRICES])] == [batch_number(1)]
    assert seen(three_batches) == EVERYTHING


def test_a_failing_subworker_costs_only_itself_and_is_tried_again_from_where_it_failed(
    three_batches: WarehouseServer,
) -> None:
    is_ill = True

    def reason(batch_id: int) -> Exception | None:
        return ValueError("a\nbad day") if is_ill and batch_id == batch_number(1) else None

    ill = replace(failing("ill", reason), schema=TABLE.replace("seen_prices", "ill_prices"))
    well = Subworker("well", "", (), Receives.CHANGES, lambda _connection, _batch_id, rows: len(list(rows)))
    reports = run_subworkers(three_batches, subworkers=[replace(ill, schema=TABLE), well])
    told = [(report.subworker, report.status, report.error) for report in reports]
    assert told == [
        ("ill", RunStatus.DONE, None),
        ("ill", RunStatus.FAILED, "ValueError: a bad day"),
        *[("well", RunStatus.DONE, None)] * 3,
    ]
    assert seen(three_batches) == [(0, 1, "80"), (0, 2, "90")], "nothing of the batch it failed on is there"
    is_ill = False
    assert [report.status for report in run_subworkers(three_batches, subworkers=[replace(ill, schema=TABLE)])] == [
        RunStatus.DONE,
        RunStatus.DONE,
    ]
    assert seen(three_batches) == EVERYTHING
    with connect(three_batches) as connection:
        ledger = connection.execute(
            "SELECT status, attempts, error FROM ops_subworker_runs WHERE subworker = 'ill' ORDER BY batch_id"
        ).fetchall()
    assert ledger == [("done", 1, None), ("done", 2, None), ("done", 1, None)]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda connection: connection.execute("SELECT 1/0"), "DivisionByZero: division by zero"),
        (lambda connection: connection.commit(), "ProgrammingError: Explicit commit() forbidden"),
        (lambda connection: connection.close(), "OperationalError: the connection is closed"),
        (lambda connection: connection.execute("SELECT pg_terminate_backend(pg_backend_pid())"), "AdminShutdown: "),
    ],
    ids=["sql error", "commit", "close", "killed connection"],
)
def test_whatever_a_subworker_does_to_its_connection_is_one_sentence_in_the_ledger(
    three_batches: WarehouseServer, spoil: Callable[[Connection[Row]], object], sentence: str
) -> None:
    def work(connection: Connection[Row], batch_id: int, rows: Iterator[OfferRow]) -> int:
        write_prices(connection, batch_id, rows)
        spoil(connection)
        return 1

    [report] = run_subworkers(three_batches, subworkers=[replace(PRICES, work=work)])
    assert report.status is RunStatus.FAILED
    assert (report.error or "").startswith(sentence)
    with connect(three_batches) as connection:
        assert connection.execute("SELECT to_regclass('seen_prices')").fetchone() == (None,), "all of it is undone"
        [(error,)] = connection.execute("SELECT error FROM ops_subworker_runs").fetchall()
    assert error == report.error


def test_a_slow_subworker_holds_no_lock_that_the_loader_waits_for(three_batches: WarehouseServer) -> None:
    began, go_on = threading.Event(), threading.Event()

    def work(_connection: Connection[Row], _batch_id: int, rows: Iterator[OfferRow]) -> int:
        next(rows)
        began.set()
        assert go_on.wait(30)
        return 1 + len(list(rows))

    thread = threading.Thread(
        target=run_subworkers,
        args=(three_batches,),
        kwargs={"subworkers": [replace(PRICES, work=work)], "most_batches": 1},
    )
    thread.start()
    try:
        assert began.wait(30)
        with connect(three_batches) as connection:
            connection.execute("SET lock_timeout = '1s'")
            # The strongest lock there is, on all that a load, a migration or the dropping of old days touches.
            connection.execute("LOCK TABLE ops_batch_runs, offer_versions, fact_market_depth, offer_terms")
            connection.execute("DELETE FROM ops_batch_runs WHERE batch_id = %s", [batch_number(2)])
    finally:
        go_on.set()
        thread.join()
    with connect(three_batches) as connection:
        assert connection.execute("SELECT status, rows_in FROM ops_subworker_runs").fetchall() == [("done", 2)]


def test_two_runs_of_a_subworker_at_once_do_its_work_once(three_batches: WarehouseServer) -> None:
    inner: list[object] = []

    def work(connection: Connection[Row], batch_id: int, rows: Iterator[OfferRow]) -> int:
        inner.extend(run_subworkers(three_batches, subworkers=[PRICES]))
        return write_prices(connection, batch_id, rows)

    reports = run_subworkers(three_batches, subworkers=[replace(PRICES, work=work)])
    assert [report.status for report in reports] == [RunStatus.DONE] * 3
    assert inner == []


def test_a_batch_that_leaves_the_warehouse_leaves_the_ledger(three_batches: WarehouseServer) -> None:
    run_subworkers(three_batches, subworkers=[PRICES])
    with connect(three_batches) as connection:
        connection.execute("DELETE FROM ops_batch_runs WHERE batch_id = %s", [batch_number(0)])
        assert connection.execute("SELECT count(*) FROM ops_subworker_runs").fetchone() == (2,)


def test_a_subworker_runs_alone_on_rows_made_by_hand(warehouse: WarehouseServer) -> None:
    with connect(warehouse) as connection:
        report = run_on_batch(connection, PRICES, batch_number(0), [offer_row(7), offer_row(8)])
    assert (report.rows_in, report.rows_out) == (2, 2)
    assert seen(warehouse) == [(0, 7, "81.5"), (0, 8, "81.5")]


def test_an_unknown_name_is_told_with_the_known_ones(warehouse: WarehouseServer) -> None:
    with pytest.raises(SubworkerError, match="there is no subworker 'tems'; there are: prices"):
        run_subworkers(warehouse, ["tems"], subworkers=[PRICES])
