"""A session's log into its files of the lake's tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.paper.log.lines import hash_of
from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.paper.results.parts import Results
from p2p_pipeline.paper.results.reading import results_of
from p2p_pipeline.paper.sessions.finding import date_of, is_live
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.tables.rows import moment, rows_of
from p2p_pipeline.paper.tables.schema import SESSION_TABLES


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session whose tables were made."""

    results: Results
    rows: Mapping[str, int]
    """By table."""


def lines_of(folder: SessionFolder) -> Iterator[dict[str, Any]]:
    """The whole lines of a session's log, all parts, as they are now."""
    for _, line in LogReader(folder.root).lines_from(1):
        yield orjson.loads(line)


def keep_session(folder: SessionFolder, lake: Lake, tables: Collection[str] = tuple(SESSION_TABLES)) -> KeptSession:
    """Make a session's tables from its log, replacing what was there. Raises NoResults."""
    last = b""

    def read() -> Iterator[dict[str, Any]]:
        nonlocal last
        for _, last in LogReader(folder.root).lines_from(1):
            yield orjson.loads(last)

    results = results_of(read())
    rows = rows_of(results, is_live=is_live(folder), is_simulated=_is_simulated(folder), log_sha256=hash_of(last))
    day = date_of(folder.session) or moment(results.started_at).date()
    with lake.writing(f"paper-{folder.session}"):
        for name in tables:
            table = SESSION_TABLES[name]
            lake.write(table, day, folder.session, table.table_of(rows[name]))
    return KeptSession(results, {name: len(rows[name]) for name in tables})


def _is_simulated(folder: SessionFolder) -> bool | None:
    try:
        found = orjson.loads(folder.about.read_bytes()).get("is_simulated")
    except (OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, bool) else None
