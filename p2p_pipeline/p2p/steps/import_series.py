"""Price series recorded elsewhere to `history` and `rollups`, beside what was collected.

The files are kept as they came (unpacked), in the order in which they came: `imported_series/<market_key>/<sha16>.csv`,
and `files.jsonl` with a line for each time that a file brought something. The tables are a pure function of them.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.lake.month_file import DamagedMonth, DayRows, MonthFile, write_month
from p2p_pipeline.lake.parquet_file import files_in, replacing, sync_folder
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.metrics.history.absurd import NewLevel
from p2p_pipeline.p2p.metrics.history.imported import DAY_MICROSECONDS, by_day, digest, imported_history
from p2p_pipeline.p2p.metrics.history.rollup import rollup_rows
from p2p_pipeline.p2p.metrics.history.schema import HISTORY, ROLLUPS
from p2p_pipeline.p2p.metrics.history.series_file import CELLS, Refused, SeriesFile, SeriesFileError, read_series_file
from p2p_pipeline.p2p.metrics.history.settling import as_stored, settle
from p2p_pipeline.p2p.steps.series import imported_key
from p2p_pipeline.p2p.versions import HISTORY_VERSION

_LIST = "files.jsonl"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class SeriesImport:
    """What importing a file did."""

    market_key: str
    file: str
    rows: int
    """Lines of data in the file."""
    observations: int
    """Prices that are new; a line has one for each filled column."""
    already_there: int
    """Prices that were there already, with the same value."""
    duplicates: int
    """Lines that only repeat an earlier line of the file."""
    reordered: int
    """Lines that stood after a later one of their side; they are sorted in."""
    refused: tuple[Refused, ...]
    """Quarantined lines, each with its number and the reason."""
    first: datetime
    last: datetime
    """Of the file's accepted prices."""
    longest_gap_seconds: float
    """Between two looks at a side in the file; it stays a gap."""
    measures: tuple[str, ...]
    new_levels: tuple[NewLevel, ...]
    """Where prices jumped to a new level and were taken all the same."""
    days: int
    """UTC days of which the file has an accepted price."""
    days_written: int
    """Days whose tables were not yet as they are now; those that are gone count too."""
    quarantine: Path | None
    """Where the refused lines are written down; None without any."""


@dataclass(frozen=True, slots=True)
class _KeptFile:
    sha16: str
    name: str
    imported_at: datetime


def import_series(folder: Path, lake: Lake, file: Path, market: Market, now: datetime) -> SeriesImport:
    """Bring a CSV of prices into a market's `history` and `rollups`; the same file again adds nothing.

    `folder` is where the files are kept (`DataPaths.imported_series`). Raises SeriesFileError when the file as a whole
    can't be used; its message is for the person who gave it.
    """
    content = _content(file)
    sha16 = hashlib.sha256(content).hexdigest()[:16]
    kept_folder = folder / market.key
    with lake.writing(imported_key(market.key)):
        before = _kept_files(kept_folder)
        stored, doubted = _stored(kept_folder, before)
        read = _read(content, now)
        settled = settle(read.cells, stored, doubted)
        refused = tuple(sorted((*read.refused, *settled.refused), key=lambda entry: entry.line))
        is_good = bool(settled.added or settled.already_there)
        # Prices that were of the future when the file first came are taken now: made anew, it must be read as of now.
        # Absurd ones are kept too: those of the next days may show that they were a new level.
        is_known = sha16 in {kept.sha16 for kept in before}
        if settled.added or (not is_known and (is_good or settled.doubted.num_rows > doubted.num_rows)):
            _keep(kept_folder, content, [*before, _KeptFile(sha16, file.name, now)])
        if not is_good:
            raise SeriesFileError(_nothing_good(read, refused))
        quarantine = _quarantine(kept_folder / f"{sha16}.refused.jsonl", refused)
        written = _write_days(lake, market, settled.cells)
    moments = settled.moments
    return SeriesImport(
        market_key=market.key,
        file=file.name,
        rows=read.lines,
        observations=settled.added,
        already_there=settled.already_there,
        duplicates=settled.duplicates,
        reordered=settled.reordered,
        refused=refused,
        first=_moment(moments[0]),
        last=_moment(moments[-1]),
        longest_gap_seconds=settled.longest_gap_seconds,
        measures=read.measures,
        new_levels=settled.new_levels,
        days=len(np.unique(moments // DAY_MICROSECONDS)),
        days_written=written,
        quarantine=quarantine,
    )


def rebuild_imported_series(folder: Path, lake: Lake, market: Market) -> int:
    """Make a market's imported `history` and `rollups` anew from the kept files; gives how many days had changed."""
    with lake.writing(imported_key(market.key)):
        return _write_days(lake, market, _stored(folder / market.key, _kept_files(folder / market.key))[0])


def imported_markets(folder: Path) -> list[str]:
    """The markets that have kept files."""
    return sorted(found.parent.name for found in folder.glob(f"*/{_LIST}"))


def _content(file: Path) -> bytes:
    """A file as CSV: what is packed is kept unpacked, so that packing it does not make it another file."""
    try:
        content = file.read_bytes()
        return gzip.decompress(content) if content.startswith(_GZIP) else content
    except IsADirectoryError:
        raise SeriesFileError("{file} is a folder; name one CSV file", file=file) from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SeriesFileError(
            "{file} is a damaged gzip file ({error}); pack it again, or give the CSV itself", file=file, error=error
        ) from None
    except OSError as error:
        raise SeriesFileError("{file} can't be read: {reason}", file=file, reason=error.strerror) from None


def _read(content: bytes, now: datetime) -> SeriesFile:
    # What is no UTF-8 makes its own cell unreadable, not the file.
    lines = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", errors="replace", newline=None)
    return read_series_file(lines, now)


def _stored(folder: Path, files: list[_KeptFile]) -> tuple[pa.Table, pa.Table]:
    """The prices of the kept files, and those that were refused as absurd."""
    cells, doubted = CELLS.empty_table(), CELLS.empty_table()
    for kept in files:
        read = _read(_content(folder / f"{kept.sha16}.csv"), kept.imported_at)
        settled = settle(read.cells, cells, doubted)
        cells, doubted = as_stored(settled.cells), settled.doubted
    return cells, doubted


def _kept_files(folder: Path) -> list[_KeptFile]:
    listed = folder / _LIST
    return [_kept_file(line) for line in listed.read_bytes().splitlines()] if listed.exists() else []


def _kept_file(line: bytes) -> _KeptFile:
    said = orjson.loads(line)
    return _KeptFile(said["sha16"], said["name"], datetime.fromisoformat(said["imported_at"]))


def _keep(folder: Path, content: bytes, files: list[_KeptFile]) -> None:
    """The bytes first, then the list that names them."""
    with replacing(folder / f"{files[-1].sha16}.csv") as aside:
        aside.write_bytes(content)
    with replacing(folder / _LIST) as aside:
        aside.write_bytes(b"".join(orjson.dumps(kept) + b"\n" for kept in files))


def _quarantine(path: Path, refused: tuple[Refused, ...]) -> Path | None:
    """A line for every refused one; the kept file beside it has its bytes."""
    if not refused:
        return None
    with replacing(path) as aside:
        aside.write_bytes(b"".join(orjson.dumps(entry) + b"\n" for entry in refused))
    return path


def _moment(microseconds: np.int64) -> datetime:
    return datetime.fromtimestamp(int(microseconds) // 1_000_000, UTC)


def _write_days(lake: Lake, market: Market, cells: pa.Table) -> int:
    """Write the months with a day whose prices are not those in the lake; gives how many such days there were.

    Days without a price go, and count. A month at once: day by day a year would take hundreds of files, each waited
    for until the disk has it.
    """
    key = imported_key(market.key)
    months: dict[str, dict[date, pa.Table]] = {}
    for day, rows in by_day(imported_history(cells, market), "observed_at"):
        months.setdefault(f"{day:%Y-%m}", {})[day] = rows
    changed = _remove_months_without(lake, key, months) if months else 0
    for histories in months.values():
        facts = {day: {"history_version": HISTORY_VERSION, "prices": digest(rows)} for day, rows in histories.items()}
        there = [_facts_there(lake, table, min(histories), key) for table in (HISTORY, ROLLUPS)]
        # A day that is gone differs too: it has no facts any more.
        days = {*histories, *(day for noted in there for day in noted)}
        different = [day for day in days if any(noted.get(day) != facts.get(day) for noted in there)]
        if different:
            rollups = dict(by_day(rollup_rows(pa.concat_tables(histories.values()), None), "period_start"))
            _write_month(lake, HISTORY, key, histories, facts)
            _write_month(lake, ROLLUPS, key, rollups, facts)
            changed += len(different)
    return changed


def _remove_months_without(lake: Lake, key: str, months: Collection[str]) -> int:
    """Drop the months that have no price any more; gives how many days they had."""
    gone: set[date] = set()
    for table in (HISTORY, ROLLUPS):
        for path in files_in(lake.root / table.name, "month=*", f"{key}.parquet"):
            month = path.parent.name.removeprefix("month=")
            if month not in months:
                gone |= _facts_there(lake, table, date.fromisoformat(f"{month}-01"), key).keys()
                path.unlink()
                sync_folder(path.parent)
    return len(gone)


def _facts_there(lake: Lake, table: Table, day: date, key: str) -> dict[date, Mapping[str, str]]:
    """What the days of a month say of themselves; nothing where the month is not there or damaged."""
    try:
        return {noted_day: found.facts for noted_day, found in MonthFile(lake.month_path(table, day, key)).days.items()}
    except (FileNotFoundError, DamagedMonth):
        return {}


def _write_month(
    lake: Lake, table: Table, key: str, days: Mapping[date, pa.Table], facts: Mapping[date, Mapping[str, str]]
) -> None:
    path = lake.month_path(table, min(days), key)
    write_month(path, table.arrow_schema, {day: DayRows(facts[day], [rows]) for day, rows in days.items()})


def _nothing_good(read: SeriesFile, refused: tuple[Refused, ...]) -> str:
    first = refused[0]
    return (
        f"none of the file's {read.lines} lines can be used, nothing was imported; the first is line {first.line}: "
        f"{first.detail}"
    )
