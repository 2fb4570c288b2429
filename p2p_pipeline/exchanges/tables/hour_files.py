"""Scans into Parquet files by hour, a row group a minute; the same scans give the same bytes.

The running hour is written aside and takes its name when it is over, or when the service ends. What a crash leaves of
it is nothing; a replay makes the hour from its frames (actions/replay_hours.py).
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from p2p_pipeline.exchanges.tables.rows import KeptScan, Rows, rows_of
from p2p_pipeline.exchanges.tables.schema import SCAN_TABLES
from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.parquet_file import WRITING, replacing, sync_folder


def hour_path(lake: Path, table: Table, hour: datetime) -> Path:
    """Where an hour's file of a table is, or would be."""
    return lake / table.name / f"date={hour:%Y-%m-%d}" / f"{hour:%H}.parquet"


def write_hour(lake: Path, table: Table, hour: datetime, rows: pa.Table) -> None:
    """Replace an hour's file of a table."""
    with replacing(hour_path(lake, table, hour)) as aside:
        parquet.write_table(rows, aside, **WRITING)


class HourWriter:
    """Takes scans in order. One a lake at a time. Raises OSError, and then the hour is the replay's to make.

    One that `continues` goes on behind what an earlier run of the service left of the hour.
    """

    def __init__(self, lake: Path, *, continues: bool = True) -> None:
        self._lake = lake
        self._continues = continues
        self._hour: datetime | None = None
        self._minute: tuple[str, datetime] | None = None
        self._rows: Rows = {}
        self._files: dict[str, _Writing] = {}

    def keep(self, kept: KeptScan) -> None:
        """Add a scan."""
        at = kept.scan.at
        hour, minute = at.replace(minute=0, second=0, microsecond=0), at.replace(second=0, microsecond=0)
        if self._minute != (kept.service, minute):
            self._end_minute()
            if hour != self._hour:
                self.close()
                self._open(hour)
            self._minute = kept.service, minute
        for name, rows in rows_of(kept).items():
            self._rows.setdefault(name, []).extend(rows)

    def close(self) -> None:
        """Give the hour's files their names."""
        self._end_minute()
        files, self._files = self._files, {}
        self._hour = self._minute = None
        for file in files.values():
            file.publish()

    def abandon(self) -> None:
        """Let the running hour go."""
        files, self._files = self._files, {}
        self._hour, self._minute, self._rows = None, None, {}
        for file in files.values():
            file.drop()

    def _open(self, hour: datetime) -> None:
        for table in SCAN_TABLES:
            file = self._files[table.name] = _Writing(hour_path(self._lake, table, hour), table)
            if self._continues:
                file.copy_what_is_there()
        self._hour = hour

    def _end_minute(self) -> None:
        rows, self._rows = self._rows, {}
        for table in SCAN_TABLES:
            if rows.get(table.name):
                self._files[table.name].write(table.table_of(rows[table.name]))


class _Writing:
    """A file that is being written, under a hidden name that the next writer takes too."""

    def __init__(self, target: Path, table: Table) -> None:
        self._target = target
        self._aside = target.with_name(f".{target.name}.writing")
        target.parent.mkdir(parents=True, exist_ok=True)
        self._writer = parquet.ParquetWriter(self._aside, table.arrow_schema, **WRITING)

    def write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows)

    def copy_what_is_there(self) -> None:
        with suppress(FileNotFoundError, pa.ArrowInvalid), parquet.ParquetFile(self._target) as file:
            if not file.schema_arrow.equals(self._writer.schema):
                # Of another version of the program: the hour is the replay's to make.
                return
            for group in range(file.num_row_groups):
                self._writer.write_table(file.read_row_group(group))

    def publish(self) -> None:
        self._writer.close()
        with self._aside.open("rb") as file:
            os.fsync(file.fileno())
        self._aside.replace(self._target)
        sync_folder(self._target.parent)

    def drop(self) -> None:
        with suppress(OSError):
            self._writer.close()
        self._aside.unlink(missing_ok=True)
