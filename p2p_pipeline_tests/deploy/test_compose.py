"""The compose file holds together. It was never started here: there is no Docker engine on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psycopg
import pytest
import yaml

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.monitoring.warehouse_numbers import read_sizes, read_warehouse
from p2p_pipeline.p2p.warehouse.migrate import migrate
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.embedded import EmbeddedPostgres
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.monitoring.test_metrics import NOW
from p2p_pipeline_tests.shared_files import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ENDS_BY_ITSELF = {"migrate"}


def filled_in() -> dict[str, str]:
    """The variables of .env.example, those that are empty filled in."""
    lines = (DEPLOY / ".env.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name: value or "example123" for name, value in given.items()}


def test_all_parts_of_an_installation_are_there() -> None:
    wanted = {"postgres", "migrate", "code", "daemon", "webserver", "stream", "metrics", "prometheus", "grafana"}
    assert SERVICES.keys() == wanted


def compose_command() -> list[str] | None:
    if shutil.which("docker"):
        asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


def test_compose_itself_takes_the_file(tmp_path: Path) -> None:
    command = compose_command()
    if command is None:
        pytest.skip("needs Docker's compose, as a plugin or as Debian's docker-compose")
    env = tmp_path / "env"
    env.write_text("".join(f"{name}={value}\n" for name, value in filled_in().items()), encoding="utf-8")
    asked = [*command, "--env-file", str(env), "-f", str(DEPLOY / "compose.yaml"), "config"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    resolved = yaml.safe_load(done.stdout)
    assert resolved["services"].keys() == SERVICES.keys()
    assert Path(resolved["services"]["code"]["build"]["context"]).resolve() == DEPLOY.parent


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_how_it_is_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == ("no" if name in ENDS_BY_ITSELF else "unless-stopped")
    assert ("healthcheck" in service) is (name not in ENDS_BY_ITSELF)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_what_can_be_waited_for(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        ends = "service_completed_successfully" if other in ENDS_BY_ITSELF else "service_healthy"
        assert how["condition"] == ends


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_mounts_is_there(name: str) -> None:
    for mount in SERVICES[name].get("volumes", ()):
        source = mount.split(":")[0]
        if source.startswith("."):
            assert (DEPLOY / source).exists(), mount
            assert mount.endswith(":ro"), f"{mount}: a container has no business writing into the repository"
        else:
            assert source in COMPOSE["volumes"], mount


def test_nothing_listens_beyond_loopback() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_secrets_come_from_the_environment_and_a_missing_one_is_told() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+)", text))
    assert asked | {"COMPOSE_PROJECT_NAME"} == filled_in().keys()
    for line in text.splitlines():
        if "PASSWORD" in line:
            assert re.search(r"\$\{\w*PASSWORD:\?set it in deploy/\.env\}", line), line
    example = (DEPLOY / ".env.example").read_text(encoding="utf-8")
    assert not re.search(r"^\w*PASSWORD=.+$", example, re.MULTILINE)


def test_the_image_has_what_the_services_start_with() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for source in copied.split():
            assert (DEPLOY.parent / source).exists(), source
    workspace = yaml.safe_load((DEPLOY / "workspace.yaml").read_text(encoding="utf-8"))
    server = workspace["load_from"][0]["grpc_server"]
    assert f"--port={server['port']}" in SERVICES["code"]["command"]
    # Runs are known to be of this machine by this name: see orchestration/dead_runs.py.
    assert server["host"] == "code" == SERVICES["code"]["hostname"]


@pytest.fixture(scope="module")
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL with nothing in it, roles neither: the URL of its administrator."""
    server = EmbeddedPostgres(DataPaths(tmp_path_factory.mktemp("fresh")))
    yield server.use("postgres").url
    server.stop(even_if_used=True)


@pytest.mark.skipif(shutil.which("psql") is None, reason="needs psql (Debian's package postgresql-client)")
def test_the_databases_are_made_so_that_the_owner_migrates_and_the_onlooker_only_reads(fresh_server: str) -> None:
    host = unquote(re.findall(r"host=([^&]+)", fresh_server)[0])
    script = DEPLOY / "postgres" / "make_databases.sh"
    environment = {**os.environ, **filled_in(), "POSTGRES_USER": "postgres", "PGHOST": host}
    environment["P2P_READER_PASSWORD"] = 'it\'s "quoted"; $HOME'
    done = subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    def of(user: str, database: str = "p2p") -> WarehouseServer:
        return WarehouseServer(f"postgresql://{user}@/{database}?host={host}", is_embedded=False)

    migrate(of("p2p"))
    with connect(of("p2p_onlooker"), autocommit=True) as connection:
        numbers = read_warehouse(connection, NOW, pending_since=NOW)
        assert numbers.offers_open == 0
        assert read_sizes(connection)
        assert connection.execute("SELECT count(*) FROM market_best").fetchone() == (0,)
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM ops_batch_runs")
    with connect(of("dagster", "dagster")) as connection:
        connection.execute("CREATE TABLE runs (id int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(of("dagster").url)
