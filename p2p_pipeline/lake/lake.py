"""Parquet partitions: one file a table, day and market, replaced in one step.

`lake/<table>/date=YYYY-MM-DD/<market_key>.parquet`. A file's own metadata says how far into the raw store it goes and
which code made it, so no other state can disagree with the data.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
from pyarrow import compute, dataset, parquet

from p2p_pipeline.tables import Table

ROW_GROUP_ROWS = 131_072
COMPRESSION_LEVEL = 3
_OURS = b"p2p."


@dataclass(frozen=True, slots=True)
class Partition:
    """One stored file: which table, which day, which market."""

    table: str
    day: date
    market_key: str
    path: Path


class Lake:
    """The Parquet tables under one folder. Readers never lock; a reader sees the old file or the new one."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, table: Table, day: date, market_key: str) -> Path:
        """Where a partition's file is, or would be."""
        return self.root / table.name / f"date={day.isoformat()}" / f"{market_key}.parquet"

    def write(
        self, table: Table, day: date, market_key: str, rows: pa.Table, facts: Mapping[str, str] | None = None
    ) -> Path:
        """Replace a partition: written aside, synced, renamed.

        `facts` are kept in the file and given back by `facts`. The same rows and facts give the same bytes.
        """
        target = self.path(table, day, market_key)
        target.parent.mkdir(parents=True, exist_ok=True)
        kept = {_OURS + name.encode(): value.encode() for name, value in (facts or {}).items()}
        aside = target.with_name(f".{target.name}.{os.getpid()}.new")
        try:
            parquet.write_table(
                rows.cast(table.arrow_schema).replace_schema_metadata(kept),
                aside,
                compression="zstd",
                compression_level=COMPRESSION_LEVEL,
                row_group_size=ROW_GROUP_ROWS,
            )
            with aside.open("rb") as file:
                os.fsync(file.fileno())
            aside.replace(target)
        finally:
            aside.unlink(missing_ok=True)
        _sync_folder(target.parent)
        return target

    def read(self, table: Table, day: date, market_key: str, columns: list[str] | None = None) -> pa.Table:
        """A partition's rows; an empty table where there is none."""
        path = self.path(table, day, market_key)
        if not path.exists():
            empty = table.empty()
            return empty.select(columns) if columns else empty
        # ParquetFile, not read_table: the latter takes `date=…` in the path for a column of its own.
        with parquet.ParquetFile(path) as file:
            return file.read(columns=columns).replace_schema_metadata(None)

    def read_range(
        self,
        table: Table,
        market_key: str,
        first: date | None,
        last: date | None,
        columns: list[str] | None = None,
        filters: compute.Expression | None = None,
    ) -> pa.Table:
        """A market's rows of all days from `first` to `last` (both included; None for no limit), by day.

        Only that market's files are opened, and of those only the parts that can hold rows which pass `filters`.
        """
        days = [found.day for found in self.partitions(table) if found.market_key == market_key]
        found = [
            dataset.dataset(self.path(table, day, market_key), schema=table.arrow_schema, partitioning=None).to_table(
                columns=columns, filter=filters
            )
            for day in days
            if (first is None or day >= first) and (last is None or day <= last)
        ]
        empty = table.empty()
        return pa.concat_tables([empty.select(columns) if columns else empty, *found]).replace_schema_metadata(None)

    def rows(self, table: Table, day: date, market_key: str) -> int:
        """How many rows a partition has."""
        path = self.path(table, day, market_key)
        return int(parquet.read_metadata(path).num_rows) if path.exists() else 0

    def facts(self, table: Table, day: date, market_key: str) -> dict[str, str] | None:
        """What the partition's writer noted in it; None where there is no partition, or a damaged one."""
        path = self.path(table, day, market_key)
        if not path.exists():
            return None
        try:
            metadata = parquet.read_schema(path).metadata or {}
        except pa.ArrowInvalid:
            # A damaged file is as good as none: whoever continues the partition makes it anew.
            return None
        return {
            name.removeprefix(_OURS).decode(): value.decode()
            for name, value in metadata.items()
            if name.startswith(_OURS)
        }

    @contextmanager
    def writing(self, market_key: str) -> Iterator[None]:
        """Hold this while reading a market's partitions to continue them; it waits for any other process that does.

        Without it two writers (a micro-batch and `p2p process`, say) would both append the same rows.
        """
        folder = self.root / ".locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{market_key}.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def partitions(self, table: Table) -> list[Partition]:
        """All partitions of a table, by day and market."""
        found = []
        for path in sorted((self.root / table.name).glob("date=*/*.parquet")):
            if not path.name.startswith("."):
                day = date.fromisoformat(path.parent.name.removeprefix("date="))
                found.append(Partition(table.name, day, path.name.removesuffix(".parquet"), path))
        return found

    def remove(self, table: Table, day: date, market_key: str) -> None:
        """Drop a partition if it is there."""
        self.path(table, day, market_key).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
