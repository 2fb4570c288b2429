"""A user's own assets read the lake by `lake_sql`: the examples of the docs, as they stand there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import AssetKey, DagsterInstance, Definitions
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.orchestration.collection.kept_collector import collect
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.lake_resource import LakeSql
from p2p_pipeline.p2p.markets import slot_of
from p2p_pipeline_tests.shared_files import REPOSITORY

EXAMPLES = re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs" / "own_assets.md").read_text("utf-8"), re.DOTALL)


@pytest.fixture
def lake(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("P2P_SETTINGS", str(installation.settings_file))
    collect(installation, "bybit", slot_of(datetime.now(UTC)))
    done = CliRunner().invoke(app, ["--data-dir", str(installation.paths.root), "process"])
    assert done.exit_code == 0, done.output
    return installation.paths.lake


def test_the_asset_of_the_docs_reads_the_lake(lake: Path, sqlite_instance: DagsterInstance) -> None:
    assert lake.exists()
    found: dict[str, Any] = {}
    exec(compile(EXAMPLES[0], "own_assets.md", "exec"), found)
    definitions: Definitions = found["definitions"]
    result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        asset_selection=[AssetKey("dearest_hour")], instance=sqlite_instance
    )
    (event,) = result.get_asset_materialization_events()
    assert float(str(event.step_materialization_data.materialization.metadata["price"].value)) > 0


def test_the_notebook_of_the_docs_reads_the_lake(lake: Path) -> None:
    found: dict[str, Any] = {}
    exec(compile(EXAMPLES[1].replace("data/demo", str(lake.parent)), "own_assets.md", "exec"), found)
    assert len(found["prices"]) > 0


def test_it_can_not_write_and_is_closed_when_the_work_raises(lake: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(duckdb.Error),
        LakeSql(data_dir=str(lake.parent)).get_connection() as database,
    ):
        database.execute(f"COPY (SELECT 1) TO '{tmp_path / 'written.csv'}'")
    assert not (tmp_path / "written.csv").exists()
    with pytest.raises(duckdb.Error, match="closed"):
        database.execute("SELECT 1")
