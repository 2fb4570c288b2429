"""A price series brought into the history of a market, or the kept ones read again; the views follow."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.lake_sql import rebuild_views_file
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.steps.import_series import SeriesImport, import_series, imported_markets, rebuild_imported_series

SHOWN_LINES = 20


def import_series_file(paths: DataPaths, file: Path, market: Market, now: datetime) -> SeriesImport:
    """Bring a file in; what is there already is left alone."""
    done = import_series(paths.imported_series, Lake(paths.lake), file, market, now)
    rebuild_views_file(paths.lake, paths.duckdb_file)
    return done


def rebuild_imported(paths: DataPaths, market: Market | None) -> dict[str, int]:
    """Make the tables anew from the files kept, of one market or of all; gives the days written, by market."""
    kept, lake = paths.imported_series, Lake(paths.lake)
    chosen = [market] if market else [Market.parse(key) for key in imported_markets(kept)]
    written = {each.key: rebuild_imported_series(kept, lake, each) for each in chosen}
    rebuild_views_file(paths.lake, paths.duckdb_file)
    return written


def refusals_by_reason(done: SeriesImport) -> Counter[str]:
    """How many lines were left out, by why."""
    return Counter(entry.reason for entry in done.refused)


def import_object(done: SeriesImport) -> dict[str, Any]:
    """What `p2p import-series --json` prints of a file."""
    return {
        "market_key": done.market_key,
        "file": done.file,
        "rows": done.rows,
        "observations": done.observations,
        "already_there": done.already_there,
        "duplicates": done.duplicates,
        "quarantined": len(done.refused),
        "reordered": done.reordered,
        "first": done.first,
        "last": done.last,
        "measures": done.measures,
        "days": done.days,
        "days_written": done.days_written,
        "new_levels": [
            {
                "side": level.side,
                "measure": level.measure,
                "since": datetime.fromtimestamp(level.since / 1_000_000, UTC),
                "usual": level.usual,
                "level": level.level,
                "prices": level.prices,
            }
            for level in done.new_levels
        ],
        "longest_gap_seconds": done.longest_gap_seconds,
        "reasons": dict(refusals_by_reason(done).most_common()),
        "quarantined_lines": [
            {"line": entry.line, "reason": entry.reason, "detail": entry.detail} for entry in done.refused[:SHOWN_LINES]
        ],
        "quarantine_file": None if done.quarantine is None else str(done.quarantine),
    }
