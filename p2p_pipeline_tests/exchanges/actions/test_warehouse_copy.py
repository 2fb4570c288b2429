"""A database that is away costs its copy alone, and has all of it when it is back."""

from __future__ import annotations

import logging
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from p2p_pipeline.commands.ports import free_port
from p2p_pipeline.exchanges.actions.warehouse_copy import MOST_BOARDS, NOWHERE_BYTES, WarehouseCopy
from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.warehouse.signals import Waiting
from p2p_pipeline.postgres.server import WarehouseServer, connect
from p2p_pipeline_tests.exchanges.example_board import changed_again, example_board
from p2p_pipeline_tests.exchanges.identity.test_dictionary import table

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
PARAMETERS = {"min_net_edge_pct": "0.1"}


def nowhere() -> WarehouseServer:
    return WarehouseServer(f"postgresql://nobody@127.0.0.1:{free_port()}/p2p", is_embedded=False)


def until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.01)
    assert is_so()


def counted(server: WarehouseServer, name: str) -> int:
    with connect(server) as connection:
        found: Any = connection.execute(f"SELECT count(*) FROM exchanges.{name}".encode()).fetchone()
        return int(found[0])


def boards_of_new_lives(count: int) -> Iterator[Board]:
    """Each opportunity begins anew with each board."""
    board = example_board(AT)
    for sequence in range(1, count + 1):
        at = AT + timedelta(seconds=5 * sequence)
        born = tuple(replace(one, first_seen=at, last_seen=at) for one in board.opportunities)
        yield replace(board, sequence=sequence, opportunities=born)


def test_what_was_missed_is_loaded_when_the_database_is_back(
    empty_database: WarehouseServer, caplog: pytest.LogCaptureFixture
) -> None:
    places = [nowhere()]
    board = example_board(AT)
    keys = {(seen.key, seen.first_seen) for seen in board.opportunities}
    with caplog.at_level(logging.INFO):
        copy = WarehouseCopy(lambda: places[0], PARAMETERS, by="ann@host", again_seconds=0.0, settled_seconds=0.0)
        for scan in range(1, 6):
            began = time.monotonic()
            copy.offer(board)
            assert time.monotonic() - began < 0.05, "the service waits for nothing"
            board = changed_again(board, AT + timedelta(seconds=5 * scan))
            keys |= {(seen.key, seen.first_seen) for seen in board.opportunities}
        until(lambda: any("PostgreSQL does not take" in one.message for one in caplog.records))
        places[0] = empty_database
        copy.learn(table(kraken="0.1", htx="0.01"), AT)
        copy.offer(board)
        copy.close()
    assert counted(empty_database, "arbitrage_log") == len(keys)
    assert counted(empty_database, "arbitrage_published") == 6
    assert counted(empty_database, "strategy_config") == 1
    assert counted(empty_database, "instruments_dict") == 2
    said = [one.message for one in caplog.records if one.name.endswith("warehouse_copy")]
    assert len([one for one in said if "does not take" in one]) <= 2, "told once, not with each scan"
    assert said[-1] == "PostgreSQL has what the scans found again; 0 rows found no room meanwhile"
    assert copy.let_go == 0


def test_where_there_is_no_database_it_says_so_once_and_the_service_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        copy = WarehouseCopy(lambda: None, PARAMETERS, again_seconds=0.0)
        for scan in range(3):
            copy.offer(example_board(AT, scan + 1))
        copy.close()
    said = [one.message for one in caplog.records if one.name.endswith("warehouse_copy")]
    assert said == ["no PostgreSQL is named and none was made here: accepted signals are not kept in one"]


def test_where_there_is_no_database_scans_cost_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert NOWHERE_BYTES <= 1 << 20
    monkeypatch.setattr("p2p_pipeline.exchanges.actions.warehouse_copy.NOWHERE_BYTES", 100_000)
    copy = WarehouseCopy(lambda: None, PARAMETERS, again_seconds=0.0)
    for board in boards_of_new_lives(300):
        copy.offer(board)
        until(lambda: copy._boards.qsize() < MOST_BOARDS)
    copy.close()
    assert copy.let_go > 300
    assert len(pickle.dumps(copy._waiting)) < 100_000


def test_rows_that_find_no_room_are_counted_and_cost_no_memory() -> None:
    waiting = Waiting(most_bytes=100_000)
    for board in boards_of_new_lives(60):
        waiting.add(board)
    kept = [first_seen for _, _, first_seen in waiting.lives]
    assert kept == sorted(kept)
    assert kept[-1] == board.opportunities[0].first_seen.isoformat(), "the oldest are let go"
    assert waiting.let_go + len(waiting) == 60 * (1 + len(board.opportunities))
    assert len(pickle.dumps(waiting)) < 100_000
    waiting.cut(0)
    assert len(waiting) == 0
    waiting.add(board)
    assert all("calculation" in row for row in waiting.lives.values()), "nobody has those that were let go"


def test_a_database_that_answers_nothing_costs_boards_and_no_memory() -> None:
    board = example_board(AT)

    def slow() -> None:
        time.sleep(0.3)

    copy = WarehouseCopy(slow, PARAMETERS, again_seconds=0.0)
    for _ in range(MOST_BOARDS * 2):
        copy.offer(board)
    assert 0 < copy.let_go <= MOST_BOARDS
    copy._again_seconds = 60.0
    copy.close()
