"""`dg` finds the project in the clone and loads all of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.shared_files import REPOSITORY

DG = Path(sys.executable).parent / "dg"


def dg(tmp_path: Path, *command: str) -> str:
    # A home of its own with telemetry off: a test talks to nobody.
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("P2P_")}
    environment |= {
        "P2P_DATA_DIR": str(tmp_path / "data"),
        "DAGSTER_HOME": str(tmp_path),
        "HOME": str(tmp_path),
        "VIRTUAL_ENV": sys.prefix,
    }
    done = subprocess.run(
        [str(DG), *command], cwd=REPOSITORY, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(not DG.exists(), reason="dagster-dg-cli is not installed: it is a development dependency")
@pytest.mark.parametrize("command", ["check", pytest.param("list", marks=only_long)])
def test_dg_checks_and_lists_the_definitions(tmp_path: Path, command: str) -> None:
    if command == "check":
        assert "All definitions loaded successfully" in dg(tmp_path, "check", "defs")
        return
    listed = json.loads(dg(tmp_path, "list", "defs", "--json"))
    assert "bybit/quotes" in {entry["asset_key"] for entry in listed["assets"]}
    assert "bybit_collection" in {entry["name"] for entry in listed["sensors"]}
