"""A replay of the frames makes the scans that were made live, to the byte, whatever happened meanwhile."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from pyarrow import parquet

from p2p_pipeline.exchanges.actions.replay_hours import replay_hours
from p2p_pipeline.exchanges.frames.folder import hour_of
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.exchanges.replay.checkpoint import dump_run, load_run
from p2p_pipeline.exchanges.replay.notes import Started, note_frame, note_of
from p2p_pipeline.exchanges.replay.scans import RunReplay, Unread
from p2p_pipeline.exchanges.simulator.faults import FaultName
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.plant import PlantKind
from p2p_pipeline.exchanges.simulator.plant_file import PlantLine
from p2p_pipeline.exchanges.simulator.server import running_exchanges
from p2p_pipeline.exchanges.tables.hour_files import HourWriter, hour_path
from p2p_pipeline.exchanges.tables.rows import KeptScan
from p2p_pipeline.exchanges.tables.schema import BOOKS, FRAME_FILES, SCANS
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline_tests.exchanges.service.running import Watch, health, options, run_service

EXCHANGES = ("binance", "okx", "bybit", "kraken")
SYMBOLS = ("BTC/USDT", "SOL/USDT", "XRP/USDT")
PLANT = PlantLine(
    kind=PlantKind.SPATIAL, symbol="SOL/USDT", buy="binance", sell="bybit", after_seconds=0, life_seconds=3600
)


def bytes_of(folder: Path, scans: list[KeptScan]) -> dict[str, bytes]:
    writer = HourWriter(folder)
    for one in scans:
        writer.keep(one)
    writer.close()
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def again(frames: list[Frame]) -> list[KeptScan]:
    started = note_of(frames[0])
    assert isinstance(started, Started)
    run, unread = RunReplay(started), Unread(iter(frames))
    found = [run.take(frame) for frame in frames if not unread.was_passed_over(frame)]
    assert run.missing == 0
    return [one for one in found if one is not None]


@dataclass
class Run:
    watch: Watch

    @property
    def frames(self) -> list[Frame]:
        return self.watch.frames


@pytest.fixture(scope="module")
def run() -> Run:
    simulated = ExchangesOptions(exchanges=EXCHANGES, symbols=SYMBOLS, plants=(PLANT,), changes_per_second=20.0)
    with running_exchanges(simulated) as exchanges:

        async def scenario(watch: Watch) -> None:
            await watch.until("all live", lambda board: board.scan.books_live >= 11)
            await watch.until("found", lambda board: len(board.opportunities) > 0)
            exchanges.add_fault(FaultName.DISCONNECT, exchange="binance", amount=0.1)
            await watch.until("binance gone", lambda board: health(board, "binance").books_live == 0)
            exchanges.end_faults()
            exchanges.add_fault(FaultName.DROP, exchange="bybit", symbol="BTC/USDT", count=1)
            await watch.until("a gap", lambda board: health(board, "bybit").gaps == 1)
            await watch.until("all live again", lambda board: board.scan.books_live >= 11)

        watch = run_service(options(exchanges.url, EXCHANGES, SYMBOLS), scenario)
    return Run(watch)


def test_scans_of_a_run_with_a_lost_connection_and_a_gap_come_out_of_its_frames_byte_for_byte(
    run: Run, tmp_path: Path
) -> None:
    assert len(run.watch.kept) > 4
    assert any(one.opportunities for one in run.watch.kept)
    live = bytes_of(tmp_path / "live", run.watch.kept)
    assert bytes_of(tmp_path / "again", again(run.frames)) == live
    assert len(live) >= 4


def test_frames_and_notes_have_one_order(run: Run) -> None:
    moments = [one.received_at_ns or 0 for one in run.frames]
    assert moments == sorted(set(moments))


def test_a_run_that_is_kept_half_way_goes_on_as_if_it_had_not_been(run: Run, tmp_path: Path) -> None:
    started = note_of(run.frames[0])
    assert isinstance(started, Started)
    first, half = RunReplay(started), len(run.frames) // 2
    found = [first.take(frame) for frame in run.frames[:half]]
    then = load_run(dump_run(first))
    assert then is not None
    found += [then.take(frame) for frame in run.frames[half:]]
    live = bytes_of(tmp_path / "live", run.watch.kept)
    assert bytes_of(tmp_path / "again", [one for one in found if one is not None]) == live


def recorded(paths: DataPaths, frames: list[Frame], kept: list[KeptScan]) -> list[datetime]:
    with closing(Recorder(paths.exchange_frames, Source.SIMULATED)) as recorder:
        for frame in frames:
            recorder.write(frame)
    bytes_of(paths.lake, kept)
    return sorted({hour for frame in frames if (hour := hour_of(frame.received_at_ns)) is not None})


def test_hours_are_judged_by_their_frames_and_made_where_a_crash_left_nothing(run: Run, tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    hours = recorded(paths, run.frames, run.watch.kept)
    assert {one.outcome for one in replay_hours(paths, hours)} == {"same"}
    assert list(replay_hours(paths, hours)) == []
    path = hour_path(paths.lake, SCANS, hours[-1])
    before = path.read_bytes()
    path.unlink()
    assert [one.outcome for one in replay_hours(paths, hours, again=True)][-1] == "made"
    assert path.read_bytes() == before
    looked = parquet.read_table(hour_path(paths.lake, BOOKS, hours[-1])).to_pylist()
    assert {one["exchange"] for one in looked} == set(EXCHANGES)
    assert sum(one["gaps"] for one in looked) >= 1
    assert not any(
        one["damage"] for one in parquet.read_table(hour_path(paths.lake, FRAME_FILES, hours[-1])).to_pylist()
    )


def test_a_frame_that_is_missing_shows_as_a_difference_with_its_place(run: Run, tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    views = [n for n, one in enumerate(run.frames) if one.exchange == "bybit" and b"snapshot" in one.body]
    frames = [one for n, one in enumerate(run.frames) if n not in views]
    hours = recorded(paths, frames, run.watch.kept)
    (found, *_) = replay_hours(paths, hours)
    assert found.outcome == "differs"
    assert "exchange_scans: row" in found.detail


def test_without_what_was_subscribed_the_scans_would_be_others(run: Run, tmp_path: Path) -> None:
    """That the notes are needed at all: dropping one of the frames of a book changes what is found."""
    of_a_book = [one for one in run.frames if one.exchange == "okx" and one.passage is Passage.SOCKET]
    left = [one for one in run.frames if one not in of_a_book]
    live = bytes_of(tmp_path / "live", run.watch.kept)
    assert bytes_of(tmp_path / "again", again(left)) != live


def test_what_an_earlier_run_of_the_hour_counted_stays_counted(run: Run, tmp_path: Path) -> None:
    """A service that was started again: each run's books are new, the hour's rows are of both."""
    paths = DataPaths(tmp_path)
    hours = recorded(paths, run.frames, run.watch.kept)
    list(replay_hours(paths, hours))
    alone = parquet.read_table(hour_path(paths.lake, BOOKS, hours[-1])).to_pylist()
    started = note_of(run.frames[0])
    assert isinstance(started, Started)
    moment_ns = (run.frames[-1].received_at_ns or 0) + 1
    other = note_frame(Started("b", True, ("okx",), started.symbols, started.scan_seconds, started.rules), moment_ns)
    with closing(Recorder(paths.exchange_frames, Source.SIMULATED)) as recorder:
        recorder.write(other)
    list(replay_hours(paths, hours, again=True))
    both = parquet.read_table(hour_path(paths.lake, BOOKS, hours[-1])).to_pylist()
    assert both == alone


def test_a_service_that_is_started_again_within_the_hour_goes_on_behind_what_was_written(
    run: Run, tmp_path: Path
) -> None:
    half = len(run.watch.kept) // 2
    once = bytes_of(tmp_path / "once", run.watch.kept)
    bytes_of(tmp_path / "twice", run.watch.kept[:half])
    bytes_of(tmp_path / "twice", [replace(one, service="b") for one in run.watch.kept[half:]])
    scans = [name for name in once if name.startswith("exchange_scans")]
    found = [parquet.read_table(tmp_path / "twice" / name).to_pylist() for name in scans]
    assert [row["cycle"] for rows in found for row in rows] == [one.scan.cycle for one in run.watch.kept]
    assert {row["service"] for rows in found for row in rows} == {run.watch.kept[0].service, "b"}
