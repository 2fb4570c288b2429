"""The way of the data for one day of one market: raw → offers → quotes and depth.

The command line and Dagster call the same three steps. Each continues where its own partition ends, or remakes it
whole; both give the same rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from p2p_pipeline.capture.raw_reader import RawReader
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.markets import Market
from p2p_pipeline.metrics.partition import QuotePlan, depth_rows, quote_rows, round_trip_rows
from p2p_pipeline.metrics.schema import DEPTH, QUOTES, ROUND_TRIPS
from p2p_pipeline.offers.partition import partition_rows
from p2p_pipeline.offers.payment_history import payment_names_from_raw
from p2p_pipeline.offers.payment_methods import PaymentMap
from p2p_pipeline.offers.schema import OFFERS, QUARANTINE, SNAPSHOTS
from p2p_pipeline.settings import Settings
from p2p_pipeline.tables import Table
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

    With `full`, or when the parser or the payment map changed, the partition is made anew.
    """
    started = time.perf_counter()
    market = Market.parse(market_key)
    names = payment_names_from_raw(reader, market.venue, day)
    facts = {"parse_version": PARSE_VERSION, "payments": f"{payments.version} {names.version}"}
    before = {} if full else _common_facts(lake, (SNAPSHOTS, OFFERS, QUARANTINE), day, market_key, facts)
    end = reader.end_offset(day, market_key)
    if int(before.get("raw_offset", "0")) > end:
        # A power loss took a snapshot that was read but never acknowledged: what followed stands where it stood.
        before = {}
    # Up to the end just noted and no further: a collector may append while this reads.
    stored = reader.read(day, market_key, int(before.get("raw_offset", "0")), end)
    rows = partition_rows(stored, market_key, venue_directory()[market.venue], payments, names)
    facts["raw_offset"] = str(end)
    report = {}
    for table, new in ((OFFERS, rows.offers), (QUARANTINE, rows.quarantine), (SNAPSHOTS, rows.snapshots)):
        report[table.name] = _append(lake, table, day, market_key, new, facts, keep=bool(before))
    return _report(day, market_key, report, started)


def build_quotes(lake: Lake, day: date, market_key: str, settings: Settings, full: bool = False) -> StepReport:
    """Bring `quotes` and `round_trips` of one day and market up to its offers' end."""
    started = time.perf_counter()
    plan = QuotePlan.for_market(settings.market_settings(Market.parse(market_key)), settings.all_profiles())
    facts = {"metrics_version": METRICS_VERSION, "plan": plan.version}
    made = {QUOTES: lambda snapshots, offers: quote_rows(snapshots, offers, plan)}
    report = _derive(lake, day, market_key, facts, full, made)
    # Round trips come from the quotes by a join: cheap enough to make for the whole day each time, which they need,
    # for the two sides of a slot may fall into two micro-batches.
    rows = round_trip_rows(lake.read(SNAPSHOTS, day, market_key), lake.read(QUOTES, day, market_key))
    lake.write(ROUND_TRIPS, day, market_key, rows, facts)
    report[ROUND_TRIPS.name] = (rows.num_rows, rows.num_rows)
    return _report(day, market_key, report, started)


def build_depth(lake: Lake, day: date, market_key: str, full: bool = False) -> StepReport:
    """Bring `depth` of one day and market up to its offers' end."""
    started = time.perf_counter()
    facts = {"metrics_version": METRICS_VERSION}
    return _report(day, market_key, _derive(lake, day, market_key, facts, full, {DEPTH: depth_rows}), started)


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
    keys = [key for key in reader.file_keys(day) if not key.endswith(".reference")]
    return [key for key in keys if venue is None or key.startswith(f"{venue}.")]


_INHERITED = ("parse_version", "payments")
_Derivation = Callable[[pa.Table, pa.Table], pa.Table]


def _derive(
    lake: Lake, day: date, market_key: str, facts: dict[str, str], full: bool, made: Mapping[Table, _Derivation]
) -> dict[str, tuple[int, int]]:
    snapshots = lake.read(SNAPSHOTS, day, market_key)
    # Numbers follow what their offers were made with: another payment map changes what a profile admits.
    facts = {**facts, **{name: (lake.facts(SNAPSHOTS, day, market_key) or {}).get(name, "") for name in _INHERITED}}
    report = {}
    for table, derive in made.items():
        before = {} if full else _continuing(lake, table, day, market_key, facts)
        if int(before.get("snapshots", "0")) > snapshots.num_rows:
            before = {}
        done = int(before.get("snapshots", "0"))
        fresh = snapshots.slice(done)
        offers = _offers_of(lake, day, market_key, fresh)
        written = {**facts, "snapshots": str(snapshots.num_rows)}
        report[table.name] = _append(lake, table, day, market_key, derive(fresh, offers), written, keep=bool(before))
    return report


def _offers_of(lake: Lake, day: date, market_key: str, snapshots: pa.Table) -> pa.Table:
    offers = lake.read(OFFERS, day, market_key)
    # Offers stand in their snapshots' order, so those of the last snapshots are the table's end.
    wanted = sum(snapshots.column("offers").to_pylist())
    return offers.slice(offers.num_rows - wanted)


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


def _append(
    lake: Lake, table: Table, day: date, market_key: str, new: pa.Table, facts: Mapping[str, str], keep: bool
) -> tuple[int, int]:
    kept = lake.read(table, day, market_key) if keep else table.empty()
    total = pa.concat_tables([kept, new]).combine_chunks() if kept.num_rows else new.combine_chunks()
    lake.write(table, day, market_key, total, facts)
    return new.num_rows, total.num_rows


def _report(day: date, market_key: str, rows: Mapping[str, tuple[int, int]], started: float) -> StepReport:
    return StepReport(
        day,
        market_key,
        {name: new for name, (new, _) in rows.items()},
        {name: total for name, (_, total) in rows.items()},
        time.perf_counter() - started,
    )
