"""Three days of a small simulated market: as the venue showed them, and as a warehouse holds them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from p2p_pipeline.p2p.simulator.catalogue import Catalogue, CatalogueOptions
from p2p_pipeline.p2p.warehouse.views import refresh_views
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.conftest import created_database
from p2p_pipeline_tests.p2p.simulated_warehouse.fill import fill
from p2p_pipeline_tests.p2p.simulated_warehouse.states import write_fiat
from p2p_pipeline_tests.p2p.warehouse.questions.shown import Shown
from p2p_pipeline_tests.p2p.warehouse.simulated_market import SimulatedMarket

FIATS = ("RUB", "VND", "USD")
OFFERS = 2_000
FIRST = datetime(2026, 10, 21, tzinfo=UTC)
STARTS = [FIRST + timedelta(hours=3 * number, minutes=minute) for number in range(26) for minute in (0, 30)]


@pytest.fixture(scope="session")
def shown() -> Shown:
    """What the simulated venue showed, read by its adapter."""
    market = SimulatedMarket(OFFERS, fiats=FIATS)
    return Shown({start: {read.market_side: read.offers for read in market.reads(start)} for start in STARTS})


@pytest.fixture(scope="session")
def three_days(embedded_postgres: str, migrated_template: str) -> WarehouseServer:
    """The same in a warehouse whose views are up to date."""
    server = WarehouseServer(created_database(embedded_postgres, "three_days", migrated_template), is_embedded=False)
    catalogue = Catalogue(CatalogueOptions(total_offers=OFFERS))
    moments = np.array([start.timestamp() for start in STARTS])
    with connect(server) as connection:
        fill(connection, [write_fiat(catalogue, fiat, moments) for fiat in FIATS], moments)
        connection.commit()
        refresh_views(connection, is_everything=True)
    return server


@pytest.fixture
def asking(three_days: WarehouseServer) -> Iterator[psycopg.Connection[Any]]:
    """A connection whose changes are forgotten after the test."""
    with connect(three_days) as connection:
        yield connection
        connection.rollback()
