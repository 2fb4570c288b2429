"""Collects slots in a process of its own that ends itself with SIGKILL where it is told to.

    python -m p2p_pipeline_tests.p2p.raw.crash_runner URL DATA_FOLDER ACKNOWLEDGED_FILE

reads one trial a line from stdin (JSON), forks a collector for it (so that the imports are paid once), and answers with
a line when that collector is dead or has done all its slots.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.p2p.capture.claims import ClaimFolder, Holder
from p2p_pipeline.p2p.capture.client import open_client
from p2p_pipeline.p2p.capture.collector import Collector
from p2p_pipeline.p2p.capture.slot_results import SlotResult
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.capture import Capture
from p2p_pipeline.p2p.raw.day_index import DayIndex
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import Appended, TornTail
from p2p_pipeline_tests.p2p.capture.collecting import HurriedClock, make_plan


@dataclass(frozen=True, slots=True)
class Trial:
    """One life of a collector."""

    place: str
    """Where it dies: a checkpoint, `mid_write`, `during_recovery`, or `any_time`."""
    passes: int
    """How often it may pass that place before."""
    first_slot: int
    slots: int
    seed: int
    sabotage: str = "nothing"
    """`acknowledge_early` or `skip_recovery`: what a negative control leaves out."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Countdown:
    """Dies at the place it is for, after so many passes."""

    def __init__(self, trial: Trial) -> None:
        self._place = trial.place
        self._left = trial.passes

    def __call__(self, place: str) -> None:
        if self.is_now(place):
            die()

    def is_now(self, place: str) -> bool:
        if place != self._place:
            return False
        self._left -= 1
        return self._left < 0


class DeadlyFiles(RealFileSystem):
    """The real disk, but the process may die within a write, or around cutting off a torn tail."""

    def __init__(self, countdown: Countdown, random_source: random.Random) -> None:
        self._countdown = countdown
        self._random = random_source

    def append(self, path: Path, data: bytes) -> None:
        if path.name.endswith(".gz") and self._countdown.is_now("mid_write"):
            super().append(path, data[: self._random.randrange(1, len(data))])
            die()
        super().append(path, data)

    def truncate(self, path: Path, size: int) -> None:
        if self._countdown.is_now("during_recovery"):
            if self._random.random() < 0.5:
                super().truncate(path, size)
            die()
        super().truncate(path, size)


class EarlyStore(RawStore):
    """A negative control: says that a snapshot is safe before it is."""

    say_stored: Callable[[str], None]

    def append(self, captures: Sequence[Capture]) -> Appended:
        self.say_stored(captures[0].snapshot_id)
        return super().append(captures)


class CarelessStore(RawStore):
    """A negative control: leaves a torn tail where it is."""

    def _bring_up_to_date(self, index: DayIndex, day: Any, file_key: str) -> list[TornTail]:
        path = self.folder.growing(day, file_key)
        growing = path.open("rb") if path.exists() else None
        try:
            index.update(growing, None)
        finally:
            if growing is not None:
                growing.close()
        return []


_STORES = {"nothing": RawStore, "acknowledge_early": EarlyStore, "skip_recovery": CarelessStore}


def live(trial: Trial, url: str, folder: Path, acknowledged: int) -> None:
    """Collect the trial's slots, or die."""
    countdown = Countdown(trial)
    random_source = random.Random(trial.seed)

    def say(snapshot_id: str) -> None:
        os.write(acknowledged, f"{snapshot_id}\n".encode())

    def acknowledge(result: SlotResult) -> None:
        if result.is_captured and trial.sabotage != "acknowledge_early":
            say(result.snapshot_id)

    files = DeadlyFiles(countdown, random_source)
    store = _STORES[trial.sabotage](folder, files=files, min_free_bytes=0, checkpoint=countdown)
    if isinstance(store, EarlyStore):
        store.say_stored = say
    claims = ClaimFolder(folder / "state", Holder.this_process("the crash test"))
    collector = Collector(store, claims, Source.SIMULATED, clock=HurriedClock(), checkpoint=countdown)
    plan = make_plan(url)
    for slot in range(trial.first_slot, trial.first_slot + trial.slots):
        collector.collect_slot_now(plan, slot, acknowledge)


def run_trial(trial: Trial, url: str, folder: Path, acknowledged: int) -> str:
    """Fork a collector for a trial and wait for its end: `killed`, `done`, or `broken` with its exit code."""
    child = os.fork()
    if child == 0:
        try:
            live(trial, url, folder, acknowledged)
        except BaseException:  # noqa: BLE001 - a forked child must never return into its parent's code
            sys.excepthook(*sys.exc_info())
            os._exit(3)
        os._exit(0)
    if trial.place == "any_time":
        # Waiting for input that does not come is a sleep that ends when the test gives up.
        select.select([], [], [], random.Random(trial.seed).uniform(0.0, 0.15))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "killed"
    return "done" if os.WEXITSTATUS(status) == 0 else f"broken {os.WEXITSTATUS(status)}"


def main() -> None:
    url, folder, acknowledged_path = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    acknowledged = os.open(acknowledged_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    open_client()  # loads the certificates once, before the forks
    for line in sys.stdin:
        outcome = run_trial(Trial(**json.loads(line)), url, folder, acknowledged)
        sys.stdout.write(outcome + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
