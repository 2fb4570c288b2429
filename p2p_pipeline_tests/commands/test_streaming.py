"""`p2p up` says which exchanges its service can't reach, of the service that runs and of no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from p2p_pipeline.commands.streaming import say_unreachable_exchanges
from p2p_pipeline.exchanges.hot_store.board_file import BoardFile
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline_tests.exchanges.boards import board, health


@pytest.mark.parametrize(
    ("age_seconds", "said"), [(3, ["xt: no route. It is tried again; everything else works."]), (3600, [])]
)
def test_one_line_an_exchange_that_the_running_service_can_not_reach(
    age_seconds: int, said: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = DataPaths(tmp_path)
    told = board(1, exchanges=(health(), health("xt", "unreachable", last_error="no route")))
    at = datetime.now(UTC) - timedelta(seconds=age_seconds)
    BoardFile(paths).publish(replace(told, scan=replace(told.scan, at=at)))
    say_unreachable_exchanges(CommandContext(paths))
    assert capsys.readouterr().out.splitlines() == said


def test_before_the_first_board_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say_unreachable_exchanges(CommandContext(DataPaths(tmp_path)))
    assert capsys.readouterr().out == ""
