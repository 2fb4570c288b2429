"""Lives of workers, one after the other on one data folder with its own PostgreSQL, and what is left of them."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline.p2p.warehouse.migrate import migrate
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
from p2p_pipeline.postgres.server import DATABASE, WarehouseServer
from p2p_pipeline_tests.p2p.capture.sweeps.sweeping import NOON
from p2p_pipeline_tests.shared_files import REPOSITORY
from p2p_pipeline_tests.survival.lives import ANY_TIME, LOAD_PLACES, SUBWORKER_PLACE, SWEEP_PLACES, Trial
from p2p_pipeline_tests.survival.remains import Remains

SECONDS_A_LIFE = 20.0
"""By so much each sweep's clock is ahead of the last one's."""
MARKET_SPEED = 3600.0
"""How fast the simulated books move, so that each sweep finds changes."""


@dataclass
class KillSeries:
    """Workers on one data folder, each recovering what the last left."""

    runner: subprocess.Popen[str]
    remains: Remains
    random_source: random.Random
    killed: Counter[str] = field(default_factory=Counter)
    sentences: Counter[str] = field(default_factory=Counter)
    usual_seconds: float = 0.5
    """How long a whole life takes."""
    lives: int = 0

    def live(self, place: str = "nowhere", victim: str = "worker", **more: object) -> str:
        """One life; says how it ended."""
        self.lives += 1
        later = self.lives * SECONDS_A_LIFE
        trial = Trial(place, victim, later_seconds=later, **more)  # type: ignore[arg-type]
        assert self.runner.stdin is not None
        assert self.runner.stdout is not None
        self.runner.stdin.write(json.dumps(asdict(trial)) + "\n")
        self.runner.stdin.flush()
        begun = time.monotonic()
        outcome = self.runner.stdout.readline().strip()
        if place == "nowhere" and trial.sweeps:
            self.usual_seconds = time.monotonic() - begun
        assert outcome.split(" ")[0] in {"killed", "done", "trouble"}, outcome
        if outcome.startswith("trouble"):
            self.sentences[outcome.removeprefix("trouble ")] += 1
        if place != "nowhere":
            self.killed[f"{victim} at {place}"] += 1
        return outcome

    def kill_somebody(self) -> str:
        """A kill of a random kind at a random place or time."""
        victim = self.random_source.choice(("worker", "worker", "postmaster", "backend"))
        places = (*LOAD_PLACES, SUBWORKER_PLACE)
        place = self.random_source.choice([ANY_TIME, ANY_TIME, *places, *(SWEEP_PLACES if victim == "worker" else ())])
        return self.live(
            place,
            victim,
            passes=self.random_source.randrange(4) if place in SWEEP_PLACES else 0,
            delay_seconds=self.random_source.uniform(0.0, 1.2 * self.usual_seconds),
        )

    def recover(self) -> None:
        """The next run, which asks nothing: it must come to its end, and all must be well."""
        assert self.live(sweeps=False) == "done"
        troubles = self.troubles(newest=3)
        assert not troubles, troubles

    def kill_and_recover(self, place: str | None = None, victim: str = "worker", **more: object) -> str:
        """A kill (of a random kind where no place is given), a look at what is left, the next run, another look."""
        outcome = self.kill_somebody() if place is None else self.live(place, victim, **more)
        # Not always: looking starts a killed server again, which the next run has to be able to do by itself.
        if self.random_source.random() < 0.5:
            troubles = self.troubles(newest=3, is_settled=False)
            assert not troubles, troubles
        self.recover()
        return outcome

    def troubles(self, newest: int | None = None, *, is_settled: bool = True) -> list[str]:
        """See Remains."""
        return self.remains.troubles(newest, is_settled=is_settled)

    @property
    def server(self) -> WarehouseServer:
        """See Remains."""
        return self.remains.server


@contextmanager
def kill_series(seed: int, *, is_quick: bool = False, disk_size: str | None = None) -> Iterator[KillSeries]:
    """A data folder, a venue, a warehouse of its own, and a runner of lives.

    `is_quick` leaves out the waiting for the disk: it matters when the power goes, and not for kills. `disk_size`, such
    as `200m`, gives PostgreSQL a small disk of its own, where the test may make one; else it is skipped.
    """
    with own_folder() as folder, _small_disk(folder, disk_size):
        paths, acknowledged = DataPaths(folder / "data"), folder / "acknowledged.txt"
        acknowledged.touch()
        begun = time.monotonic()
        options = SimulatorOptions(
            CatalogueOptions(seed=seed, offers_per_side=12),
            clock=lambda: NOON + (time.monotonic() - begun) * MARKET_SPEED,
        )
        with own_server(paths, is_quick=is_quick), running_simulator(options) as simulator:
            command = [sys.executable, "-m", "p2p_pipeline_tests.survival.lives"]
            arguments = [simulator.url, str(paths.root), str(acknowledged)]
            with subprocess.Popen(
                [*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
            ) as runner:
                yield KillSeries(runner, Remains(paths, acknowledged), random.Random(seed))
                assert runner.stdin is not None
                runner.stdin.close()


@contextmanager
def own_folder() -> Iterator[Path]:
    """Outside of pytest's own: PostgreSQL's user must reach it, and any other pytest that starts closes that one."""
    folder = Path(tempfile.mkdtemp(prefix="p2p-survival-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _small_disk(folder: Path, size: str | None) -> Iterator[None]:
    if size is None:
        yield
        return
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
        pytest.skip("a small disk needs root, who may mount one")
    try:
        (folder / "data").mkdir()
        (folder / "data" / "postgres").symlink_to(disk / "postgres")
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@contextmanager
def own_server(paths: DataPaths, *, is_quick: bool) -> Iterator[None]:
    embedded = EmbeddedPostgres(paths)
    try:
        server = embedded.use(DATABASE)
        if is_quick:
            with connect(server, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                connection.execute("SELECT pg_reload_conf()")
        migrate(server)
        yield
    finally:
        embedded.stop(even_if_used=True)
