"""What the raw store tells of sweeps, also of those that were killed and of days that were repacked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from p2p_pipeline.p2p.capture.sweeps.batches import (
    Told,
    batch_of,
    batch_snapshot_ids,
    batch_snapshots,
    day_batches,
    report_id,
    stored_batches,
    told_in,
)
from p2p_pipeline.p2p.capture.sweeps.report import SweepReport, SweepStatus, batch_moment
from p2p_pipeline.p2p.raw.repack import repack_closed_days
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot
from p2p_pipeline.p2p.simulator.server import RunningSimulator, running_simulator
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import SmallBinance, Sweeper, next_number, still_market
from p2p_pipeline_tests.shared_files import REPOSITORY

WORKER = """
import os, sys
from pathlib import Path
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import Sweeper
folder, url, place = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
seen = 0
def checkpoint(name):
    global seen
    seen += name == "after_append"
    if seen == 7:
        if place == "kill":
            os._exit(9)
        print("reading", flush=True)
        seen = 8
from p2p_pipeline.p2p.capture.sweeps.sweep import sweep_now
from p2p_pipeline.p2p.markets import Source
sweeper = Sweeper(folder, url)
sweep_now(sweeper.plan(), sweeper.store, folder / "state", Source.SIMULATED, program="a worker", checkpoint=checkpoint)
"""


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running_simulator(still_market(total_offers=6_000)) as simulator:
        yield simulator


def worker(sweeper: Sweeper, place: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(sweeper.folder), sweeper.url, place]
    return subprocess.Popen(command, cwd=REPOSITORY, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def newest(sweeper: Sweeper) -> SweepReport:
    reader = sweeper.store.reader
    return stored_batches(reader, "binance", reader.days()[-1])[-1]


def test_a_killed_sweep_is_interrupted_what_it_read_counts_and_the_next_begins_with_the_rest(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    sweeper = Sweeper(tmp_path, simulator.url)
    process = worker(sweeper, "kill")
    process.communicate(timeout=60)
    assert process.returncode == 9
    killed = newest(sweeper)
    assert (killed.status, killed.sides, killed.ended_at) == (SweepStatus.INTERRUPTED, 24, killed.started_at)
    read = set(sweeper.snapshots(killed))
    assert 7 <= len(read) < 24
    assert f"{len(read)} of 24 market sides had been stored" in str(killed.trouble)
    # The date of the sweeper's own clock lies before: as after a clock that was set back, it is a sweep like any other.
    assert sweeper.sweep().status is SweepStatus.COMPLETE
    assert newest(sweeper) == killed


def test_a_sweep_goes_on_where_a_killed_one_was(simulator: RunningSimulator, tmp_path: Path) -> None:
    sweeper = Sweeper(tmp_path, simulator.url)
    first = sweeper.sweep()
    keep = (tmp_path / "state/sweeps/binance.1-of-1.json").read_bytes()
    second = sweeper.sweep(venue=SmallBinance(simulator.url, fiats=("BOB", "RUB")))
    _forget_the_end(sweeper, second)
    (tmp_path / "state/sweeps/binance.1-of-1.json").write_bytes(keep)
    began = next_number(simulator)
    assert [report.status for report in _today(sweeper)] == [SweepStatus.COMPLETE, SweepStatus.INTERRUPTED]
    assert sweeper.sweep().status is SweepStatus.COMPLETE
    asked = [served.market_key for served in simulator.exchange.requests(began) if served.market_key]
    assert {str(key)[-3:] for key in asked[: len(asked) // 3]} == {"KES", "VND"}, "what was not read goes first"
    assert first.sides == 24


def test_sigterm_stops_a_sweep_cleanly(simulator: RunningSimulator, tmp_path: Path) -> None:
    sweeper = Sweeper(tmp_path, simulator.url)
    process = worker(sweeper, "stop")
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    process.send_signal(signal.SIGTERM)
    assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]
    report = newest(sweeper)
    assert (report.status, report.trouble) == (SweepStatus.PARTIAL, "It was stopped before its end.")
    assert len(sweeper.snapshots(report)) >= report.sides_complete >= 7


def test_a_sweep_that_runs_is_no_batch_yet(simulator: RunningSimulator, tmp_path: Path) -> None:
    sweeper = Sweeper(tmp_path, simulator.url)
    seen: list[list[SweepReport]] = []
    report = sweeper.sweep(progress=lambda _: seen.append(_today(sweeper)))
    assert seen
    assert not any(seen)
    assert _today(sweeper) == [report]


def test_the_snapshots_of_a_batch_are_its_own_whatever_else_the_files_hold(
    simulator: RunningSimulator, tmp_path: Path
) -> None:
    sweeper = Sweeper(tmp_path, simulator.url)
    reports = [sweeper.sweep() for _ in range(3)]
    assert _today(sweeper) == reports
    for report in reports:
        names = [s.snapshot_id for s in sweeper.snapshots(report).values()]
        assert sorted(names) == sorted(batch_snapshot_ids(sweeper.store.reader, "binance", report.batch_id))
        assert {batch_of(name) for name in names} == {report.batch_id}
        name = report_id("binance", Told.ENDED, report.batch_id)
        assert name.startswith("binance.sweeps:ended:2026-03-01T12:")
        assert (told_in(name), batch_of(name)) == (Told.ENDED, report.batch_id)
        assert {told_in(name) for name in names} == {None}


def test_a_repacked_day_gives_the_same_batches_in_order(simulator: RunningSimulator, tmp_path: Path) -> None:
    sweeper = Sweeper(tmp_path, simulator.url)
    reports = [sweeper.sweep() for _ in range(3)]
    before = _day_as_it_is(sweeper)
    day = reports[0].started_at.date()
    assert all(packed.kept_because is None for packed in repack_closed_days(sweeper.store, day + timedelta(days=1)))
    assert not list((tmp_path / "raw" / day.isoformat()).glob("*.gz"))
    assert [report for report, _ in before] == reports
    assert _day_as_it_is(sweeper) == before
    assert list(batch_snapshots(sweeper.store.reader, "binance", reports[1].batch_id)) == before[1][1]
    late = sweeper.sweep()
    assert [report for report, _ in _day_as_it_is(sweeper)] == [*reports, late], "a part of the day grows again"
    assert not list((tmp_path / "spool").iterdir()), "nothing is left behind"


def test_damage_of_a_repacked_day_is_told_with_the_batch_it_befell(simulator: RunningSimulator, tmp_path: Path) -> None:
    sweeper = Sweeper(tmp_path, simulator.url)
    reports = [sweeper.sweep() for _ in range(2)]
    day = reports[0].started_at.date()
    repack_closed_days(sweeper.store, day + timedelta(days=1))
    packed = tmp_path / "raw" / day.isoformat() / "binance.sweep-BOB.jsonl.zst"
    data = bytearray(packed.read_bytes())
    data[200:260] = os.urandom(60)
    packed.write_bytes(data)
    found = _day_as_it_is(sweeper)
    for _, snapshots in found:
        assert any(isinstance(each, Damage) and each.path.endswith("binance.sweep-BOB.jsonl") for each in snapshots)
        assert sum(isinstance(each, StoredSnapshot) for each in snapshots) >= 18


def _today(sweeper: Sweeper) -> list[SweepReport]:
    return stored_batches(sweeper.store.reader, "binance", sweeper.clock.now().date())


def _day_as_it_is(sweeper: Sweeper) -> list[tuple[SweepReport, list[StoredSnapshot | Damage]]]:
    with day_batches(sweeper.store.reader, "binance", sweeper.clock.now().date(), sweeper.folder / "spool") as batches:
        found = [(report, list(snapshots)) for report, snapshots in batches]
    (sweeper.folder / "spool").mkdir(exist_ok=True)
    return found


def _forget_the_end(sweeper: Sweeper, report: SweepReport) -> None:
    """As if the process had been killed just before its last word."""
    day = batch_moment(report.batch_id).date()
    path = sweeper.folder / "raw" / day.isoformat() / "binance.sweeps.jsonl.gz"
    data = path.read_bytes()
    ended = data.rindex(b"\x1f\x8b\x08\x04")
    path.write_bytes(data[:ended])
