"""A month of one table and market in one file: its days one after the other, each with what its writer noted.

A day is a few row groups of its own, so that it can be read, replaced and left out without its neighbours. Rows carry
their `date`, by which SQL skips the row groups of other days.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

import pyarrow as pa
from pyarrow import compute, dataset, parquet

from p2p_pipeline.lake.parquet_file import ROW_GROUP_ROWS, WRITING, facts_of, kept_facts, replacing

DATE_COLUMN = "date"
_DAYS = "days"
_SPLIT_COLUMN = "period_seconds"
_SPLIT_FROM_ROWS = 2_048
_FORMAT = dataset.ParquetFileFormat()


class DamagedMonth(Exception):
    """A month's file can't be read; the message says which, and how to have its days again."""

    def __init__(self, path: Path, reason: object) -> None:
        month = path.parent.name.removeprefix("month=")
        super().__init__(
            f"{path} can't be read ({str(reason).strip().splitlines()[0]}); delete it and make the month {month} anew "
            "with `p2p process --full`, or import it again if it was imported"
        )


@dataclass(frozen=True, slots=True)
class DayInMonth:
    """Where a day's rows are in a month's file, and the facts its writer noted."""

    row_groups: tuple[int, ...]
    rows: int
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DayRows:
    """A day on its way into a month's file. The pieces are read when they are written: never a month in memory."""

    facts: Mapping[str, str]
    pieces: Iterable[pa.Table]


class MonthFile:
    """An open month. It stays the month that was opened when the file is replaced or removed meanwhile."""

    def __init__(self, path: Path) -> None:
        """Open it; raises FileNotFoundError or DamagedMonth."""
        self.path = path
        self._source = pa.OSFile(str(path))
        try:
            self._file = parquet.ParquetFile(self._source)
            self.days = _days(self._file)
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise DamagedMonth(path, error) from None
        self.schema = pa.schema([field for field in self._file.schema_arrow if field.name != DATE_COLUMN])

    def read(self, day: date, columns: list[str] | None = None) -> pa.Table:
        """One day's rows, as they were written."""
        names = self.schema.names if columns is None else columns
        try:
            found = self._file.read_row_groups(list(self.days[day].row_groups), columns=names)
        except (pa.ArrowException, OSError) as error:
            raise DamagedMonth(self.path, error) from None
        return found.select(names).replace_schema_metadata(None)

    def pieces(self, day: date) -> Iterator[pa.Table]:
        """One day's rows, a row group at a time."""
        for group in self.days[day].row_groups:
            yield self._file.read_row_group(group, columns=self.schema.names)

    def select(
        self, days: Collection[date], schema: pa.Schema, columns: list[str] | None, filters: compute.Expression | None
    ) -> pa.Table:
        """Rows of some days that pass a filter; row groups that can hold none are not read."""
        groups = [group for day in sorted(days) for group in self.days[day].row_groups]
        fragment = _FORMAT.make_fragment(self._source, row_groups=groups)
        try:
            return fragment.to_table(schema=schema, columns=columns, filter=filters)
        except (pa.ArrowInvalid, OSError) as error:
            raise DamagedMonth(self.path, error) from None


def write_month(path: Path, schema: pa.Schema, days: Mapping[date, DayRows]) -> None:
    """Replace a month's file in one step. The same days give the same bytes."""
    stored = pa.schema([*schema, pa.field(DATE_COLUMN, pa.date32(), nullable=False)])
    noted = {}
    with replacing(path) as aside, parquet.ParquetWriter(aside, stored, **WRITING) as writer:
        for day, rows in sorted(days.items()):
            groups = 0
            for group in chain.from_iterable(map(_row_groups, rows.pieces)):
                dates = pa.array([day], pa.date32()).take(pa.array([0] * group.num_rows, pa.int8()))
                columns = [*group.cast(schema).columns, dates]
                writer.write_table(pa.table(columns, schema=stored), row_group_size=ROW_GROUP_ROWS)
                groups += 1
            noted[day.isoformat()] = {"row_groups": groups, "facts": dict(rows.facts)}
        # Facts in their order: steps compare them with it.
        text = json.dumps(noted, separators=(",", ":"))
        writer.add_key_value_metadata(kept_facts({_DAYS: text}))


def drop_day(path: Path, day: date) -> None:
    """Take a day out of a month's file if both are there; the last day takes the file with it."""
    try:
        month = MonthFile(path)
    except FileNotFoundError:
        return
    if day not in month.days:
        return
    kept = {other: DayRows(found.facts, month.pieces(other)) for other, found in month.days.items() if other != day}
    if kept:
        write_month(path, month.schema, kept)
    else:
        path.unlink(missing_ok=True)


def _days(file: parquet.ParquetFile) -> dict[date, DayInMonth]:
    noted = json.loads(facts_of(file.metadata.metadata)[_DAYS])
    found = {}
    first = 0
    for day, entry in noted.items():
        groups = tuple(range(first, first := first + entry["row_groups"]))
        rows = sum(file.metadata.row_group(group).num_rows for group in groups)
        found[date.fromisoformat(day)] = DayInMonth(groups, rows, entry["facts"])
    if first != file.metadata.num_row_groups:
        raise ValueError(f"it has {file.metadata.num_row_groups} row groups and names {first}")
    return found


def _row_groups(piece: pa.Table) -> Iterator[pa.Table]:
    """Cut a piece of a day where its period changes, if it is large.

    Who asks for hours then skips the twelve times as many rows of five minutes.
    """
    if not piece.num_rows:
        return
    starts = [0]
    if _SPLIT_COLUMN in piece.column_names and piece.num_rows >= _SPLIT_FROM_ROWS:
        values = piece[_SPLIT_COLUMN].to_numpy()
        changes = (values[1:] != values[:-1]).nonzero()[0] + 1
        # Rows that are in no order of periods would be cut to bits.
        starts += [int(place) for place in changes] if len(changes) <= 3 else []
    for start, end in zip(starts, [*starts[1:], piece.num_rows], strict=True):
        yield piece.slice(start, end - start)
