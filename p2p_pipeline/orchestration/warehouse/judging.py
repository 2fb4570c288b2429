"""Loaded batches judged, as Dagster shows it; the same rows stand in ops_data_quality."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from logging import Logger
from typing import Any

from dagster import AssetCheckResult, MetadataValue

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.results import not_judged, to_check_result
from p2p_pipeline.orchestration.warehouse.keys import BATCHES, GROUP
from p2p_pipeline.p2p.quality.outcome import QualityOutcome
from p2p_pipeline.p2p.quality.warehouse.batch import Connection, batches_to_judge
from p2p_pipeline.p2p.quality.warehouse.data_docs import INDEX
from p2p_pipeline.p2p.quality.warehouse.judging import judge_batch, judged_batch
from p2p_pipeline.p2p.quality.warehouse.raw import stored_batch
from p2p_pipeline.p2p.quality.warehouse.rules import WAREHOUSE_RULES
from p2p_pipeline.p2p.venues.directory import venue_directory
from p2p_pipeline.p2p.warehouse.migrate import ready_warehouse
from p2p_pipeline.postgres.connection import connected

_BLOCKING = frozenset(rule.name for rule in WAREHOUSE_RULES if rule.is_blocking)


def judge_loaded_batches(installation: Installation, names: Sequence[str], log: Logger) -> Iterator[AssetCheckResult]:
    """Judge what was loaded since the last time by the named rules: a result a rule, of a batch that breaks it, if any.

    What is costly, or true of now, is judged for the newest batch only.
    """
    try:
        judged = _judged(installation, names)
    except Exception as error:  # noqa: BLE001 - no warehouse, or nothing in it: each check says so, and isn't green
        yield from (
            to_check_result(GROUP, BATCHES.path[-1], not_judged(name, error, is_blocking=name in _BLOCKING, log=log))
            for name in names
        )
        return
    for name in names:
        of_rule = [(batch_id, outcome) for batch_id, outcome in judged if outcome.name == name]
        broken = [entry for entry in of_rule if not entry[1].passed]
        batch_id, outcome = (broken or of_rule)[-1]
        yield _result(installation, outcome, batch_id, len(of_rule), len(broken))


def _judged(installation: Installation, names: Sequence[str]) -> list[tuple[int | None, QualityOutcome]]:
    settings, paths = installation.settings(), installation.paths
    server = ready_warehouse(paths, settings.warehouse)
    with connected(server, program="p2p checks") as connection:
        ids: list[int | None] = [*batches_to_judge(connection)] or [None]
        return [
            (batch_id, outcome)
            for batch_id in ids
            for outcome in _judge(connection, installation, batch_id, _wanted(names, is_newest=batch_id == ids[-1]))
        ]


def _wanted(names: Sequence[str], *, is_newest: bool) -> list[str]:
    rules = {rule.name: rule for rule in WAREHOUSE_RULES}
    return [name for name in names if is_newest or (rules[name].is_of_batch and not rules[name].is_costly)]


def _judge(
    connection: Connection, installation: Installation, batch_id: int | None, names: Sequence[str]
) -> list[QualityOutcome]:
    settings, paths = installation.settings(), installation.paths
    venue, payments = venue_directory()[settings.sweep.venue], installation.payments()
    raw = None if batch_id is None else stored_batch(installation.reader(), venue, payments, batch_id)
    batch = judged_batch(
        connection,
        batch_id,
        settings.warehouse,
        datetime.now(UTC),
        interval_minutes=settings.sweep.interval_minutes,
        raw=raw,
        docs_folder=paths.data_docs,
        url=ready_warehouse(paths, settings.warehouse).url,
    )
    return judge_batch(batch, names)


def _result(
    installation: Installation, outcome: QualityOutcome, batch_id: int | None, judged: int, broken: int
) -> AssetCheckResult:
    result = to_check_result(GROUP, BATCHES.path[-1], outcome)
    more: dict[str, Any] = {
        # Text: a number would be drawn over time.
        "batch": "none" if batch_id is None else str(batch_id),
        "batches_judged": judged,
        "batches_that_break_it": broken,
    }
    if outcome.page is not None:
        more["data_docs"] = MetadataValue.path(str(outcome.page))
        more["data_docs_index"] = MetadataValue.path(str(installation.paths.data_docs / INDEX))
    return result._replace(metadata={**result.metadata, **more})
