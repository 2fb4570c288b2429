"""A month of one table and market in one file: its days one after the other, each with what its writer noted.

The file says which of its rows are which day's, so that a day can be read, replaced and left out by itself. Rows carry
their `date`, by which SQL skips the row groups of other days. Rows of different periods lie apart: who asks for hours
does not read the twelve times as many rows of five minutes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import pyarrow as pa
from pyarrow import compute, dataset, parquet

from p2p_pipeline.lake.damage import DamagedFile
from p2p_pipeline.lake.parquet_file import ROW_GROUP_ROWS, WRITING, facts_of, kept_facts, replacing

DATE_COLUMN = "date"
GATHERED_ROWS = 16_384
"""Days are gathered into row groups of about so many rows: of hundreds, each costs more than its rows."""
_DAYS = "days"
_PERIOD_COLUMN = "period_seconds"
_FORMAT = dataset.ParquetFileFormat()


class DamagedMonth(DamagedFile):
    """The file of a whole month can't be read."""


@dataclass(frozen=True, slots=True)
class DayInMonth:
    """Where a day's rows are in a month's file, and the facts its writer noted."""

    pieces: tuple[tuple[int, int], ...]
    """The first row and the number of rows of each piece, in the day's order."""
    facts: Mapping[str, str]

    @property
    def rows(self) -> int:
        """How many rows the day has."""
        return sum(count for _, count in self.pieces)


@dataclass(frozen=True, slots=True)
class DayRows:
    """A day on its way into a month's file. The pieces are read when it is their turn."""

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
        metadata = self._file.metadata
        sizes = (metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))
        self._group_starts = list(accumulate(sizes, initial=0))
        self.schema = pa.schema([entry for entry in self._file.schema_arrow if entry.name != DATE_COLUMN])

    def read(self, day: date, columns: list[str] | None = None) -> pa.Table:
        """One day's rows, as they were written."""
        names = self.schema.names if columns is None else columns
        empty = self.schema.empty_table().select(names)
        return pa.concat_tables([empty, *self.pieces(day, names)]).replace_schema_metadata(None)

    def pieces(self, day: date, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """One day's rows, at most a row group at a time."""
        for start, count in self.days[day].pieces:
            first, last = (
                bisect_right(self._group_starts, start) - 1,
                bisect_right(self._group_starts, start + count - 1),
            )
            for group in range(first, last):
                begins = self._group_starts[group]
                own_start, own_end = max(start, begins), min(start + count, self._group_starts[group + 1])
                try:
                    rows = self._file.read_row_group(group, columns=columns or self.schema.names)
                except (pa.ArrowException, OSError) as error:
                    raise DamagedMonth(self.path, error) from None
                yield rows.select(columns or self.schema.names).slice(own_start - begins, own_end - own_start)

    def select(
        self, days: Collection[date], schema: pa.Schema, columns: list[str] | None, filters: compute.Expression | None
    ) -> pa.Table:
        """Rows of some days that pass a filter, by day; row groups that can hold none are not read."""
        names = schema.names if columns is None else columns
        wanted = compute.field(DATE_COLUMN).isin(pa.array(sorted(days), pa.date32()))
        wanted = wanted if filters is None else wanted & filters
        stored = pa.schema([*schema, pa.field(DATE_COLUMN, pa.date32())])
        try:
            fragment = _FORMAT.make_fragment(self._source)
            found = fragment.to_table(schema=stored, columns=[*names, DATE_COLUMN], filter=wanted)
        except (pa.ArrowInvalid, OSError) as error:
            raise DamagedMonth(self.path, error) from None
        dates = found[DATE_COLUMN].cast(pa.int32()).to_numpy()
        if (dates[1:] < dates[:-1]).any():
            found = found.take(dates.argsort(kind="stable"))
        return found.select(names)


def days_of_month(path: Path) -> Mapping[date, DayInMonth]:
    """A month's days; the file is opened only when it has changed. Raises FileNotFoundError or DamagedMonth."""
    state = path.stat()
    return _days_as_of(path, state.st_ino, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=512)
def _days_as_of(path: Path, *_state: int) -> Mapping[date, DayInMonth]:
    # Replaced since the look at its state, it is kept under a state that does not come again.
    return MappingProxyType(MonthFile(path).days)


def write_month(path: Path, schema: pa.Schema, days: Mapping[date, DayRows]) -> None:
    """Replace a month's file in one step. The same days give the same bytes.

    A table with periods has its whole month in memory meanwhile, any other a few row groups.
    """
    stored = pa.schema([*schema, pa.field(DATE_COLUMN, pa.date32(), nullable=False)])
    places: dict[date, dict[int, tuple[int, int]]] = {day: {} for day in sorted(days)}
    with replacing(path) as aside, parquet.ParquetWriter(aside, stored, **WRITING) as writer:
        gathering = _Gathering(writer, stored)
        for section in _sections(schema, days):
            for day, number, piece in section:
                places[day][number] = gathering.add(day, piece.cast(schema))
            gathering.flush()
        # Facts in their order: steps compare them with it.
        noted = {
            day.isoformat(): {
                "pieces": [found for _, found in sorted(places[day].items())],
                "facts": dict(days[day].facts),
            }
            for day in places
        }
        writer.add_key_value_metadata(kept_facts({_DAYS: orjson.dumps(noted).decode()}))


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


@dataclass(slots=True)
class _Gathering:
    """Pieces of days on their way into row groups."""

    writer: Any
    schema: pa.Schema
    waiting: list[pa.Table] = field(default_factory=list)
    waiting_rows: int = 0
    rows: int = 0

    def add(self, day: date, piece: pa.Table) -> tuple[int, int]:
        """Take a piece; gives its first row in the file and how many it has."""
        dates = pa.repeat(pa.scalar(day, pa.date32()), piece.num_rows)
        self.waiting.append(pa.table([*piece.columns, dates], schema=self.schema))
        self.waiting_rows += piece.num_rows
        self.rows += piece.num_rows
        if self.waiting_rows >= GATHERED_ROWS:
            self.flush()
        return self.rows - piece.num_rows, piece.num_rows

    def flush(self) -> None:
        """End the row group."""
        if self.waiting_rows:
            self.writer.write_table(pa.concat_tables(self.waiting), row_group_size=ROW_GROUP_ROWS)
        self.waiting, self.waiting_rows = [], 0


_Pieces = Iterator[tuple[date, int, pa.Table]]


def _sections(schema: pa.Schema, days: Mapping[date, DayRows]) -> Iterator[_Pieces]:
    """What lies together: pieces with their day and their number in it."""
    every = ((day, number, piece) for day in sorted(days) for number, piece in enumerate(days[day].pieces))
    if _PERIOD_COLUMN not in schema.names:
        yield every
        return
    sections: dict[int | None, list[tuple[date, int, pa.Table]]] = {}
    numbers = dict.fromkeys(days, 0)
    for day, _, rows in every:
        for period, piece in _by_period(rows):
            sections.setdefault(period, []).append((day, numbers[day], piece))
            numbers[day] += 1
    for _, section in sorted(sections.items(), key=lambda entry: -(entry[0] or 0)):
        yield iter(section)


def _by_period(rows: pa.Table) -> Iterator[tuple[int | None, pa.Table]]:
    """Cut rows where their period changes; rows that are in no order of periods stay together."""
    if not rows.num_rows:
        return
    values = rows[_PERIOD_COLUMN].to_numpy()
    changes = [int(place) for place in (values[1:] != values[:-1]).nonzero()[0] + 1]
    if len(changes) > 3:
        yield None, rows
        return
    for start, end in zip([0, *changes], [*changes, rows.num_rows], strict=True):
        yield int(values[start]), rows.slice(start, end - start)


def _days(file: parquet.ParquetFile) -> dict[date, DayInMonth]:
    noted = orjson.loads(facts_of(file.metadata.metadata)[_DAYS])
    found = {
        date.fromisoformat(day): DayInMonth(tuple((start, count) for start, count in entry["pieces"]), entry["facts"])
        for day, entry in noted.items()
    }
    named = sum(day.rows for day in found.values())
    if named != file.metadata.num_rows:
        raise ValueError(f"it has {file.metadata.num_rows} rows and names {named}")
    return found
