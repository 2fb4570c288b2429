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

from p2p_pipeline.capture.raw_reader import RawReader
from p2p_pipeline.capture.raw_store import RawStore
from p2p_pipeline.capture.stored import StoredSnapshot
from p2p_pipeline.capture.sweeps.batches import batch_of, batch_snapshots
from p2p_pipeline.paths import DataPaths
from p2p_pipeline.simulator.catalogue import CatalogueOptions
from p2p_pipeline.simulator.server import SimulatorOptions, running_simulator
from p2p_pipeline.venues.binance import BinanceVenue
from p2p_pipeline.warehouse.embedded import EmbeddedPostgres
from p2p_pipeline.warehouse.migrate import migrate
from p2p_pipeline.warehouse.server import DATABASE, WarehouseServer, connect
from p2p_pipeline_tests.capture.sweeps.sweeping import NOON
from p2p_pipeline_tests.survival.lives import ANY_TIME, LOAD_PLACES, SUBWORKER_PLACE, SWEEP_PLACES, Trial

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS_A_LIFE = 20.0
"""By so much each sweep's clock is ahead of the last one's."""
MARKET_SPEED = 3600.0
"""How fast the simulated books move, so that each sweep finds changes."""

Offers = dict[tuple[str, ...], int]


@dataclass
class KillSeries:
    """Workers on one data folder, each recovering what the last left."""

    runner: subprocess.Popen[str]
    paths: DataPaths
    acknowledged: Path
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

    @property
    def server(self) -> WarehouseServer:
        """The embedded server, started again where it was killed."""
        return EmbeddedPostgres(self.paths).use(DATABASE)

    def troubles(self, newest: int | None = None, *, is_settled: bool = True) -> list[str]:
        """What is wrong, in sentences; of the newest batches, or of all.

        `is_settled` says that a run came to its end since the last kill: only then everything stored must be loaded.
        """
        found = list(self._raw_troubles())
        stored = self.stored_batches()
        with connect(self.server) as connection:
            ledger = [int(str(row[0])) for row in connection.execute("SELECT batch_id FROM ops_batch_runs ORDER BY 1")]
            stray = connection.execute(
                "SELECT count(*) FROM fact_market_depth WHERE batch_id NOT IN (SELECT batch_id FROM ops_batch_runs)"
            ).fetchone()
            overlaps = connection.execute(
                """SELECT count(*) FROM offer_versions AS one JOIN offer_versions AS other USING (offer_id)
                WHERE one.valid_from < other.valid_to AND other.valid_from < one.valid_to AND one.ctid <> other.ctid
                    AND one.valid_to <> other.valid_to"""
            ).fetchone()
            if stray != (0,):
                found.append(f"{stray} market sides belong to no loaded batch: one is half-loaded")
            if overlaps != (0,):
                found.append(f"{overlaps} versions of an offer hold at the same time")
            if is_settled and set(stored) != set(ledger):
                found.append(f"stored and not loaded: {sorted(set(stored) ^ set(ledger))}")
            for batch_id in ledger[-newest:] if newest else ledger:
                found += self._batch_troubles(batch_id, _loaded_offers(connection, batch_id))
            if is_settled:
                found += _subworker_troubles(connection)
        return found

    def stored_batches(self) -> list[int]:
        """The batches of which the raw store has anything said by the sweep itself."""
        reader = RawReader(self.paths.root)
        names = (name for day in reader.days() for name in reader.snapshot_ids(day, "binance.sweeps"))
        return sorted({batch_id for batch_id in map(batch_of, names) if batch_id is not None})

    def _raw_troubles(self) -> Iterator[str]:
        store, reader = RawStore(self.paths.root, min_free_bytes=0), RawReader(self.paths.root)
        counts: Counter[str] = Counter()
        for day in reader.days():
            store.recover(day)
            for key in reader.file_keys(day):
                for stored in reader.read(day, key):
                    if isinstance(stored, StoredSnapshot):
                        counts[stored.snapshot_id] += 1
                    else:
                        yield f"damaged: {stored}"
        said = self.acknowledged.read_text(encoding="utf-8").split()
        yield from (f"acknowledged and lost: {name}" for name in said if name not in counts)
        yield from (f"stored twice: {name}" for name, count in counts.items() if count > 1)

    def _batch_troubles(self, batch_id: int, loaded: Offers) -> Iterator[str]:
        stored = stored_offers(RawReader(self.paths.root), batch_id)
        yield from (f"batch {batch_id}: lost {offer}" for offer in stored if offer not in loaded)
        yield from (f"batch {batch_id}: invented {offer}" for offer in loaded if offer not in stored)
        yield from (f"batch {batch_id}: doubled {offer}" for offer, count in loaded.items() if count > 1)


def stored_offers(reader: RawReader, batch_id: int) -> Offers:
    """What the raw store has of a batch, read without the loader."""
    venue = BinanceVenue()
    offers: Offers = {}
    for snapshot in batch_snapshots(reader, "binance", batch_id):
        assert isinstance(snapshot, StoredSnapshot), snapshot
        seen: set[str] = set()
        for capture, _ in snapshot.captures:
            side = capture.market_side
            if capture.outcome != "ok" or side is None:
                continue
            for _, offer in venue.read_search(capture.body, side.market, side.side, capture.page or 1).offers:
                if offer.offer_id not in seen:
                    seen.add(offer.offer_id)
                    numbers = (offer.price, offer.available_asset, offer.min_fiat, offer.max_fiat)
                    key = (offer.offer_id, offer.asset, offer.fiat, str(offer.side), *(f"{n:.10f}" for n in numbers))
                    offers[key] = 1
    return offers


def _loaded_offers(connection: object, batch_id: int) -> Offers:
    rows = connection.execute(  # type: ignore[attr-defined]
        """SELECT offer_external_id, symbol, currency_code, trade_type::text, price, available_amount, min_limit,
            max_limit
        FROM fact_offers JOIN dim_cryptocurrencies USING (crypto_id) JOIN dim_fiat_currencies USING (fiat_id)
        WHERE batch_id = %s""",
        [batch_id],
    )
    return dict(Counter((*row[:4], *(f"{number:.10f}" for number in row[4:])) for row in rows))


def _subworker_troubles(connection: object) -> Iterator[str]:
    rows = connection.execute(  # type: ignore[attr-defined]
        """SELECT batch_id, batch.total_offers_extracted, array_agg(counted.offers), run.status
        FROM ops_batch_runs AS batch
        LEFT JOIN counted_offers AS counted USING (batch_id)
        LEFT JOIN ops_subworker_runs AS run USING (batch_id)
        GROUP BY batch_id, batch.total_offers_extracted, run.status"""
    )
    for batch_id, offers, counted, status in rows:
        if counted != [offers] or status != "done":
            yield f"batch {batch_id} has {offers} offers; the subworker counted {counted} and is {status}"


@contextmanager
def kill_series(seed: int, *, is_quick: bool = False, disk_size: str | None = None) -> Iterator[KillSeries]:
    """A data folder, a venue, a warehouse of its own, and a runner of lives.

    `is_quick` leaves out the waiting for the disk: it matters when the power goes, and not for kills. `disk_size`, such
    as `200m`, gives PostgreSQL a small disk of its own, where the test may make one; else it is skipped.
    """
    with _own_folder() as folder, _small_disk(folder, disk_size):
        paths, acknowledged = DataPaths(folder / "data"), folder / "acknowledged.txt"
        acknowledged.touch()
        begun = time.monotonic()
        options = SimulatorOptions(
            CatalogueOptions(seed=seed, offers_per_side=12),
            clock=lambda: NOON + (time.monotonic() - begun) * MARKET_SPEED,
        )
        with _own_server(paths, is_quick=is_quick), running_simulator(options) as simulator:
            command = [sys.executable, "-m", "p2p_pipeline_tests.survival.lives"]
            arguments = [simulator.url, str(paths.root), str(acknowledged)]
            with subprocess.Popen(
                [*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
            ) as runner:
                yield KillSeries(runner, paths, acknowledged, random.Random(seed))
                assert runner.stdin is not None
                runner.stdin.close()


@contextmanager
def _own_folder() -> Iterator[Path]:
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
def _own_server(paths: DataPaths, *, is_quick: bool) -> Iterator[None]:
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
