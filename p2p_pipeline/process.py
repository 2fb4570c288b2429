"""The way of the data for one day of one market: raw → offers → quotes and depth.

The command line and Dagster call the same three steps. Each continues where its own partition ends, or remakes it
whole; both give the same rows.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from pyarrow import compute

from p2p_pipeline.capture.raw_reader import RawReader
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.markets import Market
from p2p_pipeline.metrics.day_books import DayBooks
from p2p_pipeline.metrics.partition import PAIR_WITHIN, depth_rows, quote_rows, round_trip_rows
from p2p_pipeline.metrics.schema import DEPTH, QUOTES, ROUND_TRIPS
from p2p_pipeline.metrics.sizes import QuotePlan
from p2p_pipeline.offers.partition import partition_rows
from p2p_pipeline.offers.payment_history import payment_names_from_raw
from p2p_pipeline.offers.payment_methods import PaymentMap
from p2p_pipeline.offers.schema import OFFERS, QUARANTINE, SNAPSHOTS
from p2p_pipeline.settings import Settings
from p2p_pipeline.tables import MOMENT, Table
from p2p_pipeline.venues.directory import venue_directory
from p2p_pipeline.versions import METRICS_VERSION, PARSE_VERSION


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


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """What `p2p process` did."""

    snapshots: int
    offers: int
    quarantined: int
    partitions: int
    seconds: float


def build_offers(
    reader: RawReader, lake: Lake, day: date, market_key: str, payments: PaymentMap, full: bool = False
) -> StepReport:
    """Bring `snapshots`, `offers` and `quarantine` of one day and market up to the raw store's end.

    With `full`, or when the raw file, the parser or the payment names are no longer those that the partition was made
    with, it is made anew.
    """
    started = time.perf_counter()
    market = Market.parse(market_key)
    names = payment_names_from_raw(reader, market.venue, day)
    facts = {"parse_version": PARSE_VERSION, "payments": f"{payments.version} {names.version}"}
    with lake.writing(market_key):
        before = {} if full else _common_facts(lake, (SNAPSHOTS, OFFERS, QUARANTINE), day, market_key, facts)
        end = reader.end_offset(day, market_key)
        offset = int(before.get("raw_offset", "0"))
        if offset > end or before.get("lineage") != reader.lineage(day, market_key, offset):
            before, offset = {}, 0
        # Up to the end just noted and no further: a collector may append while this reads.
        stored = reader.read(day, market_key, offset, end)
        rows = partition_rows(stored, market_key, venue_directory()[market.venue], payments, names)
        facts |= {"raw_offset": str(end), "lineage": reader.lineage(day, market_key, end)}
        report = {}
        for table, new in ((OFFERS, rows.offers), (QUARANTINE, rows.quarantine), (SNAPSHOTS, rows.snapshots)):
            kept = lake.read(table, day, market_key) if before else table.empty()
            report[table.name] = _write(lake, table, day, market_key, kept, new, facts)
    return _report(day, market_key, report, started)


def build_quotes(lake: Lake, day: date, market_key: str, settings: Settings, full: bool = False) -> StepReport:
    """Bring `quotes` and `round_trips` of one day and market up to its offers' end."""
    started = time.perf_counter()
    plan = QuotePlan.for_market(settings.market_settings(Market.parse(market_key)), settings.all_profiles())
    with lake.writing(market_key):
        source = DaySource(lake, day, market_key, {"plan": plan.version})
        report = {
            QUOTES.name: source.extend(QUOTES, lambda first: quote_rows(source.books, plan, first), full),
            ROUND_TRIPS.name: _extend_round_trips(source, plan, full),
        }
    return _report(day, market_key, report, started)


def build_depth(lake: Lake, day: date, market_key: str, full: bool = False) -> StepReport:
    """Bring `depth` of one day and market up to its offers' end."""
    started = time.perf_counter()
    with lake.writing(market_key):
        source = DaySource(lake, day, market_key, {})
        report = {DEPTH.name: source.extend(DEPTH, lambda first: depth_rows(source.books, first), full)}
    return _report(day, market_key, report, started)


class DaySource:
    """One day's snapshots and offers of a market, and the tables of numbers that are continued from them."""

    def __init__(self, lake: Lake, day: date, market_key: str, facts: Mapping[str, str]) -> None:
        self._place = (day, market_key)
        self._lake = lake
        self._snapshots = lake.read(SNAPSHOTS, *self._place)
        self.books = DayBooks(self._snapshots, lake.read(OFFERS, *self._place))
        made_with = lake.facts(SNAPSHOTS, *self._place) or {}
        # Numbers follow what their offers were made with: another payment map changes what a profile admits.
        inherited = {name: made_with.get(name, "") for name in ("parse_version", "payments")}
        self._facts = {**facts, **inherited, "metrics_version": METRICS_VERSION}

    def extend(self, table: Table, rows: Callable[[int], pa.Table], full: bool) -> tuple[int, int]:
        """Add the rows of the snapshots that the table does not have yet; `rows` makes them from a place on."""
        done = 0 if full else self.done(table)
        kept = self._lake.read(table, *self._place) if done else table.empty()
        return self.write(table, kept, rows(done))

    def done(self, table: Table) -> int:
        """How many snapshots a table already covers; 0 when they are no longer those it was made from."""
        before = _continuing(self._lake, table, *self._place, self._facts)
        count = int(before.get("snapshots", "0"))
        return count if before.get("lineage") == self._lineage(count) else 0

    def read(self, table: Table) -> pa.Table:
        """The table's partition."""
        return self._lake.read(table, *self._place)

    def write(self, table: Table, kept: pa.Table, new: pa.Table) -> tuple[int, int]:
        """Replace the table's partition; its facts say which snapshots it covers."""
        count = self._snapshots.num_rows
        facts = {**self._facts, "snapshots": str(count), "lineage": self._lineage(count)}
        return _write(self._lake, table, *self._place, kept, new, facts)

    def _lineage(self, count: int) -> str:
        if count > self._snapshots.num_rows:
            return "more than there are"
        first = self._snapshots.slice(0, count).select(["snapshot_id", "raw_offset", "offers"])
        return hashlib.sha256(repr(first.to_pydict()).encode()).hexdigest()[:16]


def _extend_round_trips(source: DaySource, plan: QuotePlan, full: bool) -> tuple[int, int]:
    done = 0 if full else source.done(ROUND_TRIPS)
    fresh = [snapshot["snapshot_at"] for snapshot in source.books.snapshots[done:]]
    if not done:
        return source.write(ROUND_TRIPS, ROUND_TRIPS.empty(), round_trip_rows(source.books, plan))
    rows = source.read(ROUND_TRIPS)
    if not fresh:
        return source.write(ROUND_TRIPS, rows, ROUND_TRIPS.empty())
    # The sides of a pair may come in two micro-batches: rows that a fresh snapshot can be a nearer partner of are
    # made again.
    since = min(fresh) - PAIR_WITHIN
    kept = rows.filter(compute.less(rows["snapshot_at"], pa.scalar(since, MOMENT)))
    return source.write(ROUND_TRIPS, kept, round_trip_rows(source.books, plan, since))


def process_days(
    reader: RawReader,
    lake: Lake,
    days: Iterable[date],
    settings: Settings,
    payments: PaymentMap,
    full: bool = False,
    progress: Callable[[date, str], None] = lambda _day, _market: None,
) -> ProcessReport:
    """Run all steps for every market that the raw store has on those days."""
    started = time.perf_counter()
    totals = dict.fromkeys(("snapshots", "offers", "quarantine"), 0)
    partitions = 0
    for day in days:
        for market_key in market_keys(reader, day):
            progress(day, market_key)
            report = build_offers(reader, lake, day, market_key, payments, full)
            build_quotes(lake, day, market_key, settings, full)
            build_depth(lake, day, market_key, full)
            for name in totals:
                totals[name] += report.total_rows[name]
            partitions += 1
    seconds = time.perf_counter() - started
    return ProcessReport(totals["snapshots"], totals["offers"], totals["quarantine"], partitions, seconds)


def market_keys(reader: RawReader, day: date, venue: str | None = None) -> list[str]:
    """The markets that the raw store has on a day, of one venue or of all."""
    known = venue_directory()
    keys = [key for key in reader.file_keys(day) if not key.endswith(".reference") and key.split(".")[0] in known]
    return [key for key in keys if venue is None or key.startswith(f"{venue}.")]


def _continuing(lake: Lake, table: Table, day: date, market_key: str, facts: Mapping[str, str]) -> dict[str, str]:
    """The facts of a partition that can be continued; empty when it has to be made anew."""
    before = lake.facts(table, day, market_key)
    if before is None or any(before.get(name) != value for name, value in facts.items()):
        return {}
    return before


def _common_facts(
    lake: Lake, tables: Iterable[Table], day: date, market_key: str, facts: Mapping[str, str]
) -> dict[str, str]:
    # The tables are replaced one after the other: after a crash in between they disagree, and are made anew.
    found = [_continuing(lake, table, day, market_key, facts) for table in tables]
    return found[0] if all(entry == found[0] for entry in found) else {}


def _write(
    lake: Lake, table: Table, day: date, market_key: str, kept: pa.Table, new: pa.Table, facts: Mapping[str, str]
) -> tuple[int, int]:
    total = pa.concat_tables([kept, new]).combine_chunks()
    lake.write(table, day, market_key, total, facts)
    return total.num_rows - kept.num_rows, total.num_rows


def _report(day: date, market_key: str, rows: Mapping[str, tuple[int, int]], started: float) -> StepReport:
    return StepReport(
        day,
        market_key,
        {name: new for name, (new, _) in rows.items()},
        {name: total for name, (_, total) in rows.items()},
        time.perf_counter() - started,
    )
