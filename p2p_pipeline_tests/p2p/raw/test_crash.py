"""SIGKILL at named and at random places of the real collector, against real sockets and a real disk."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.p2p.capture.collecting import SLOT
from p2p_pipeline_tests.p2p.raw.crash_runner import Trial
from p2p_pipeline_tests.shared_files import REPOSITORY

PLACES = (
    "before_request",
    "after_response",
    "before_write",
    "mid_write",
    "after_write",
    "after_fsync",
    "after_acknowledgement",
    "during_recovery",
    "any_time",
)
SLOTS_A_LIFE = 3


@dataclass
class Verdict:
    """What a data folder says after all the crashes."""

    lost: list[str]
    doubled: list[str]
    damages: list[Damage]
    acknowledged: int
    stored: int

    @property
    def is_well(self) -> bool:
        return not (self.lost or self.doubled or self.damages)


@dataclass
class CrashSeries:
    """Lives of collectors, one after the other on one data folder, each going on at the slot where the last died."""

    runner: subprocess.Popen[str]
    folder: Path
    acknowledged: Path
    random_source: random.Random
    sabotage: str = "nothing"
    killed: Counter[str] = field(default_factory=Counter)
    slot: int = SLOT

    def live(self, place: str, passes: int | None = None) -> str:
        chosen = self.random_source.randrange(4) if passes is None else passes
        trial = Trial(place, chosen, self.slot, SLOTS_A_LIFE, self.random_source.getrandbits(32), self.sabotage)
        assert self.runner.stdin is not None
        assert self.runner.stdout is not None
        self.runner.stdin.write(json.dumps(asdict(trial)) + "\n")
        self.runner.stdin.flush()
        outcome = self.runner.stdout.readline().strip()
        assert outcome in {"killed", "done"}, outcome
        if outcome == "killed":
            self.killed[place] += 1
        # Half of the time the next life starts within the slot in which this one died.
        self.slot += self.random_source.choice((0, 1, 1, SLOTS_A_LIFE))
        return outcome

    def crash(self, times: int) -> None:
        while self.killed.total() < times:
            place = self.random_source.choice(PLACES)
            if place == "during_recovery":
                # There is something to recover only after a torn write.
                self.live("mid_write", passes=0)
                self.slot += 1
            self.live(place, passes=0 if place == "during_recovery" else None)

    def verdict(self) -> Verdict:
        store = RawStore(self.folder, min_free_bytes=0)
        reader = RawReader(self.folder)
        counts: Counter[str] = Counter()
        damages: list[Damage] = []
        for day in reader.days():
            if self.sabotage != "skip_recovery":
                store.recover(day)
            for file_key in reader.file_keys(day):
                for found in reader.read(day, file_key):
                    if isinstance(found, StoredSnapshot):
                        counts[found.snapshot_id] += 1
                    else:
                        damages.append(found)
        said = self.acknowledged.read_text().split()
        doubled = [name for name, count in (counts + Counter(said)).items() if counts[name] > 1]
        doubled += [name for name, count in Counter(said).items() if count > 1]
        lost = [name for name in said if name not in counts]
        return Verdict(lost, doubled, damages, len(said), counts.total())


@contextmanager
def crash_series(folder: Path, seed: int, sabotage: str = "nothing") -> Iterator[CrashSeries]:
    acknowledged = folder / "acknowledged.txt"
    with running_simulator(SimulatorOptions(CatalogueOptions(seed=3, offers_per_side=45))) as simulator:
        command = [sys.executable, "-m", "p2p_pipeline_tests.p2p.raw.crash_runner"]
        arguments = [simulator.url, str(folder / "data"), str(acknowledged)]
        with subprocess.Popen(
            [*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
        ) as runner:
            yield CrashSeries(runner, folder / "data", acknowledged, random.Random(seed), sabotage)
            assert runner.stdin is not None
            runner.stdin.close()


def _crash_and_check(folder: Path, times: int, seed: int) -> None:
    with crash_series(folder, seed) as series:
        for place in PLACES[:-1]:
            if place == "during_recovery":
                series.live("mid_write", passes=0)
                series.slot += 1
            assert series.live(place, passes=0) == "killed", f"nobody died at {place}"
        series.crash(times)
        assert series.live("nowhere") == "done"
        verdict = series.verdict()
    assert set(series.killed) >= set(PLACES[:-1])
    assert verdict.acknowledged > times / 2, "the collectors must have got something done"
    assert verdict.is_well, verdict
    assert verdict.stored >= verdict.acknowledged


def test_no_acknowledged_snapshot_is_lost_or_doubled_by_fifty_kills(tmp_path: Path) -> None:
    _crash_and_check(tmp_path, times=50, seed=11)


@pytest.mark.long
@pytest.mark.timeout(1800)
@only_long
def test_no_acknowledged_snapshot_is_lost_or_doubled_by_a_thousand_kills(tmp_path: Path) -> None:
    _crash_and_check(tmp_path, times=1000, seed=12)


def test_the_crash_test_is_red_when_snapshots_are_acknowledged_before_the_write(tmp_path: Path) -> None:
    with crash_series(tmp_path, seed=1, sabotage="acknowledge_early") as series:
        assert series.live("before_write", passes=0) == "killed"
        series.slot += SLOTS_A_LIFE
        assert series.verdict().lost


def test_the_crash_test_is_red_when_a_torn_tail_is_left_where_it_is(tmp_path: Path) -> None:
    with crash_series(tmp_path, seed=2, sabotage="skip_recovery") as series:
        assert series.live("mid_write", passes=1) == "killed"
        series.slot += SLOTS_A_LIFE
        assert series.live("nowhere") == "done"
        verdict = series.verdict()
        assert verdict.damages or verdict.lost
