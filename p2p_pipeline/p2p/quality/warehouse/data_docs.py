"""Pages of the warehouse's quality that read without a network: one a batch, and an index of the newest ones.

Great Expectations' own Data Docs take their looks and their behaviour from three CDNs: without a network their tabs
don't open and their icons are empty squares. These pages say the same (its sentences, what was seen, what should not
be there) in plain HTML and one stylesheet inside the page, and forbid themselves everything else: values come from
strangers' ads.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from p2p_pipeline.p2p.quality.warehouse.batch import JudgedBatch, rows
from p2p_pipeline.p2p.quality.warehouse.docs_pages import batch_page, index_page
from p2p_pipeline.p2p.quality.warehouse.documented_batch import DocumentedBatch
from p2p_pipeline.p2p.quality.warehouse.table_results import TableResult

KEPT_BATCHES = 150
"""Six days: a page is made every hour."""
INDEX = "index.html"
_RESULTS = "results"


def build_data_docs(folder: Path, batch: JudgedBatch, results: Sequence[TableResult]) -> Path:
    """Write a batch's page and the index below `folder`, and drop the oldest pages; gives the batch's page.

    The page also shows what ops_data_quality has of the batch. A batch that is judged again replaces its page.
    """
    documented = _documented(batch, results)
    kept = folder / _RESULTS
    kept.mkdir(parents=True, exist_ok=True)
    _replace(kept / f"{documented.batch_id}.json", json.dumps(documented.to_json(), default=str, ensure_ascii=False))
    page = folder / documented.file_name
    _replace(page, batch_page(documented))
    _replace(folder / INDEX, index_page(_prune(folder)))
    return page


def _documented(batch: JudgedBatch, results: Sequence[TableResult]) -> DocumentedBatch:
    run = batch.run
    found = rows(
        batch.connection,
        b"SELECT metric_name AS name, passed, check_timestamp, details FROM ops_data_quality "
        b"WHERE batch_id = %(batch_id)s AND metric_name <> 'table_expectations' ORDER BY passed, quality_id",
        batch.parameters,
    )
    return DocumentedBatch(
        batch_id=batch.batch_id,
        checked_at=_text(batch.now),
        started_at=_text(run["batch_start_time"]),
        ended_at=_text(run["batch_end_time"]),
        status=run["status"],
        offers=run["total_offers_extracted"],
        market_sides=run["market_sides"],
        source=run["source"],
        rules=tuple({"name": row["name"], "passed": row["passed"], **row["details"]} for row in found),
        tables=tuple(results),
    )


def _prune(folder: Path) -> list[DocumentedBatch]:
    """The kept batches, newest first; results and pages of older ones, and files that can't be read, go."""
    named = sorted((path for path in (folder / _RESULTS).glob("*.json") if path.stem.isdigit()), key=_number)
    kept: list[DocumentedBatch] = []
    for path in reversed(named):
        documented = _read(path) if len(kept) < KEPT_BATCHES else None
        if documented is None:
            path.unlink(missing_ok=True)
            (folder / f"batch-{path.stem}.html").unlink(missing_ok=True)
        else:
            kept.append(documented)
    return kept


def _number(path: Path) -> int:
    return int(path.stem)


def _read(path: Path) -> DocumentedBatch | None:
    try:
        return DocumentedBatch.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        # Another version's, or half-written by a crash before files were swapped: it can be made anew.
        return None


def _replace(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.new")
    # Half characters can't be written; nobody has use for them on a page.
    aside.write_text(text, encoding="utf-8", errors="replace")
    aside.replace(path)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
