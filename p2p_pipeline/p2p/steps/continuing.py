"""What all steps share: which partitions can be continued, how one is replaced, and what a step reports."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.damage import DamagedFile
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.stored import is_market_key
from p2p_pipeline.p2p.venues.directory import venue_directory


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step did to one partition."""

    day: date
    market_key: str
    new_rows: Mapping[str, int]
    """Rows added, by table."""
    total_rows: Mapping[str, int]
    """Rows in the partition now, by table."""
    seconds: float


def market_keys(reader: RawReader, day: date, venue: str | None = None) -> list[str]:
    """The markets that the raw store has on a day, of one venue or of all."""
    known = venue_directory()
    keys = [key for key in reader.file_keys(day) if is_market_key(key) and key.split(".")[0] in known]
    return [key for key in keys if venue is None or key.startswith(f"{venue}.")]


def continuing(lake: Lake, table: Table, day: date, market_key: str, facts: Mapping[str, str]) -> dict[str, str]:
    """The facts of a partition that can be continued; empty when it has to be made anew."""
    before = lake.facts(table, day, market_key)
    if before is None or any(before.get(name) != value for name, value in facts.items()):
        return {}
    return before


def common_facts(
    lake: Lake, tables: Iterable[Table], day: date, market_key: str, facts: Mapping[str, str]
) -> dict[str, str]:
    """The facts that several tables of one step share; empty when any of them has to be made anew."""
    # The tables are replaced one after the other: after a crash in between they disagree, and are made anew.
    found = [continuing(lake, table, day, market_key, facts) for table in tables]
    return found[0] if all(entry == found[0] for entry in found) else {}


def write_partition(
    lake: Lake, table: Table, day: date, market_key: str, kept: pa.Table, new: pa.Table, facts: Mapping[str, str]
) -> tuple[int, int]:
    """Replace a partition by the rows kept and the new ones; gives how many are new and how many there are.

    One that has the same rows and facts is left where it is: a compacted day stays compacted.
    """
    total = pa.concat_tables([kept, new]).combine_chunks()
    if not _is_there(lake, table, day, market_key, total, facts):
        lake.write(table, day, market_key, total, facts)
    return total.num_rows - kept.num_rows, total.num_rows


def _is_there(lake: Lake, table: Table, day: date, market_key: str, rows: pa.Table, facts: Mapping[str, str]) -> bool:
    before = lake.facts(table, day, market_key)
    # In their order too: the same facts in another one are other bytes.
    if before is None or list(before.items()) != list(facts.items()):
        return False
    try:
        found = lake.read(table, day, market_key)
    except (DamagedFile, pa.ArrowException):
        return False
    return bool(found.schema.equals(table.arrow_schema) and found.equals(rows.cast(table.arrow_schema)))


def snapshots_lineage(snapshots: pa.Table, count: int) -> str:
    """Changes when the first `count` snapshots, by which numbers are continued, are no longer those they were."""
    if count > snapshots.num_rows:
        return "more than there are"
    first = snapshots.slice(0, count).select(["snapshot_id", "raw_offset", "offers"])
    return hashlib.sha256(repr(first.to_pydict()).encode()).hexdigest()[:16]


def step_report(day: date, market_key: str, rows: Mapping[str, tuple[int, int]], started: float) -> StepReport:
    """A step's report from (new, total) by table and when it started (`time.perf_counter`)."""
    return StepReport(
        day,
        market_key,
        {name: new for name, (new, _) in rows.items()},
        {name: total for name, (_, total) in rows.items()},
        time.perf_counter() - started,
    )


def remake(
    lake: Lake,
    day: date,
    market_key: str,
    made_from: Sequence[Table],
    make: Mapping[Table, Callable[[], pa.Table]],
    facts: Mapping[str, str],
    full: bool = False,
) -> StepReport:
    """Make one day's tables whole from other tables of the lake, unless those are as they were the last time.

    For steps that are quick enough to be done over a whole day. `facts` names the code and the settings that decide
    the rows; what the source partitions say of themselves is added. Take `lake.writing` outside.
    """
    started = time.perf_counter()
    sources = [(table.name, lake.facts(table, day, market_key)) for table in made_from]
    known = {**facts, "sources": hashlib.sha256(repr(sources).encode()).hexdigest()[:16]}
    report = {}
    for table, rows in make.items():
        if full or not continuing(lake, table, day, market_key, known):
            report[table.name] = write_partition(lake, table, day, market_key, table.empty(), rows(), known)
        else:
            report[table.name] = (0, lake.rows(table, day, market_key))
    return step_report(day, market_key, report, started)
