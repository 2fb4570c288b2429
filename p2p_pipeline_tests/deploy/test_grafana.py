"""The dashboards are sound: every query works on the real thing, and nothing lies on top of anything else."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from p2p_pipeline.monitoring.catalogue import BY_NAME
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.p2p.warehouse.views import refresh_views
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.warehouse.simulated_market import SimulatedMarket, batch_of_reads
from p2p_pipeline_tests.shared_files import REPOSITORY

GRAFANA = REPOSITORY / "deploy" / "grafana"
RULES = GRAFANA.parent / "prometheus" / "rules" / "p2p.yaml"
DASHBOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
NOW = datetime.now(UTC).replace(microsecond=1_000)
WELL_KNOWN_PANELS = {"row", "stat", "table", "timeseries"}


def board(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def targets() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in DASHBOARDS:
        for panel in board(path)["panels"]:
            for target in panel.get("targets", ()):
                yield f"{path.stem}: {panel['title']} {target['refId']}", target


PROMQL = {name: target["expr"] for name, target in targets() if "expr" in target}
SQL = {name: (target["rawSql"], target["format"]) for name, target in targets() if "rawSql" in target} | {
    f"{path.stem}: variable {variable['name']}": (variable["query"], "variable")
    for path in DASHBOARDS
    for variable in board(path)["templating"]["list"]
}


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    found = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "p2p.yaml").read_text(encoding="utf-8"))
    return {source["uid"]: source["type"] for source in found["datasources"]}


def test_there_is_one_for_operations_one_for_the_market_and_one_for_the_exchanges() -> None:
    assert [path.stem for path in DASHBOARDS] == ["exchanges", "market", "operations"]
    assert len(PROMQL) > 25
    assert len(SQL) > 15


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_are_well_known_ones_with_ids_of_their_own_and_do_not_overlap(path: Path) -> None:
    panels = board(path)["panels"]
    assert {panel["type"] for panel in panels} <= WELL_KNOWN_PANELS
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        assert 0 <= place["x"] <= 24 - place["w"], panel["title"]
        cells = set(
            itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))
        )
        assert not taken & cells, panel["title"]
        taken |= cells


def test_each_panel_asks_a_source_that_is_provisioned(sources: dict[str, str]) -> None:
    of_kind = {"prometheus": "prometheus", "grafana-postgresql-datasource": "postgres"}
    for name, target in targets():
        asked = target["datasource"]
        assert sources[asked["uid"]] == of_kind[asked["type"]], name


@pytest.mark.parametrize("name", PROMQL)
def test_a_promql_panel_asks_for_metrics_and_rules_that_there_are(name: str) -> None:
    recorded = set(re.findall(r"record: (\S+)", RULES.read_text(encoding="utf-8")))
    asked = set(re.findall(r"\b(?:p2p[_:]|md_|ws_|scan_|orderbooks?_|opportunities_)[\w:]+", PROMQL[name]))
    assert asked or "ALERTS" in PROMQL[name]
    assert asked <= BY_NAME.keys() | recorded


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs Debian's package `prometheus` (promtool)")
def test_every_promql_panel_parses(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(PROMQL.values())]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def reader(embedded_postgres: str, migrated_template: str) -> Iterator[psycopg.Connection[Any]]:
    """A warehouse with three loaded batches of two fiats, read by somebody who may only read."""
    with psycopg.connect(embedded_postgres, autocommit=True) as server:
        server.execute(f"CREATE DATABASE grafana_panels TEMPLATE {migrated_template}")
    url = re.sub(r"/postgres(?=\?|$)", "/grafana_panels", embedded_postgres, count=1)
    market = SimulatedMarket(2_000, fiats=("RUB", "USD"))
    with connect(WarehouseServer(url, is_embedded=False)) as connection:
        for minutes in (25, 15, 5):
            began = NOW - timedelta(minutes=minutes)
            load_batch(connection, batch_of_reads(began, list(market.reads(began))))
        refresh_views(connection, is_everything=True)
        connection.commit()
        connection.autocommit = True
        connection.execute("SET ROLE p2p_reader")
        yield connection
    with psycopg.connect(embedded_postgres, autocommit=True) as server:
        server.execute("DROP DATABASE grafana_panels WITH (FORCE)")


@pytest.mark.parametrize("name", SQL)
def test_a_sql_panel_runs_as_the_reader_and_gives_what_its_format_wants(
    name: str, reader: psycopg.Connection[Any]
) -> None:
    text, form = SQL[name]
    found = reader.execute(as_grafana_sends_it(text).encode())
    assert found.description is not None
    assert found.rowcount > 0, "it shows nothing of a warehouse that has it"
    columns = [column.name for column in found.description]
    if form == "time_series":
        assert columns == ["time", "metric", "value"]
        assert [column.type_display for column in found.description][:2] == ["timestamptz", "text"]
    if form == "variable":
        assert len(columns) == 1
    assert "numeric" not in [column.type_display for column in found.description], "Grafana shows numerics as text"


def as_grafana_sends_it(text: str) -> str:
    """With the macros and variables put in, as Grafana does."""
    until = NOW + timedelta(hours=1)
    since = NOW - timedelta(days=7)
    text = re.sub(
        r"\$__timeFilter\(([\w.]+)\)",
        rf"\1 BETWEEN '{since:%Y-%m-%dT%H:%M:%SZ}' AND '{until:%Y-%m-%dT%H:%M:%SZ}'",
        text,
    )
    text = text.replace("${fiat:sqlstring}", "'RUB'").replace("${asset:sqlstring}", "'USDT'")
    text = text.replace("${venue:sqlstring}", "'binance'")
    assert "$" not in text, f"something is left that this test does not know: {text}"
    return text


def test_no_password_lies_in_a_file() -> None:
    text = (GRAFANA / "provisioning" / "datasources" / "p2p.yaml").read_text(encoding="utf-8")
    for source in yaml.safe_load(text)["datasources"]:
        for value in source.get("secureJsonData", {}).values():
            assert re.fullmatch(r"\$\{\w+\}", value)
