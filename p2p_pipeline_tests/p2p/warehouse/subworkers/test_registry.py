"""Subworkers are registered by us and by other packages, and a bad one costs nobody else anything."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from p2p_pipeline.p2p.warehouse.subworkers.interface import Receives, RunStatus, Subworker
from p2p_pipeline.p2p.warehouse.subworkers.registry import ENTRY_POINT_GROUP, SUBWORKERS, registered_subworkers
from p2p_pipeline.p2p.warehouse.subworkers.run import run_subworkers
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.warehouse.subworkers.hand_made import add_batch

HERE = "p2p_pipeline_tests.p2p.warehouse.subworkers.test_registry"

COUNTING = Subworker("counting", "Counts", (), Receives.ALL, lambda _connection, _batch_id, rows: len(list(rows)))
NAMESAKE = Subworker(SUBWORKERS[0].name, "Has our name", (), Receives.ALL, COUNTING.work)
NO_SUBWORKER = 5


def point(name: str, attribute: str, module: str = HERE) -> EntryPoint:
    return EntryPoint(name, f"{module}:{attribute}", ENTRY_POINT_GROUP)


def test_another_package_adds_its_subworker_by_an_entry_point() -> None:
    assert registered_subworkers([point("counting", "COUNTING")]) == (*SUBWORKERS, COUNTING)


@pytest.mark.parametrize(
    ("broken", "name", "reason"),
    [
        (point("gone", "COUNTING", "no_such_package"), "gone", "No module named 'no_such_package'"),
        (point("five", "NO_SUBWORKER"), "five", "it is of type int, not Subworker"),
        (point("Counting-2", "NOWHERE"), "counting_2", "AttributeError"),
        (point("terms", "NAMESAKE"), "terms_2", "its name 'terms' is taken by another subworker"),
    ],
)
def test_one_that_cannot_be_used_fails_alone_with_the_reason_in_the_ledger(
    warehouse: WarehouseServer, broken: EntryPoint, name: str, reason: str
) -> None:
    with connect(warehouse) as connection:
        add_batch(connection, 0)
    subworkers = registered_subworkers([broken, point("counting", "COUNTING")])
    status = {report.subworker: report for report in run_subworkers(warehouse, subworkers=subworkers)}
    assert status["counting"].status is RunStatus.DONE
    assert status[name].status is RunStatus.FAILED
    assert reason in (status[name].error or "")
    assert (status[name].error or "").endswith("Mend or remove the package that registers it.")


def test_a_name_that_does_not_fit_the_ledger_and_the_graph_is_refused() -> None:
    with pytest.raises(ValueError, match="a subworker's name was 'Bad Name'; write it in"):
        Subworker("Bad Name", "", (), Receives.ALL, COUNTING.work)


def test_reading_the_registry_imports_neither_rules_nor_yaml() -> None:
    code = (
        "import sys; from p2p_pipeline.p2p.warehouse.subworkers.registry import registered_subworkers; "
        "registered_subworkers(); print([name for name in ('yaml', 'pandas', "
        "'p2p_pipeline.p2p.warehouse.subworkers.terms.rules', 'confusable_homoglyphs') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == "[]"
