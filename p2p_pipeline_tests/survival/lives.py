"""Runs a sweep, its load and the subworkers in a process of its own, in which somebody dies where a trial says so.

    python -m p2p_pipeline_tests.survival.lives SIMULATOR_URL DATA_FOLDER ACKNOWLEDGED_FILE

reads one trial a line from stdin (JSON), forks a worker for it (so that the imports are paid once), and answers with a
line when that worker is dead or has done its work.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from psycopg import Connection

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.capture.client import open_client
from p2p_pipeline.p2p.capture.sweeps.sweep import SweepPlan, sweep_now
from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
from p2p_pipeline.p2p.raw.capture import Capture
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import Appended
from p2p_pipeline.p2p.warehouse.pending import load_pending
from p2p_pipeline.p2p.warehouse.subworkers.interface import OfferRow, Receives, RunStatus, Subworker
from p2p_pipeline.p2p.warehouse.subworkers.run import run_subworkers
from p2p_pipeline.postgres.connection import connected
from p2p_pipeline.postgres.server import WarehouseError, open_server
from p2p_pipeline_tests.p2p.capture.collecting import QUICK, HurriedClock
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import SmallBinance

SWEEP_PLACES = ("begun", "before_request", "after_response", "after_append", "before_end")
LOAD_PLACES = ("staged", "merged", "before_commit", "committed")
SUBWORKER_PLACE = "subworker"
ANY_TIME = "any_time"
FIATS = ("BOB", "KES")
ASSETS = ("BTC", "USDT")


@dataclass(frozen=True, slots=True)
class Trial:
    """One life of a worker."""

    place: str
    """Where somebody dies: a checkpoint, `any_time`, or `nowhere`."""
    victim: str = "worker"
    """`worker`, `postmaster`, or `backend`: the server's process that serves the worker, or at any time any of them."""
    passes: int = 0
    """How often the place may be passed before."""
    delay_seconds: float = 0.0
    """For `any_time`."""
    later_seconds: float = 0.0
    """What time it is, after the real one: so that no two sweeps begin in the same second."""
    sweeps: bool = True
    """Whether it asks the venue, or only loads what is stored."""
    sabotage: str = "nothing"
    """What a negative control does wrong: `two_transactions`, `forgets`."""


class LaterClock(HurriedClock):
    """The real time and some."""

    def __init__(self, later_seconds: float) -> None:
        self._later = timedelta(seconds=later_seconds)

    def now(self) -> datetime:
        return super().now() + self._later


class AcknowledgingStore(RawStore):
    """Writes down what the store said was safe."""

    acknowledged: int

    def append(self, captures: Sequence[Capture]) -> Appended:
        appended = super().append(captures)
        os.write(self.acknowledged, f"{appended.snapshot_id}\n".encode())
        return appended


class Death:
    """Kills the victim at the place it is for, after so many passes."""

    def __init__(self, trial: Trial, paths: DataPaths) -> None:
        self._trial = trial
        self._paths = paths
        self._left = trial.passes
        self.backend: int | None = None
        self.connection: Connection[tuple[object, ...]] | None = None

    def __call__(self, place: str) -> None:
        if place == "merged" and self._trial.sabotage == "two_transactions" and self.connection is not None:
            self.connection.pgconn.exec_(b"COMMIT")
            self.connection.pgconn.exec_(b"BEGIN")
        if place != self._trial.place:
            return
        self._left -= 1
        if self._left == -1:
            strike(self._trial.victim, os.getpid(), self._paths, random.Random(), self.backend)


def server_processes(paths: DataPaths) -> tuple[int, list[int]]:
    """The embedded server's postmaster and its children; (0, []) where it does not run."""
    with suppress(OSError, ValueError, IndexError, psutil.Error):
        process_id = int((paths.postgres / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        process = psutil.Process(process_id)
        if "postgres" in process.name():
            return process_id, [child.pid for child in process.children()]
    return 0, []


def strike(
    victim: str, worker: int, paths: DataPaths, random_source: random.Random, backend: int | None = None
) -> bool:
    """Send SIGKILL; False where there was nobody to get it."""
    postmaster, children = server_processes(paths)
    chosen = {
        "worker": worker,
        "postmaster": postmaster,
        "backend": backend or (random_source.choice(children) if children else 0),
    }[victim]
    if not chosen:
        return False
    with suppress(ProcessLookupError):
        os.kill(chosen, signal.SIGKILL)
        return True
    return False


def count_offers(connection: Connection[tuple[object, ...]], batch_id: int, rows: Iterator[OfferRow]) -> int:
    """A subworker whose table is wrong as soon as a batch was done twice, or not, or in half."""
    connection.execute("INSERT INTO counted_offers VALUES (%s, %s)", [batch_id, sum(1 for _ in rows)])
    return 1


COUNTING = Subworker(
    "counting",
    "How many offers each batch has",
    ("counted_offers",),
    Receives.ALL,
    count_offers,
    "CREATE TABLE IF NOT EXISTS counted_offers (batch_id bigint, offers integer)",
)


def live(trial: Trial, url: str, paths: DataPaths, acknowledged: int) -> None:
    """Sweep, load whatever is stored and not loaded, run the subworkers; or die."""
    death = Death(trial, paths)
    venue = SmallBinance(url, fiats=FIATS, assets=ASSETS)
    if trial.sweeps:
        store = AcknowledgingStore(paths.root, min_free_bytes=0)
        store.acknowledged = acknowledged
        plan = SweepPlan(venue, QUICK, budget_seconds=20.0)
        sweep_now(
            plan, store, paths.state, Source.SIMULATED, program="survival", clock=LaterClock(trial.later_seconds),
            random_source=random.Random(1), checkpoint=death,
        )  # fmt: skip
    if trial.sabotage == "forgets":
        return
    server = open_server(paths, {})
    with connected(server, program="survival") as connection:
        death.backend = connection.info.backend_pid
        death.connection = connection
        load_pending(connection, RawReader(paths.root), venue, PaymentMap.load(), checkpoint=death)
    death.backend = None
    death(SUBWORKER_PLACE)
    for report in run_subworkers(server, subworkers=[COUNTING]):
        if report.status is RunStatus.FAILED:
            raise WarehouseError(report.error or "the subworker failed")


def run_trial(trial: Trial, url: str, paths: DataPaths, acknowledged: int) -> str:
    """Fork a worker for a trial and wait for its end: `killed`, `done`, `trouble …` in a sentence, or `broken …`."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            live(trial, url, paths, acknowledged)
        except WarehouseError as error:
            os.write(writing, str(error).encode())
            os._exit(1)
        except BaseException as error:  # noqa: BLE001 - a forked child must never return into its parent's code
            sys.excepthook(*sys.exc_info())
            os.write(writing, repr(error).encode())
            os._exit(3)
        os._exit(0)
    os.close(writing)
    if trial.place == ANY_TIME:
        # Waiting for input that does not come is a sleep that ends when the test gives up.
        select.select([], [], [], trial.delay_seconds)
        strike(trial.victim, child, paths, random.Random(trial.later_seconds))
    with os.fdopen(reading, encoding="utf-8", errors="replace") as said:
        words = " ".join(said.read().split())
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "killed"
    return {0: "done", 1: f"trouble {words}"}.get(os.WEXITSTATUS(status), f"broken {words}")


def main() -> None:
    """Serve trials until there are no more."""
    url, paths, acknowledged_path = sys.argv[1], DataPaths(Path(sys.argv[2])), Path(sys.argv[3])
    acknowledged = os.open(acknowledged_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    open_client()  # loads the certificates once, before the forks
    for line in sys.stdin:
        outcome = run_trial(Trial(**json.loads(line)), url, paths, acknowledged)
        sys.stdout.write(outcome + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
