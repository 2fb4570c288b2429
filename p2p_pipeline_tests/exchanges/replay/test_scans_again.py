"""A replay of the frames makes the scans that were made live, to the byte, whatever happened meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.replay.notes import Started, note_of
from p2p_pipeline.exchanges.replay.scans import RunReplay, Unread
from p2p_pipeline.exchanges.simulator.faults import FaultName
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.plant import PlantKind
from p2p_pipeline.exchanges.simulator.plant_file import PlantLine
from p2p_pipeline.exchanges.simulator.server import running_exchanges
from p2p_pipeline.exchanges.tables.hour_files import HourWriter
from p2p_pipeline.exchanges.tables.rows import KeptScan
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


def test_without_what_was_subscribed_the_scans_would_be_others(run: Run, tmp_path: Path) -> None:
    """That the notes are needed at all: dropping one of the frames of a book changes what is found."""
    of_a_book = [one for one in run.frames if one.exchange == "okx" and one.passage is Passage.SOCKET]
    left = [one for one in run.frames if one not in of_a_book]
    live = bytes_of(tmp_path / "live", run.watch.kept)
    assert bytes_of(tmp_path / "again", again(left)) != live
