"""What an answer is made from, as a value that changes when it does, and that costs a few looks at the disk."""

from __future__ import annotations

import time
from collections.abc import Hashable
from datetime import UTC, datetime

from p2p_pipeline.p2p.markets import SLOT_SECONDS, Market
from p2p_pipeline.web.edges import Edges

LOOK_SECONDS = 1.0


def raw_version(edges: Edges, market: Market | None = None) -> Hashable:
    """Of the newest raw day (of one market, or of all), and of whether what is newest has become stale since.

    The half minute is in it: `is_stale` turns by the clock alone.
    """
    days = edges.reader.days()
    slot = int(edges.now().timestamp() // SLOT_SECONDS)
    if not days:
        return (None, slot)
    newest = max(days)
    keys = [market.key] if market else sorted(edges.reader.file_keys(newest))
    return (newest, tuple((key, edges.reader.end_offset(newest, key)) for key in keys), slot)


def lake_version(edges: Edges) -> Hashable:
    """Of the whole lake: when any of its folders last changed; looked at once a second, for there may be thousands."""
    seen = edges.lake_seen
    if seen is None or time.monotonic() - seen[0] >= LOOK_SECONDS:
        seen = edges.lake_seen = (time.monotonic(), _lake_version(edges))
    return seen[1]


def _lake_version(edges: Edges) -> Hashable:
    folders = [edges.paths.lake, *(edges.paths.lake.glob("*/*") if edges.paths.lake.is_dir() else ())]
    newest = max((folder.stat().st_mtime_ns for folder in folders if folder.is_dir()), default=0)
    return (newest, datetime.now(UTC).date())
