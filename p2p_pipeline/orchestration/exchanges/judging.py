"""A day of order books judged, as Dagster shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from logging import Logger

import pyarrow as pa
from dagster import AssetCheckResult

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.asset_property import AssetProperty
from p2p_pipeline.orchestration.exchanges.assets import EXCHANGES
from p2p_pipeline.orchestration.exchanges.judges import JUDGES
from p2p_pipeline.orchestration.exchanges.work import read_day
from p2p_pipeline.orchestration.partitions import day_of_key
from p2p_pipeline.orchestration.results import not_judged, to_check_result


def judge_exchanges(
    paths: DataPaths, partition_key: str | None, properties: Sequence[AssetProperty], log: Logger
) -> Iterator[AssetCheckResult]:
    """Judge a day (today without one); a property that can't be judged says why and stops no other."""
    day = day_of_key(partition_key) if partition_key else datetime.now(UTC).date()

    def read(table: str) -> pa.Table:
        return read_day(paths, table, day)

    for entry in properties:
        try:
            outcome = JUDGES[entry.name](read)
        except Exception as error:  # noqa: BLE001 - whatever it is, a person is told which check it was and why
            outcome = not_judged(entry.name, error, is_blocking=False, log=log)
        yield to_check_result(EXCHANGES, entry.asset, outcome)
