"""What is made without Dagster is shown in it all the same, on a real instance."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from dagster import AssetCheckKey, AssetKey, DagsterInstance
from dagster._core.event_api import PartitionKeyFilter
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.orchestration.backfill import backfill_days
from p2p_pipeline.orchestration.collection.kept_collector import collect
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.tables.assets import DERIVED_TABLES
from p2p_pipeline.orchestration.tables.made_elsewhere import tell_made_elsewhere
from p2p_pipeline.p2p.markets import slot_of
from p2p_pipeline.p2p.quality.properties import PROPERTIES

TABLES = ["raw_snapshots", *(table.name for table in DERIVED_TABLES)]


def processed(installation: Installation, *options: str) -> str:
    """A slot collected and `p2p process` run, both without Dagster; gives the day."""
    now = datetime.now(UTC)
    for venue in ("bybit", "binance"):
        collect(installation, venue, slot_of(now))
    before = ["--data-dir", str(installation.paths.root), "--settings", str(installation.settings_file)]
    done = CliRunner().invoke(app, [*before, "process", *options])
    assert done.exit_code == 0, done.output
    return now.date().isoformat()


def materialized(instance: DagsterInstance, table: str) -> set[str]:
    return set(instance.get_materialized_partitions(AssetKey(["bybit", table])))


def evaluations(instance: DagsterInstance, table: str, name: str, day: str) -> list[bool]:
    records = instance.event_log_storage.get_asset_check_execution_history(
        AssetCheckKey(AssetKey(["bybit", table]), name), limit=5, partition_filter=PartitionKeyFilter(key=day)
    )
    return [record.evaluation.passed for record in records if record.evaluation is not None]


def test_what_p2p_process_made_is_shown_with_its_numbers_and_its_checks(
    installation: Installation, instance: DagsterInstance
) -> None:
    day = processed(installation)
    told = tell_made_elsewhere(installation, instance)
    assert told.left == 0
    assert [materialized(instance, table) for table in TABLES] == [{day}] * len(TABLES)
    event = instance.get_latest_materialization_event(AssetKey(["bybit", "quotes"]))
    assert event is not None
    assert event.asset_materialization is not None
    numbers = event.asset_materialization.metadata
    assert float(str(numbers["best_split USDT-VND BUY"].value)) > 0
    assert "spread_percent USDT-VND" in numbers
    quick = [p for p in PROPERTIES if p.is_of_day and not p.is_costly and not p.is_of_summary]
    assert all(evaluations(instance, entry.table, entry.name, day) for entry in quick)


def test_what_was_told_once_is_told_again_only_when_it_is_made_anew(
    installation: Installation, instance: DagsterInstance
) -> None:
    day = processed(installation)
    tell_made_elsewhere(installation, instance)
    assert tell_made_elsewhere(installation, instance).partitions == 0
    for path in installation.paths.lake.glob("offers/date=*/bybit*.parquet"):
        path.touch()
    again = tell_made_elsewhere(installation, instance)
    assert (again.partitions, again.checks) == (1, 7)
    assert evaluations(instance, "offers", "duplicates", day) == [True]


def test_what_a_run_of_dagster_made_is_no_news(installation: Installation, sqlite_instance: DagsterInstance) -> None:
    day = processed(installation)
    backfill_days([datetime.fromisoformat(day).date()], installation, sqlite_instance)
    told = tell_made_elsewhere(installation, sqlite_instance)
    assert told.partitions == 2, "the raw snapshots of both venues alone"


def test_what_was_just_written_is_left_to_the_run_that_may_be_making_it(
    installation: Installation, sqlite_instance: DagsterInstance
) -> None:
    processed(installation)
    told = tell_made_elsewhere(installation, sqlite_instance, settled_seconds=3_600)
    assert materialized(sqlite_instance, "quotes") == set()
    assert told.partitions == 2


def test_a_look_that_takes_too_long_leaves_the_rest_to_the_next(
    installation: Installation, sqlite_instance: DagsterInstance
) -> None:
    processed(installation)
    seconds = iter(range(1_000))
    first = tell_made_elsewhere(installation, sqlite_instance, budget_seconds=3, clock=lambda: float(next(seconds)))
    assert first.left > 0
    second = tell_made_elsewhere(installation, sqlite_instance)
    assert second.partitions == first.left


@pytest.mark.parametrize("table", ["quotes", "offers"])
def test_a_table_is_told_after_what_it_is_made_from(
    installation: Installation, sqlite_instance: DagsterInstance, table: str
) -> None:
    processed(installation)
    tell_made_elsewhere(installation, sqlite_instance)
    order = {
        name: record.storage_id
        for name in TABLES
        for record in sqlite_instance.fetch_materializations(AssetKey(["bybit", name]), limit=1).records
    }
    made_from = next(entry.made_from for entry in DERIVED_TABLES if entry.name == table)
    assert all(order[source] < order[table] for source in made_from if source in order)
