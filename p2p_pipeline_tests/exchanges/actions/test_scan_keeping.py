"""Scans that can't be written cost themselves: the service goes on, and it is told."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from p2p_pipeline.exchanges.actions.scan_keeping import ScanKeeping
from p2p_pipeline.exchanges.tables.hour_files import HourWriter
from p2p_pipeline.exchanges.tables.rows import KeptScan
from p2p_pipeline_tests.exchanges.example_board import example_board

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_a_bug_costs_its_scan_and_is_told_once_and_what_comes_after_is_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, write, seen = example_board(NOON), HourWriter.keep, []

    def keep(writer: HourWriter, kept: KeptScan) -> None:
        seen.append(kept)
        if len(seen) <= 2:
            raise KeyError("a bug")
        write(writer, kept)

    monkeypatch.setattr(HourWriter, "keep", keep)
    with closing(ScanKeeping(tmp_path)) as keeping:
        for number in range(4):
            scan = replace(board.scan, cycle=number, at=NOON + timedelta(seconds=5 * number))
            keeping.keep(KeptScan.of(scan, "a", is_simulated=True, late_ns=0, skipped=0))
    assert len(seen) == 4
    assert keeping.lost == 2
    assert [record.exc_info is not None for record in caplog.records] == [True]
    assert list(tmp_path.rglob("*.parquet"))
