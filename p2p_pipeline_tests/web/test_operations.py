"""Operations: what the ledger, Dagster's records and the disk say, and what is said where one of them is not there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.disk import DiskUse
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline.web.pages.dagster_links import DagsterLinks, checked_url
from p2p_pipeline_tests.monitoring.made_up_ledger import add_batch, add_check
from p2p_pipeline_tests.web.serving import NOON, Page, client_of, edges_over


def test_batches_their_errors_and_what_was_judged_of_them_are_shown(
    web_folder: Path, warehouse: WarehouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P2P_POSTGRES_URL", warehouse.url)
    with connect(warehouse, autocommit=True) as connection:
        add_batch(connection, NOON - timedelta(hours=1))
        partial = add_batch(
            connection, NOON - timedelta(minutes=5), status="partial", markets_complete=790, errors={"timeout": 3}
        )
        add_check(connection, partial, "error_rate", passed=False, value=0.2)
    edges = edges_over(web_folder)
    edges.dagster_url = "http://127.0.0.1:3000/"
    with client_of(edges) as asking:
        page = Page(asking.get("/ops").text)
        links = [one.attributes["href"] for one in page.all("a") if "/ops/batches/" in one.attributes["href"]]
        assert links[0] == f"/ops/batches/{partial}"
        assert len(links) == 2
        assert "790/800" in page.text
        assert "timeout" in page.text
        batch = Page(asking.get(links[0]).text)
        assert "790 of 800 markets that were due" in batch.text
        assert "few requests without an answer" in batch.text
        assert "made up" in batch.text
        assert "http://127.0.0.1:3000/assets/warehouse/batches" in [one.attributes["href"] for one in batch.all("a")]
        assert asking.get("/ops/batches/1").status_code == 404


def test_without_warehouse_and_dagster_the_page_says_what_to_do_and_the_rest_stands(client: TestClient) -> None:
    page = Page(client.get("/ops").text)
    assert "Dagster never ran on this data" in page.text
    assert "No batches can be shown" in page.text
    assert "raw answers" in page.text
    assert not [one for one in page.all("a") if one.attributes["href"].startswith("http")], "no address of Dagster"


def test_the_disk_is_full_when_its_reserve_is_reached_at_the_pace_of_the_last_days() -> None:
    told = DiskUse(0, 0, None, 0, free=1_000, kept_free=400, growth_a_day=60.0)
    assert told.days_left == 10
    assert DiskUse(0, 0, None, 0, free=1, kept_free=400, growth_a_day=60.0).days_left == 0
    assert DiskUse(0, 0, None, 0, free=1_000, kept_free=400, growth_a_day=None).days_left is None


def test_links_lead_to_dagsters_own_pages_and_only_to_an_address_that_a_browser_opens() -> None:
    links = DagsterLinks.of("http://host:3000/")
    assert links is not None
    assert links.check(("bybit", "offers"), "schema_drift") == (
        "http://host:3000/assets/bybit/offers?view=checks&checkDetail=schema_drift"
    )
    assert links.ticking("sensors", "watch") == "http://host:3000/locations/p2p_pipeline/sensors/watch"
    assert DagsterLinks.of(None) is None
    for wrong in ("javascript:alert(1)", "host:3000", "http://[", "file:///etc"):
        with pytest.raises(InvalidInput, match="address of Dagster"):
            checked_url(wrong)
