"""Days of a closed month become one file: few and large files, whose days are still read and replaced by themselves.

Two steps, each of which leaves a lake that reads the same: the month's file is replaced, with the days that have files
of their own taken from these; then those files go. After a crash in between, the days' own files are the ones read,
and the next compaction goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from os import stat_result
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.lake.month_file import DayRows, MonthFile, write_month
from p2p_pipeline.lake.parquet_file import facts_of, files_in, sync_folder


@dataclass(frozen=True, slots=True)
class CompactedMonth:
    """What one compaction did."""

    path: Path
    days: int
    """How many days' own files went into it."""
    bytes_before: int
    """Of those files, and of the month's file before."""
    bytes_after: int
    left_out: tuple[str, ...]
    """Days' files that could not go in, each with the reason; they are read as before."""


def compact_month(lake: Lake, table: Table, month: date, market_key: str) -> CompactedMonth:
    """Bring the files of a month's days (any of them names the month) together. Hold `lake.writing`.

    A day whose rows can't be read is left out. Raises DamagedMonth when the month has a file that can't be read, and
    OSError when the new one can't be written; nothing is changed then.
    """
    damaged: dict[Path, str] = {}
    while True:
        try:
            return _compact(lake, table, month, market_key, damaged)
        except _DamagedDay as error:
            # Its pages are read only when it is their turn, so that no month has to be in memory: once more without it.
            damaged[error.path] = error.told


class _DamagedDay(Exception):
    """Rows of a day's own file can't be read."""

    def __init__(self, path: Path, reason: object) -> None:
        self.path = path
        self.told = _left_as_it_is(path, reason)
        super().__init__(self.told)


def _left_as_it_is(path: Path, reason: object) -> str:
    return f"{path} is left as it is: {(str(reason).strip() or type(reason).__name__).splitlines()[0]}"


def _compact(lake: Lake, table: Table, month: date, market_key: str, damaged: Mapping[Path, str]) -> CompactedMonth:
    target = lake.month_path(table, month, market_key)
    days: dict[date, DayRows] = {}
    size_before = 0
    left_out = list(damaged.values())
    with suppress(FileNotFoundError):
        before = MonthFile(target)
        size_before = target.stat().st_size
        days = {day: DayRows(found.facts, before.pieces(day)) for day, found in before.days.items()}
        if not before.schema.equals(table.arrow_schema):
            found = [
                f"{path} stays beside {target}, whose columns are those of another version"
                for path in _own_files(lake, table, month, market_key).values()
            ]
            return CompactedMonth(target, 0, size_before, size_before, tuple(found))
    merged: dict[Path, stat_result] = {}
    for day, path in _own_files(lake, table, month, market_key).items():
        if path in damaged:
            continue
        state = path.stat()
        try:
            days[day] = _day_rows(path, table.arrow_schema)
        except (pa.ArrowException, OSError, ValueError) as error:
            left_out.append(_left_as_it_is(path, error))
            continue
        merged[path] = state
    if merged:
        for leftover in target.parent.glob(f".{target.name}.*.new"):
            leftover.unlink()
        write_month(target, table.arrow_schema, days)
        for path, state in merged.items():
            _remove_unchanged(path, state)
    size_after = target.stat().st_size if target.exists() else 0
    sizes = size_before + sum(state.st_size for state in merged.values())
    return CompactedMonth(target, len(merged), sizes, size_after, tuple(left_out))


def months_with_day_files(lake: Lake, table: Table) -> list[tuple[date, str]]:
    """The months (their first days) and markets for which days have files of their own, in order."""
    found = set()
    for path in files_in(lake.root / table.name, "date=*"):
        day = date.fromisoformat(path.parent.name.removeprefix("date="))
        found.add((day.replace(day=1), path.name.removesuffix(".parquet")))
    return sorted(found)


def _own_files(lake: Lake, table: Table, month: date, market_key: str) -> dict[date, Path]:
    found = files_in(lake.root / table.name, f"date={month:%Y-%m}-*", f"{market_key}.parquet")
    return {date.fromisoformat(path.parent.name.removeprefix("date=")): path for path in sorted(found)}


def _day_rows(path: Path, schema: pa.Schema) -> DayRows:
    file = parquet.ParquetFile(path)
    if not file.schema_arrow.equals(schema):
        raise ValueError("its columns are those of another version")

    def pieces() -> Iterator[pa.Table]:
        with file:
            for group in range(file.num_row_groups):
                # Only the reading: that a piece can't be written is told, whatever the reason.
                try:
                    rows = file.read_row_group(group)
                except (pa.ArrowException, OSError) as error:
                    raise _DamagedDay(path, error) from None
                yield rows

    return DayRows(facts_of(file.schema_arrow.metadata), pieces())


def _remove_unchanged(path: Path, state: stat_result) -> None:
    now = path.stat()
    # Who writes without the lock that compaction holds must not lose what was written.
    if (now.st_ino, now.st_mtime_ns, now.st_size) != (state.st_ino, state.st_mtime_ns, state.st_size):
        return
    path.unlink()
    sync_folder(path.parent)
    # Other markets may have files there.
    with suppress(OSError):
        path.parent.rmdir()
