"""The newest batch judged, as Dagster shows it; the same rows stand in ops_data_quality."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from dagster import AssetCheckResult, Failure, MetadataValue

from p2p_pipeline.orchestration.judging import to_check_result
from p2p_pipeline.orchestration.resources import Installation
from p2p_pipeline.orchestration.warehouse_assets import BATCHES, GROUP
from p2p_pipeline.quality.data_docs import INDEX
from p2p_pipeline.quality.warehouse_batch import newest_batch_id
from p2p_pipeline.quality.warehouse_judging import judge_batch, judged_batch
from p2p_pipeline.quality.warehouse_raw import stored_batch
from p2p_pipeline.quality.warehouse_rules import WAREHOUSE_RULES
from p2p_pipeline.venues.directory import venue_directory
from p2p_pipeline.warehouse.migrate import ready_warehouse
from p2p_pipeline.warehouse.server import WarehouseError, connect, explaining


def judge_newest_batch(installation: Installation, names: Sequence[str]) -> Iterator[AssetCheckResult]:
    """Judge the newest loaded batch by the named rules."""
    settings, paths = installation.settings(), installation.paths
    reader, venue, payments = installation.reader(), venue_directory()[settings.sweep.venue], installation.payments()
    try:
        server = ready_warehouse(paths, settings.warehouse)
        with explaining(server), connect(server, program="p2p checks") as connection:
            newest = newest_batch_id(connection)
            batch = judged_batch(
                connection,
                newest,
                settings.warehouse,
                datetime.now(UTC),
                interval_minutes=settings.sweep.interval_minutes,
                raw=None if newest is None else stored_batch(reader, venue, payments, newest),
                docs_folder=paths.data_docs,
                url=server.url,
            )
            outcomes = judge_batch(batch, names)
    except WarehouseError as error:
        raise Failure(str(error)) from error
    documented = {rule.name for rule in WAREHOUSE_RULES if rule.needs_url}
    for outcome in outcomes:
        result = to_check_result(GROUP, BATCHES.path[-1], outcome)
        more: dict[str, Any] = {"batch_id": batch.batch_id}
        if outcome.name in documented:
            more["data_docs"] = MetadataValue.path(str(paths.data_docs / INDEX))
        yield result._replace(metadata={**result.metadata, **more})
