"""Judge one batch of the warehouse by its rules, and write down what was found.

outcomes = judge_batch(judged_batch(connection, batch_id, settings.warehouse, now, …))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from p2p_pipeline.kernel.tracing import batch_span, span
from p2p_pipeline.p2p.quality.outcome import QualityOutcome
from p2p_pipeline.p2p.quality.warehouse import extraction as warehouse_extraction
from p2p_pipeline.p2p.quality.warehouse import structure as warehouse_structure
from p2p_pipeline.p2p.quality.warehouse import values as warehouse_values
from p2p_pipeline.p2p.quality.warehouse.batch import Connection, JudgedBatch, RawBatch, batch_run, newest_batch_id
from p2p_pipeline.p2p.quality.warehouse.raw import raw_checksum
from p2p_pipeline.p2p.quality.warehouse.record import record_outcomes
from p2p_pipeline.p2p.quality.warehouse.rules import rule_names
from p2p_pipeline.p2p.settings_warehouse import WarehouseSettings
from p2p_pipeline.postgres.server import WarehouseError


def _table_expectations(batch: JudgedBatch) -> QualityOutcome:
    from p2p_pipeline.p2p.quality.warehouse.expectations import table_expectations  # noqa: PLC0415 - seconds to import

    return table_expectations(batch)


WAREHOUSE_JUDGES: Mapping[str, Callable[[JudgedBatch], QualityOutcome]] = {
    "types_and_ranges": warehouse_values.types_and_ranges,
    "no_duplicate_offer": warehouse_structure.no_duplicate_offer,
    "referential_integrity": warehouse_structure.referential_integrity,
    "depth_adds_up": warehouse_structure.depth_adds_up,
    "extraction_completeness": warehouse_extraction.extraction_completeness,
    "error_rate": warehouse_extraction.error_rate,
    "price_anomalies": warehouse_values.price_anomalies,
    "raw_checksum": raw_checksum,
    "table_expectations": _table_expectations,
    "freshness": warehouse_extraction.freshness,
    "batch_gaps": warehouse_extraction.batch_gaps,
    "consecutive_failures": warehouse_extraction.consecutive_failures,
}
"""By the name of the rule in rules.py."""


def judged_batch(
    connection: Connection,
    batch_id: int | None,
    settings: WarehouseSettings,
    now: datetime,
    *,
    interval_minutes: int = 10,
    raw: RawBatch | None = None,
    docs_folder: Path | None = None,
    url: str = "",
) -> JudgedBatch:
    """A batch with all that its rules look at; None as id is the newest. Raises WarehouseError where there is none.

    `raw` (see warehouse_raw.raw_batches) is for `raw_checksum`, `url` for `table_expectations`, which writes its Data
    Docs below `docs_folder`.
    """
    chosen = newest_batch_id(connection) if batch_id is None else batch_id
    if chosen is None:
        raise WarehouseError("no batch is loaded yet; `p2p sweep` reads the market and loads it")
    return JudgedBatch(
        connection, batch_run(connection, chosen), settings, now, interval_minutes, raw, docs_folder, url
    )


def judge_batch(batch: JudgedBatch, names: Iterable[str] | None = None) -> list[QualityOutcome]:
    """The outcomes of the named rules (None: of all that can be judged), written to ops_data_quality and committed."""
    chosen = rule_names(raw=batch.raw is not None, own_connection=bool(batch.url)) if names is None else tuple(names)
    outcomes = []
    with batch_span("quality", batch.batch_id):
        for name in chosen:
            with span("rule", rule=name) as told:
                outcomes.append(WAREHOUSE_JUDGES[name](batch))
                told.set(passed=outcomes[-1].passed)
            # At once: the Data Docs, made by the last rule, show what is written down, and no lock is held meanwhile.
            record_outcomes(batch.connection, batch.batch_id, outcomes[-1:], batch.now)
            batch.connection.commit()
    return outcomes
