"""What is judged of a batch stands in ops_data_quality, once a rule; the list of rules costs nothing to import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity
from p2p_pipeline.p2p.quality.warehouse.judging import WAREHOUSE_JUDGES, judge_batch, judged_batch
from p2p_pipeline.p2p.quality.warehouse.record import record_outcomes
from p2p_pipeline.p2p.quality.warehouse.rules import WAREHOUSE_RULES, rule_names
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.server import WarehouseServer
from p2p_pipeline_tests.p2p.quality.warehouse.made_batches import START, id_of, load_sound, moment_of, sound_reads

Connection = psycopg.Connection[Any]
OUTCOME = QualityOutcome(
    "some_rule", False, Severity.WARN, "all", "some", ({"price": Decimal("1.5"), "name": "a\x00b\\u0000"},), 0.25, 0.5
)


@pytest.fixture
def connection(warehouse_on_both: WarehouseServer) -> Iterator[Connection]:
    with connect(warehouse_on_both) as opened:
        load_sound(opened)
        yield opened


def rows(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT batch_id, check_timestamp, metric_name, metric_value, threshold_value, passed, details "
        "FROM ops_data_quality ORDER BY metric_name"
    ).fetchall()


def test_an_outcome_becomes_a_row_with_its_number_its_limit_and_its_sample(connection: Connection) -> None:
    record_outcomes(connection, id_of(1), [OUTCOME], START)
    (row,) = rows(connection)
    assert row[:6] == (id_of(1), START, "some_rule", 0.25, 0.5, False)
    assert row[6]["expected"] == "all"
    assert row[6]["observed"] == "some"
    assert row[6]["severity"] == "warn"
    assert row[6]["sample"][0]["price"] == "1.5"
    assert row[6]["sample"][0]["name"].startswith("a\ufffdb")


def test_judging_again_replaces_the_row(connection: Connection) -> None:
    record_outcomes(connection, id_of(1), [OUTCOME], START)
    later = START + timedelta(hours=1)
    record_outcomes(connection, id_of(1), [replace(OUTCOME, passed=True, value=None)], later)
    (row,) = rows(connection)
    assert row[1:6] == (later, "some_rule", None, 0.5, True)
    assert "sample" not in row[6]


def test_all_rules_hold_for_a_sound_batch_and_are_written_down_on_every_postgresql(connection: Connection) -> None:
    batch = judged_batch(
        connection,
        None,
        WarehouseSettings(minimum_complete_share=0.6),
        moment_of(2) + timedelta(minutes=4),
        raw=lambda: sound_reads(2),
    )
    outcomes = judge_batch(batch)
    assert [outcome.name for outcome in outcomes if not outcome.passed] == []
    connection.rollback()
    assert {row[2] for row in rows(connection)} == set(rule_names(own_connection=False))
    assert {row[0] for row in rows(connection)} == {id_of(2)}


def test_every_rule_has_a_judge_and_a_description() -> None:
    assert {rule.name for rule in WAREHOUSE_RULES} == set(WAREHOUSE_JUDGES)
    assert all(rule.description.endswith(".") for rule in WAREHOUSE_RULES)


def test_the_list_of_rules_is_light_to_import() -> None:
    heavy = ("great_expectations", "pandas", "pyarrow", "duckdb", "psycopg", "sqlalchemy")
    rules = "p2p_pipeline.p2p.quality.warehouse.rules"
    code = f"import sys, {rules}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
