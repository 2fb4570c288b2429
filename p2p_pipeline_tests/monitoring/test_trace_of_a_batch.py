"""A real sweep of the simulator and its real load, traced: one trace from the first request to the ledger's row."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from p2p_pipeline.monitoring.traces import ids_of_batch
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.simulator.server import SimulatorOptions, running_simulator


@pytest.fixture(scope="module")
def traced(
    tmp_path_factory: pytest.TempPathFactory, embedded_postgres: str, migrated_template: str
) -> tuple[dict[str, Any], list[Any], str]:
    """What `p2p sweep --json` said of a share of the fiats, its spans, and its log."""
    folder = tmp_path_factory.mktemp("traced")
    with psycopg.connect(embedded_postgres, autocommit=True) as server:
        server.execute(f"CREATE DATABASE traced TEMPLATE {migrated_template}")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("P2P_", "OTEL_"))},
        "P2P_DATA_DIR": str(folder),
        "P2P_POSTGRES_URL": re.sub(r"/postgres(?=\?|$)", "/traced", embedded_postgres, count=1),
        "P2P_TRACES": "file",
        "P2P_LOG_FORMAT": "json",
    }
    with running_simulator(SimulatorOptions(CatalogueOptions(seed=3, total_offers=300))) as simulator:
        program = str(Path(sys.executable).parent / "p2p")
        command = [program, "sweep", "--source", simulator.url, "--rate", "400", "--worker", "1/30", "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = (folder / "logs" / "traces.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads(done.stdout), [json.loads(line) for line in lines], done.stderr


def test_the_sweep_is_the_root_of_the_one_trace_of_its_batch(traced: tuple[dict[str, Any], list[Any], str]) -> None:
    said, spans, _ = traced
    trace_id, root_id = ids_of_batch(said["batch_id"])
    of_batch = [one for one in spans if one["context"]["trace_id"] == f"0x{trace_id:032x}"]
    [root] = [one for one in of_batch if one["parent_id"] is None]
    assert root["name"] == "sweep"
    assert root["context"]["span_id"] == f"0x{root_id:016x}"
    assert root["attributes"]["batch_id"] == said["batch_id"]
    assert root["attributes"]["status"] == said["status"]
    assert root["attributes"]["requests"] == said["requests"]


def test_each_part_of_the_batch_hangs_where_it_belongs(traced: tuple[dict[str, Any], list[Any], str]) -> None:
    said, spans, _ = traced
    trace_id = f"0x{ids_of_batch(said['batch_id'])[0]:032x}"
    of_batch = [one for one in spans if one["context"]["trace_id"] == trace_id]
    names = {one["context"]["span_id"]: one["name"] for one in of_batch}
    links = Counter((one["name"], names.get(one["parent_id"] or "")) for one in of_batch)
    # Each request is traced: those for the lists below the sweep, all others below their market side.
    assert links["request", "sweep"] + links["request", "market side"] == said["requests"]
    assert links["request", "market side"] >= links["market side", "sweep"] > 10
    assert links["load", "sweep"] == links["stage", "load"] == links["merge", "load"] == links["ledger", "load"] == 1
    # A first load compares a second time.
    assert links["merge compare", "merge"] in (1, 2)
    [load] = [one for one in of_batch if one["name"] == "load"]
    assert load["attributes"] == {
        "batch_id": said["batch_id"],
        "offers": said["offers_extracted"],
        "inserted": said["offers_inserted"],
        "updated": said["offers_updated"],
    }


def test_its_log_lines_name_the_batch(traced: tuple[dict[str, Any], list[Any], str]) -> None:
    said, _, log = traced
    lines = [json.loads(line) for line in log.splitlines()]
    ended = [line for line in lines if line["message"].startswith("the sweep has ended")]
    assert [line["batch_id"] for line in ended] == [said["batch_id"]]
    assert ended[0]["venue"] == "binance"
