"""SIGKILL of Dagster's daemon, alone and with everything it started, while its schedule sweeps each minute."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil
import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.instance.ref import InstanceRef

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.shared_files import REPOSITORY
from p2p_pipeline_tests.survival.kill_series import own_folder, own_server
from p2p_pipeline_tests.survival.remains import Remains

KILLS = int(os.environ.get("P2P_DAEMON_KILLS") or 5)
SETTINGS = """
markets: []
sweep: {interval_minutes: 1, requests_per_second: 100, budget_seconds: 8}
warehouse: {partitions_ahead_days: 1}
"""


@dataclass
class Daemon:
    """Dagster's daemon over a data folder, with its code server and its runs."""

    remains: Remains
    environment: dict[str, str]
    log: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    left: set[psutil.Process] = field(default_factory=set)
    """Of killed daemons: what they had started, and was not killed with them."""

    def start(self) -> None:
        program = Path(sys.executable).with_name("dagster-daemon")
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(program), "run", "-w", str(REPOSITORY / "workspace.yaml")],
                cwd=REPOSITORY, env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.started.append(process)

    def kill(self, *, with_children: bool) -> None:
        """The newest daemon alone, or with its code server and the runs' processes, as when a machine goes down."""
        children = psutil.Process(self.started[-1].pid).children(recursive=True)
        self.left |= {child for child in children if not is_postgres(child)}
        self.started[-1].kill()
        if with_children:
            self.kill_what_is_left()
        self.started[-1].wait(30)

    def kill_what_is_left(self) -> None:
        for process in self.left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.left.clear()

    def instance(self) -> DagsterInstance:
        return DagsterInstance.from_ref(
            InstanceRef.from_dir(self.environment["DAGSTER_HOME"], config_dir=str(REPOSITORY))
        )

    def new_runs(self, status: DagsterRunStatus, known: set[str]) -> set[str]:
        return self.runs(status) - known

    def runs(self, *statuses: DagsterRunStatus) -> set[str]:
        """The sweeps with one of these statuses."""
        with self.instance() as instance:
            return {run.run_id for run in instance.get_runs(RunsFilter(job_name="sweep", statuses=list(statuses)))}


def is_postgres(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "postgres" in process.name()
    return True


def wait_for(what: str, condition: Callable[[], object], seconds: float = 400.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"no {what} after {seconds:.0f} s"
        time.sleep(0.5)


def note_what_is_stored(remains: Remains) -> None:
    reader = RawReader(remains.paths.root)
    names = {name for day in reader.days() for key in reader.file_keys(day) for name in reader.snapshot_ids(day, key)}
    remains.acknowledged.write_text("\n".join(sorted(names)), encoding="utf-8")


@pytest.mark.long
@pytest.mark.timeout(3600)
@only_long
def test_after_kills_of_dagsters_daemon_the_schedule_goes_on_and_nothing_is_lost_or_doubled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seed = int(os.environ.get("P2P_SEED") or random.randrange(10_000))
    chance = random.Random(seed)
    with own_folder() as folder:
        remains = Remains(DataPaths(folder / "data"), folder / "acknowledged.txt", subworker=None)
        with (
            own_server(remains.paths, is_quick=True),
            running_simulator(SimulatorOptions(CatalogueOptions(seed=7, total_offers=4_000))) as simulator,
        ):
            daemon = Daemon(remains, environment_of(folder, simulator.url), folder / "daemon.log")
            # Dagster's records lie where it says.
            monkeypatch.setenv("P2P_DATA_DIR", str(remains.paths.root))
            try:
                for number in range(KILLS):
                    # What the last kill left seems to run until the sensor `watch` has looked.
                    known = daemon.runs(DagsterRunStatus.STARTED)
                    daemon.start()
                    wait_for("started sweep", partial(daemon.new_runs, DagsterRunStatus.STARTED, known))
                    time.sleep(chance.uniform(0.0, 20.0))
                    note_what_is_stored(remains)
                    daemon.kill(with_children=number % 2 == 0)
                    sys.stdout.write(f"kill {number + 1}: {len(remains.stored_batches())} sweeps are stored\n")
                    troubles = remains.troubles(is_settled=False)
                    assert not troubles, f"seed {seed}, kill {number + 1}: {troubles}"
                done = daemon.runs(DagsterRunStatus.SUCCESS)
                daemon.start()
                wait_for("finished sweep", partial(daemon.new_runs, DagsterRunStatus.SUCCESS, done))
                daemon.kill(with_children=True)
            finally:
                if daemon.started[-1].poll() is None:
                    daemon.kill(with_children=True)
                daemon.kill_what_is_left()
            settle(daemon, simulator.url)
            troubles = remains.troubles()
            sys.stdout.write(f"seed {seed}: {KILLS} kills, {len(remains.stored_batches())} sweeps\n")
    assert not troubles, f"seed {seed}: {troubles}"


def settle(daemon: Daemon, simulator_url: str) -> None:
    """A run by hand for whatever the last kill left: it loads all that is stored."""
    command = [sys.executable, "-W", "ignore", "-m", "p2p_pipeline.cli", "sweep", "--source", simulator_url]
    done = subprocess.run(
        [*command, "--worker", "1/40", "--rate", "200", "--json"],
        cwd=REPOSITORY, env=daemon.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with connect(daemon.remains.server) as connection:
        assert connection.execute("SELECT count(*) FROM ops_batch_runs WHERE source <> 'simulated'").fetchone() == (0,)


def environment_of(folder: Path, simulator_url: str) -> dict[str, str]:
    home, settings = folder / "dagster", folder / "settings.yaml"
    home.mkdir()
    shutil.copy(REPOSITORY / "dagster.yaml", home / "dagster.yaml")
    settings.write_text(SETTINGS, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("P2P_", "DAGSTER"))}
    return kept | {
        "P2P_DATA_DIR": str(folder / "data"),
        "P2P_SOURCE": simulator_url,
        "P2P_SETTINGS": str(settings),
        "DAGSTER_HOME": str(home),
    }
