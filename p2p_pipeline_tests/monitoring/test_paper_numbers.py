"""What the metrics say of paper sessions: of those that run their boards, of the others only whether they died."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.monitoring.paper_numbers import paper_samples, read_paper
from p2p_pipeline_tests.web.paper_board import SESSION, left_board, left_running, session_board

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def told(folder: Path, now: datetime = NOW) -> dict[tuple[str, ...], float]:
    numbers = read_paper(DataPaths(folder), now)
    assert numbers is not None
    return {(one.name, *one.labels): one.value for one in paper_samples(numbers, now)}


def test_a_session_that_runs_is_told_by_its_board(tmp_path: Path) -> None:
    board = session_board(NOW - timedelta(seconds=3), by_state={"ARMED": 2, "STALE": 1})
    with left_running(tmp_path, board):
        numbers = told(tmp_path)
    assert numbers["paper_sessions_running",] == 1
    assert numbers["paper_sessions_died",] == 0
    assert numbers["paper_board_age_seconds", SESSION] == 3
    assert (numbers["paper_symbols", SESSION], numbers["paper_symbols_stale", SESSION]) == (3, 1)
    assert numbers["paper_equity_usdt", SESSION] == 10001.25


def test_one_that_ended_unasked_is_told_for_a_day_and_one_that_stopped_never(tmp_path: Path) -> None:
    died = left_board(tmp_path, session_board(NOW))
    left_board(tmp_path, session_board(NOW, session="20241025T130000.000Z-0a1b2c3d", state="STOPPED"))
    os.utime(died.board, (NOW.timestamp(),) * 2)
    assert told(tmp_path, NOW + timedelta(hours=23))["paper_sessions_died",] == 1
    later = told(tmp_path, NOW + timedelta(hours=25))
    assert later == {("paper_sessions_running",): 0, ("paper_sessions_died",): 0}


def test_where_no_session_was_ever_started_nothing_is_said(tmp_path: Path) -> None:
    assert read_paper(DataPaths(tmp_path), NOW) is None
