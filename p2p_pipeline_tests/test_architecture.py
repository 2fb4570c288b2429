"""The house keeps its order: who may import whom, and what loading Dagster's definitions may cost."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from p2p_pipeline_tests.shared_files import REPOSITORY

PACKAGE = REPOSITORY / "p2p_pipeline"

ORDER = (
    "kernel",
    "lake",
    "postgres",
    "p2p.markets",
    "p2p.versions",
    "p2p.trading_hours",
    "p2p.venues",
    "p2p.settings",
    "p2p.proxies",
    "p2p.raw",
    "p2p.installation",
    "p2p.offers",
    "p2p.capture",
    "p2p.metrics",
    "p2p.tables",
    "p2p.lake_sql",
    "p2p.simulator",
    "p2p.warehouse",
    "p2p.steps",
    "p2p.quality",
    "p2p.actions",
    "p2p.answers",
    "p2p.plots",
    "exchanges.events",
    "exchanges.words",
    "exchanges.venues",
    "exchanges.settings",
    "exchanges.frames",
    "exchanges.books",
    "exchanges.scan",
    "exchanges.identity",
    "exchanges.board",
    "exchanges.simulator",
    "exchanges.tables",
    "exchanges.hot_store",
    "exchanges.execution",
    "exchanges.replay",
    "exchanges.backtest",
    "exchanges.warehouse",
    "exchanges.connections",
    "exchanges.funnel",
    "exchanges.service",
    "exchanges.actions",
    "exchanges.answers",
    "paper.words",
    "paper.events",
    "paper.settings",
    "paper.notes",
    "paper.wire",
    "paper.machine",
    "paper.log",
    "paper.configuration",
    "paper.columns",
    "paper.replay",
    "paper.results",
    "paper.sweeps",
    "paper.board",
    "paper.sessions",
    "paper.tables",
    "paper.live",
    "paper.actions",
    "monitoring",
    "web",
    "client",
    "orchestration",
    "definitions",
    "commands",
    "cli",
)
"""A room, or a loose file, may import those before it and itself, never one after it."""


@cache
def imports_of(path: Path) -> frozenset[str]:
    """The modules of this package that a file names in an import, wherever in the file, and all others it names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = {f"{node.module}.{name.name}" for name in node.names} & MODULES.keys()
            found |= inside
            if len(inside) < len(node.names):
                found.add(node.module)
    return frozenset(found)


def name_of(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def place_of(module: str) -> int | None:
    """Where in ORDER a module stands; None for packages that only hold rooms."""
    inside = module.removeprefix("p2p_pipeline.")
    for place, room in enumerate(ORDER):
        if inside == room or inside.startswith((f"{room}.", f"{room}_")):
            return place
    return None


def test_every_room_and_every_loose_file_has_its_place_in_the_order() -> None:
    nowhere = [name for name in MODULES if place_of(name) is None]
    assert nowhere == ["p2p_pipeline", "p2p_pipeline.exchanges", "p2p_pipeline.p2p", "p2p_pipeline.paper"]


def test_imports_run_down_the_order_of_rooms_and_never_back() -> None:
    wrong = []
    for module, path in MODULES.items():
        here = place_of(module)
        for name in imports_of(path):
            there = place_of(name) if name.startswith("p2p_pipeline") else None
            if here is not None and there is not None and there > here:
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_no_files_import_each_other_in_a_circle() -> None:
    def first_circle() -> list[str]:
        done: set[str] = set()

        def walk(module: str, way: list[str]) -> list[str]:
            if module in way:
                return [*way[way.index(module) :], module]
            if module in done:
                return []
            for name in sorted(imports_of(MODULES[module]) & MODULES.keys()):
                circle = walk(name, [*way, module]) if name != module else []
                if circle:
                    return circle
            done.add(module)
            return []

        return next((circle for module in MODULES if (circle := walk(module, []))), [])

    assert first_circle() == []


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith("p2p_pipeline.orchestration")])
def test_dagster_is_imported_only_in_orchestration(module: str) -> None:
    named = [name for name in imports_of(MODULES[module]) if name.split(".")[0].startswith("dagster")]
    assert not named, f"{module} imports {named}; what knows Dagster belongs in orchestration/"


def rooms_below(room: str) -> Iterator[tuple[str, Path]]:
    yield from ((name, path) for name, path in MODULES.items() if f"{name}.".startswith(f"p2p_pipeline.{room}."))


@pytest.mark.parametrize(
    ("room", "unknown"),
    [
        ("p2p.simulator", "p2p.venues"),  # it follows the wire formats by itself, so that a misreading shows
        ("kernel", "p2p"),
        ("lake", "p2p"),
        ("postgres", "p2p"),
        ("exchanges", "p2p"),
        ("p2p", "exchanges"),
        ("paper", "p2p"),
        ("exchanges.simulator", "exchanges.venues"),
    ],
)
def test_a_room_knows_nothing_of_another(room: str, unknown: str) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, path in rooms_below(room)
        for name in imports_of(path)
        if f"{name}.".startswith(f"p2p_pipeline.{unknown}.")
    ]
    assert wrong == []


FOLDERS = {
    "raw",
    "lake",
    "imported_series",
    "state",
    "logs",
    "dagster",
    "p2p.duckdb",
    "data_docs",
    "postgres",
    "frames",
    "paper",
}
NAMED_ALIKE = {"p2p_pipeline.kernel.paths", "p2p_pipeline.postgres.embedded", "p2p_pipeline.postgres.embedded_files"}
"""Where the folders' names belong, and who names PostgreSQL's own logs and program."""


SPELLED = re.compile(rf"/\s*[\"'](?:{'|'.join(map(re.escape, sorted(FOLDERS)))})[\"']").search
"""Whether a text may spell one: most files need no taking apart."""


def test_a_folder_of_the_data_folder_is_spelled_in_one_file() -> None:
    spelled = [
        f"{module} line {node.lineno}: {node.right.value!r}"
        for module, path in MODULES.items()
        if module not in NAMED_ALIKE and SPELLED(path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        if isinstance(node.right, ast.Constant) and node.right.value in FOLDERS
    ]
    assert spelled == [], "ask kernel/paths.py for it"


def test_loading_the_definitions_imports_nothing_heavy_and_warns_of_nothing() -> None:
    heavy = ("great_expectations", "matplotlib", "scipy", "pandas", "pandera", "pyarrow", "duckdb", "httpx")
    code = (
        "import sys, p2p_pipeline.definitions as loaded; loaded.definitions.get_repository_def(); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("P2P_")},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
