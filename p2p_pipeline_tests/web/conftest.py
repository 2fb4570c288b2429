"""One small service for all tests that only ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.conftest import created_database
from p2p_pipeline_tests.web.serving import client_of, edges_over, stored_book
from p2p_pipeline_tests.web.swept import load_signals_of_a_scan, load_sweeps


@pytest.fixture(scope="session")
def web_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that nobody changes."""
    folder = tmp_path_factory.mktemp("web")
    stored_book(folder)
    return folder


@pytest.fixture(scope="session")
def client(web_folder: Path) -> Iterator[TestClient]:
    """Asks the service; what it redirects to is not followed."""
    with client_of(edges_over(web_folder)) as asking:
        yield asking


@pytest.fixture(scope="session")
def swept_warehouse(embedded_postgres: str, migrated_template: str) -> WarehouseServer:
    """A warehouse with three sweeps, and what a scan of the exchanges found; nobody changes it."""
    server = WarehouseServer(created_database(embedded_postgres, "swept", migrated_template), is_embedded=False)
    load_sweeps(server)
    load_signals_of_a_scan(server)
    return server
