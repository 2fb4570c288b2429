"""The alert rules do what they say, and a real Prometheus scrapes the real endpoint and raises them."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client import start_http_server

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.monitoring.catalogue import CATALOGUE, table
from p2p_pipeline.monitoring.exposition import build_registry
from p2p_pipeline.p2p.warehouse.load import load_batch
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.monitoring.made_up_ledger import add_batch
from p2p_pipeline_tests.p2p.warehouse.simulated_market import SimulatedMarket, batch_of_reads
from p2p_pipeline_tests.shared_files import REPOSITORY

PROMETHEUS = REPOSITORY / "deploy" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yaml"))
CASES = sorted(Path(__file__).parent.glob("*alerts.test.yaml"))
GUIDE = REPOSITORY / "docs" / "monitoring.md"

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None or shutil.which("prometheus") is None,
    reason="needs Debian's package `prometheus` (promtool and prometheus)",
)


def alerts() -> dict[str, dict[str, Any]]:
    groups = [group for file in RULES for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


@needs_promtool
@pytest.mark.parametrize(
    "command",
    [
        ["promtool", "check", "config", str(PROMETHEUS / "prometheus.yaml")],
        ["promtool", "check", "rules", *map(str, RULES)],
        ["promtool", "test", "rules", *map(str, CASES)],
    ],
    ids=" ".join,
)
def test_promtool_finds_nothing_wrong(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_shown_firing_and_silent() -> None:
    shown: dict[str, set[int]] = {}
    for case in [case for file in CASES for case in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]]:
        for asked in case["promql_expr_test"]:
            [name] = re.findall(r'alertname="(\w+)"', asked["expr"])
            shown.setdefault(name, set()).update(sample["value"] for sample in asked["exp_samples"])
    assert shown == {name: {0, 1} for name in alerts()}


@pytest.mark.parametrize("name", alerts())
def test_an_alert_says_how_bad_it_is_what_to_do_and_where_more_is_written(name: str) -> None:
    rule = alerts()[name]
    assert rule["labels"]["severity"] in ("warning", "critical")
    said = rule["annotations"]
    assert said["summary"].endswith(".")
    assert said["description"].endswith(".")
    document, _, anchor = said["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (REPOSITORY / document).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {heading.lower() for heading in headings}


@pytest.mark.parametrize("level", ["freshness", "completeness", "latency", "errors"])
def test_each_service_level_has_an_alert(level: str) -> None:
    assert [name for name, rule in alerts().items() if rule["labels"].get("level") == level]


def test_rules_ask_only_for_metrics_that_there_are() -> None:
    known = {described.name for described in CATALOGUE}
    text = "\n".join(file.read_text(encoding="utf-8") for file in RULES)
    asked = set(re.findall(r"\b(?:p2p|md|ws|scan|orderbooks?|opportunities)_\w+", text))
    # Names in the runbook's sentences as well: they would mislead.
    assert asked - known <= {"p2p_pipeline_tests"}


@needs_promtool
def test_a_real_prometheus_scrapes_the_endpoint_and_raises_the_alert_of_three_failures(
    warehouse: WarehouseServer, data_folder: Path, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    registry = build_registry(DataPaths(data_folder), lambda: warehouse, patience_seconds=4)
    server, thread = start_http_server(0, "127.0.0.1", registry)
    try:
        with connect(warehouse) as ledger, running_prometheus(tmp_path, server.server_port) as ask:
            began = (now - timedelta(minutes=20)).replace(microsecond=1_000)
            batch = batch_of_reads(began, list(SimulatedMarket(500, fiats=("RUB", "VND")).reads(began)))
            loaded = load_batch(ledger, batch)
            ledger.autocommit = True
            [extracted] = until(lambda: ask("query", query='p2p_offers_total{job="p2p",kind="extracted"}'))
            assert float(extracted["value"][1]) == loaded.offers_extracted > 0
            assert float(ask("query", query="p2p_offers_open")[0]["value"][1]) == loaded.offers_inserted
            age = float(ask("query", query="p2p_sweep_age_seconds")[0]["value"][1])
            assert 19 * 60 <= age < 20 * 60
            assert not firing(ask)
            for minutes in (15, 10, 5):
                add_batch(ledger, now - timedelta(minutes=minutes), status="failed", markets_complete=0, seconds=9)
            raised = until(lambda: firing(ask))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert [alert["labels"]["alertname"] for alert in raised] == ["P2PSweepFailing"]
    assert raised[0]["annotations"]["summary"] == "3 binance sweeps in a row failed or were killed (worker 1)."


def firing(ask: Callable[..., Any]) -> list[Any]:
    return [alert for alert in ask("alerts")["alerts"] if alert["state"] == "firing"]


def until(look: Callable[[], Any], seconds: float = 30.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.1)
    return found


@contextmanager
def running_prometheus(folder: Path, metrics_port: int) -> Iterator[Callable[..., Any]]:
    """A Prometheus with the deployed configuration: only where and how often it looks is another."""
    config = yaml.safe_load((PROMETHEUS / "prometheus.yaml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"}
    config["rule_files"] = [str(PROMETHEUS / name) for name in config["rule_files"]]
    config["scrape_configs"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{metrics_port}"]
    config["scrape_configs"] = config["scrape_configs"][:1]
    written = folder / "prometheus.yaml"
    written.write_text(yaml.safe_dump(config), encoding="utf-8")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    command = ["prometheus", f"--config.file={written}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    log = (folder / "prometheus.log").open("wb")
    process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)

    def ask(what: str, **parameters: str) -> Any:
        answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/{what}", params=parameters).raise_for_status().json()
        return answer["data"]["result"] if what == "query" else answer["data"]

    def is_ready() -> bool:
        assert process.poll() is None, (folder / "prometheus.log").read_text(encoding="utf-8")
        try:
            return httpx.get(f"http://127.0.0.1:{port}/-/ready").is_success
        except httpx.TransportError:
            return False

    try:
        until(is_ready)
        yield ask
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def test_the_guide_lists_every_metric_as_it_is() -> None:
    assert table() in GUIDE.read_text(encoding="utf-8")
