"""What a replay wrote aside against what the live scans wrote; where that is missing it takes its place."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from p2p_pipeline.exchanges.tables.hour_files import hour_path
from p2p_pipeline.exchanges.tables.schema import SCAN_TABLES, SCANS
from p2p_pipeline.lake.parquet_file import sync_folder


def sha256_of(lake: Path, hour: datetime) -> str:
    """Of an hour's files of all tables that scans are kept in, one after the other; empty where one is missing."""
    found = hashlib.sha256()
    for table in SCAN_TABLES:
        try:
            found.update(hour_path(lake, table, hour).read_bytes())
        except FileNotFoundError:
            return ""
    return found.hexdigest()


def scans_in(lake: Path, hour: datetime) -> int:
    """How many scans an hour's file has; 0 where there is none that can be read."""
    with suppress(FileNotFoundError, pa.ArrowInvalid):
        return int(parquet.read_metadata(hour_path(lake, SCANS, hour)).num_rows)
    return 0


def first_difference(stored: Path, made: Path, hour: datetime) -> str:
    """Which table differs first, and in which row."""
    for table in SCAN_TABLES:
        ours, theirs = (_rows(hour_path(lake, table, hour)) for lake in (made, stored))
        if ours == theirs:
            continue
        number = next((at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), None)
        if number is None:
            return f"{table.name}: {len(theirs)} rows are stored, the replay makes {len(ours)}"
        a, b = ours[number], theirs[number]
        names = ", ".join(name for name in a if a[name] != b.get(name))
        return f"{table.name}: row {number} (scan at {b.get('scanned_at')}) differs in {names}"
    return "the rows are the same, the files are not: another version of the program wrote them"


def install(made: Path, lake: Path, hour: datetime) -> None:
    """Put the hour's files where they belong."""
    for table in SCAN_TABLES:
        source, target = hour_path(made, table, hour), hour_path(lake, table, hour)
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as file:
            os.fsync(file.fileno())
        source.replace(target)
        sync_folder(target.parent)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a replayed hour compares."""

    outcome: str
    detail: str
    stored_sha256: str
    replayed_sha256: str


def judge_hour(lake: Path, made: Path, hour: datetime, noted: int, replayed: int, why_not_whole: str) -> Verdict:
    """Compare; where the live files are missing or lack scans that the frames have, the replay's take their place."""
    stored_sha, made_sha, stored = sha256_of(lake, hour), sha256_of(made, hour), scans_in(lake, hour)
    if replayed < noted:
        why_not_whole = why_not_whole or f"{noted - replayed} scans began before what is left of the frames"
    if stored_sha and stored_sha == made_sha:
        return Verdict("same", "", stored_sha, made_sha)
    if made_sha and stored < replayed:
        install(made, lake, hour)
        detail = f"{replayed - stored} of {replayed} scans were missing"
        if why_not_whole:
            return Verdict("not whole", f"{detail}; {why_not_whole}", stored_sha, made_sha)
        return Verdict("made", detail, stored_sha, made_sha)
    if why_not_whole:
        return Verdict("not whole", why_not_whole, stored_sha, made_sha)
    return Verdict("differs", first_difference(lake, made, hour), stored_sha, made_sha)


def _rows(path: Path) -> list[dict[str, object]]:
    with suppress(FileNotFoundError, pa.ArrowInvalid), parquet.ParquetFile(path) as file:
        rows: list[dict[str, object]] = file.read().to_pylist()
        return rows
    return []
