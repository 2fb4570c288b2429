"""What the day's slots are told against: what was due by the market's own pace, and whether a book came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.slots import SlotLine, slot_lines
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.capture import Outcome
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import parse_settings
from p2p_pipeline_tests.p2p.binance_answers import ad, captures, page

NOON = datetime(2024, 10, 25, 12, tzinfo=UTC)
SETTINGS = "markets: [{market: binance.USDT-BOB}]\n"
BOOK = page([ad(1, "10.50", "100", "2000")])


def line_of(folder: Path, now: datetime) -> SlotLine:
    return slot_lines(RawReader(folder), Lake(folder / "lake"), parse_settings(SETTINGS), now)[0]


def store(folder: Path, *moments: datetime, source: Source = Source.SIMULATED) -> None:
    writer = RawStore(folder)
    for moment in moments:
        writer.append(captures(moment, BOOK, source=source))


def test_an_hourly_history_is_whole_and_a_collection_after_it_is_due_every_30_seconds(tmp_path: Path) -> None:
    store(tmp_path, *(NOON - timedelta(hours=back) for back in range(10, 0, -1)))
    line = line_of(tmp_path, NOON)
    assert (line.wanted, line.seen) == (10, 10)
    assert {cell.wanted for cell in line.cells} == {0, 1}
    store(tmp_path, NOON, NOON + timedelta(seconds=30), NOON + timedelta(seconds=90))
    line = line_of(tmp_path, NOON + timedelta(minutes=2))
    assert (line.wanted, line.seen) == (14, 13)


def test_an_hour_that_an_hourly_history_lacks_is_missing(tmp_path: Path) -> None:
    store(tmp_path, *(NOON - timedelta(hours=back) for back in range(10, 0, -1) if back != 4))
    line = line_of(tmp_path, NOON)
    assert (line.wanted, line.seen) == (10, 9)


def test_an_outage_of_a_collection_is_missing_also_where_it_began_before_the_day_that_is_shown(tmp_path: Path) -> None:
    begun = NOON - timedelta(hours=30)
    store(tmp_path, begun, begun + timedelta(seconds=30), NOON)
    line = line_of(tmp_path, NOON + timedelta(seconds=30))
    assert line.seen == 1
    # The last cell of the 24 hours runs until half past.
    assert line.wanted == 23.5 * 120 + 1


def test_what_was_imported_is_no_collection(tmp_path: Path) -> None:
    store(tmp_path, *(NOON + timedelta(seconds=30 * step) for step in range(3)), source=Source.IMPORTED)
    line = line_of(tmp_path, NOON + timedelta(hours=1))
    assert (line.wanted, line.seen) == (3, 3)


def test_a_snapshot_that_only_tells_how_collecting_failed_is_no_slot(tmp_path: Path) -> None:
    store(tmp_path, NOON, NOON + timedelta(seconds=30))
    refused = captures(NOON + timedelta(seconds=60), b"", source=Source.SIMULATED, outcome=Outcome.BLOCKED, status=403)
    RawStore(tmp_path).append(refused)
    (tmp_path / "settings.yaml").write_text(SETTINGS)
    done = CliRunner().invoke(app, ["--data-dir", str(tmp_path), "process"])
    assert done.exit_code == 0, done.output
    line = line_of(tmp_path, NOON + timedelta(seconds=90))
    assert (line.wanted, line.seen) == (3, 2)
