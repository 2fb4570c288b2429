"""What an answer is made from, as a value that changes when it does, and that costs a few looks at the disk."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.p2p.markets import SLOT_SECONDS, Market
from p2p_pipeline.p2p.raw.stored import sweep_key
from p2p_pipeline.web.edges import Edges

LOOK_SECONDS = 1.0


def raw_version(edges: Edges, market: Market | None = None) -> Hashable:
    """Of what is stored (of one market, or of all), and of whether what is newest has become stale since.

    The half minute is in it: `is_stale` turns by the clock alone.
    """
    return stored_version(edges, [market] if market else None), int(edges.now().timestamp() // SLOT_SECONDS)


def stored_version(edges: Edges, markets: Iterable[Market] | None = None) -> Hashable:
    """Of the newest raw day alone: how long the files are that have these markets, collected or swept; None: all."""
    days = edges.reader.days()
    if not days:
        return None
    newest = max(days)
    keys = set(edges.reader.file_keys(newest))
    if markets is not None:
        keys &= {key for one in markets for key in (one.key, sweep_key(one.venue, one.fiat))}
    return newest, tuple((key, edges.reader.end_offset(newest, key)) for key in sorted(keys))


def lake_version(edges: Edges, *tables: Table) -> Hashable:
    """Of the whole lake or of some of its tables: when any of their folders last changed, and the UTC day.

    Looked at once a second, for there may be thousands.
    """
    seen = edges.lake_seen.get(tables)
    if seen is None or time.monotonic() - seen[0] >= LOOK_SECONDS:
        seen = edges.lake_seen[tables] = (time.monotonic(), _lake_version(edges, tables))
    return seen[1]


def _lake_version(edges: Edges, tables: tuple[Table, ...]) -> Hashable:
    root = edges.paths.lake
    tops = [root / table.name for table in tables] or [root, *(root.glob("*") if root.is_dir() else ())]
    folders = [folder for top in tops for folder in (top, *(top.glob("*") if top.is_dir() else ()))]
    return max(map(_changed_at, folders), default=0), datetime.now(UTC).date()


def _changed_at(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except FileNotFoundError:
        # Housekeeping swaps a day for its month while this looks.
        return 0
