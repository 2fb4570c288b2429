"""Parquet partitions: rows of one table, day and market, replaced in one step.

A day is `lake/<table>/date=YYYY-MM-DD/<market_key>.parquet`. Days of closed months are brought together in
`lake/<table>/month=YYYY-MM/<market_key>.parquet` (compaction.py); a day that also has a file of its own is the one in
that file. A file's own metadata says how far into the raw store a day goes and which code made it, so no other state
can disagree with the data.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import pyarrow as pa
from pyarrow import compute, dataset, parquet

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.damage import DamagedFile
from p2p_pipeline.lake.month_file import DamagedMonth, DayInMonth, MonthFile, days_of_month, drop_day
from p2p_pipeline.lake.parquet_file import (
    ROW_GROUP_ROWS,
    WRITING,
    facts_of,
    files_in,
    kept_facts,
    replacing,
    sync_folder,
)

_FORMAT = dataset.ParquetFileFormat()
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Partition:
    """One stored day: which table, which day, which market. It may lie in a file of its own or in its month's."""

    table: str
    day: date
    market_key: str


class Lake:
    """The Parquet tables under one folder. Readers never lock; a reader sees the old rows of a day or the new ones.

    What reads rows raises DamagedFile, with what to do, when a file can't be read (DamagedMonth for a month's).
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, table: Table, day: date, market_key: str) -> Path:
        """Where a day's own file is, or would be."""
        return self.root / table.name / f"date={day.isoformat()}" / f"{market_key}.parquet"

    def month_path(self, table: Table, day: date, market_key: str) -> Path:
        """Where the file of the day's month is, or would be."""
        return self.root / table.name / f"month={day:%Y-%m}" / f"{market_key}.parquet"

    def write(
        self, table: Table, day: date, market_key: str, rows: pa.Table, facts: Mapping[str, str] | None = None
    ) -> Path:
        """Replace a partition: written aside, synced, renamed.

        `facts` are kept in the file and given back by `facts`. The same rows and facts give the same bytes.
        """
        target = self.path(table, day, market_key)
        kept = rows.cast(table.arrow_schema).replace_schema_metadata(kept_facts(facts))
        with replacing(target) as aside:
            parquet.write_table(kept, aside, row_group_size=ROW_GROUP_ROWS, **WRITING)
        return target

    def read(self, table: Table, day: date, market_key: str, columns: list[str] | None = None) -> pa.Table:
        """A partition's rows; an empty table where there is none."""
        path = self.path(table, day, market_key)
        try:
            # ParquetFile, not read_table: the latter takes `date=…` in the path for a column of its own.
            with _telling_damage(path), parquet.ParquetFile(path) as file:
                return file.read(columns=columns).replace_schema_metadata(None)
        except FileNotFoundError:
            month = self._month_with(table, day, market_key)
        if month is not None:
            return month.read(day, columns)
        empty = table.empty()
        return empty.select(columns) if columns else empty

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
        first, last = first or date.min, last or date.max
        for attempt in range(_ATTEMPTS):
            try:
                found = self._read_days(table, market_key, first, last, columns, filters)
            except FileNotFoundError:
                # A day's file has just gone into its month's: look again.
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                break
        empty = table.empty()
        return pa.concat_tables([empty.select(columns) if columns else empty, *found]).replace_schema_metadata(None)

    def rows(self, table: Table, day: date, market_key: str) -> int:
        """How many rows a partition has."""
        path = self.path(table, day, market_key)
        try:
            with _telling_damage(path):
                return int(parquet.read_metadata(path).num_rows)
        except FileNotFoundError:
            found = self._day_in_month(table, day, market_key)
            return found.rows if found else 0

    def facts(self, table: Table, day: date, market_key: str) -> dict[str, str] | None:
        """What the partition's writer noted in it; None where there is no partition, or a damaged one."""
        # A damaged file is as good as none: whoever continues the partition makes it anew.
        try:
            return facts_of(parquet.read_schema(self.path(table, day, market_key)).metadata)
        except pa.ArrowInvalid:
            return None
        except FileNotFoundError:
            pass
        try:
            found = self._day_in_month(table, day, market_key)
        except DamagedMonth:
            return None
        return dict(found.facts) if found else None

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
        # Days before months: a day that goes into its month's file between the two is then seen in both, not in none.
        found = {
            (date.fromisoformat(path.parent.name.removeprefix("date=")), path.name.removesuffix(".parquet"))
            for path in files_in(self.root / table.name, "date=*")
        }
        for path in files_in(self.root / table.name, "month=*"):
            with suppress(FileNotFoundError):
                found |= {(day, path.name.removesuffix(".parquet")) for day in days_of_month(path)}
        return [Partition(table.name, day, market_key) for day, market_key in sorted(found)]

    def remove(self, table: Table, day: date, market_key: str) -> None:
        """Drop a partition if it is there. Hold `writing`: a day of a month's file goes by writing the month anew."""
        # The month first: its older rows of the day must not come to light.
        drop_day(self.month_path(table, day, market_key), day)
        path = self.path(table, day, market_key)
        if path.exists():
            path.unlink()
            sync_folder(path.parent)

    def _month_with(self, table: Table, day: date, market_key: str) -> MonthFile | None:
        """The month's file if it has the day."""
        try:
            month = MonthFile(self.month_path(table, day, market_key))
        except FileNotFoundError:
            return None
        return month if day in month.days else None

    def _day_in_month(self, table: Table, day: date, market_key: str) -> DayInMonth | None:
        """What the month's file says of the day if it has it."""
        try:
            return days_of_month(self.month_path(table, day, market_key)).get(day)
        except FileNotFoundError:
            return None

    def _read_days(
        self,
        table: Table,
        market_key: str,
        first: date,
        last: date,
        columns: list[str] | None,
        filters: compute.Expression | None,
    ) -> list[pa.Table]:
        folder, name = self.root / table.name, f"{market_key}.parquet"
        # Days before months, as in `partitions`.
        own = {
            date.fromisoformat(path.name.removeprefix("date=")): path / name
            for path in folder.glob("date=*")
            if first.isoformat() <= path.name.removeprefix("date=") <= last.isoformat() and (path / name).exists()
        }
        within: dict[date, MonthFile] = {}
        for path in folder.glob("month=*"):
            if f"{first:%Y-%m}" <= path.name.removeprefix("month=") <= f"{last:%Y-%m}":
                with suppress(FileNotFoundError):
                    month = MonthFile(path / name)
                    within |= {day: month for day in month.days if first <= day <= last and day not in own}
        found = []
        for source, days in groupby(sorted({*own, *within}), within.get):
            if source is not None:
                found.append(source.select(list(days), table.arrow_schema, columns, filters))
                continue
            for day in days:
                with _telling_damage(own[day]):
                    fragment = _FORMAT.make_fragment(pa.OSFile(str(own[day])))
                    found.append(fragment.to_table(schema=table.arrow_schema, columns=columns, filter=filters))
        return found


@contextmanager
def _telling_damage(path: Path) -> Iterator[None]:
    """Name the file that can't be read; that there is none is another matter."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (pa.ArrowInvalid, OSError) as error:
        raise DamagedFile(path, error) from None
