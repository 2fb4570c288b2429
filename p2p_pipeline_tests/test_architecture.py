"""The house keeps its order: who may import whom, and what loading Dagster's definitions may cost."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2p_pipeline_tests.shared_files import REPOSITORY

ROOT = REPOSITORY
PACKAGE = ROOT / "p2p_pipeline"

FOLDERS = (
    "venues",
    "capture",
    "offers",
    "metrics",
    "warehouse",
    "steps",
)
"""A folder may import those before it, never one after it. `simulator` stands beside them, with nothing of `venues`."""


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_dagster_is_imported_only_in_orchestration(path: Path) -> None:
    if "orchestration" in path.parts:
        return
    named = [name for name in imports_of(path) if name.split(".")[0].startswith("dagster")]
    assert not named, f"{name_of(path)} imports {named}; what knows Dagster belongs in orchestration/"


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_run_down_the_order_of_folders_and_never_back(folder: str) -> None:
    later = FOLDERS[FOLDERS.index(folder) + 1 :]
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in sorted((PACKAGE / "p2p" / folder).rglob("*.py"))
        for name in imports_of(path)
        if name.startswith("p2p_pipeline.p2p.") and name.split(".")[2] in later
    ]
    assert not wrong


def test_the_simulator_follows_the_wire_formats_by_itself() -> None:
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in sorted((PACKAGE / "p2p" / "simulator").rglob("*.py"))
        for name in imports_of(path)
        if name.startswith("p2p_pipeline.p2p.venues")
    ]
    assert not wrong


def test_loading_the_definitions_imports_nothing_heavy_and_warns_of_nothing() -> None:
    heavy = ("great_expectations", "matplotlib", "scipy", "pandas", "pandera", "pyarrow", "duckdb", "httpx")
    code = (
        "import sys, p2p_pipeline.definitions as loaded; loaded.definitions.get_repository_def(); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("P2P_")},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
