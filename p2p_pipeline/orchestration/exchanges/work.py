"""What the assets of order books do when they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from logging import Logger
from typing import Any

import pyarrow as pa
from dagster import MetadataValue
from pyarrow import parquet

from p2p_pipeline.exchanges.actions.backtest_day import backtest_hours
from p2p_pipeline.exchanges.actions.replay_hours import closed_hours, replay_hours
from p2p_pipeline.exchanges.frames.folder import frame_files
from p2p_pipeline.exchanges.frames.whole import look_into
from p2p_pipeline.exchanges.tables.schema import BOOKS, CYCLES, EXCHANGE_TABLES, OPPORTUNITIES, REPLAYS, SCANS
from p2p_pipeline.kernel.foreign_text import markdown_cell
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.parquet_file import files_in
from p2p_pipeline.orchestration.results import markdown_rows
from p2p_pipeline.p2p.quality.outcome import rows_of

Metadata = dict[str, Any]
_SHOWN = 12


def verify_frames(paths: DataPaths, day: date) -> Metadata:
    """What is on disk of a day's frames, every file read and verified."""
    start, end = _bounds(day)
    looked = list(look_into(paths.exchange_frames, frame_files(paths.exchange_frames, None, start, end)))
    by_exchange: dict[str, list[int]] = {}
    for one in looked:
        counts = by_exchange.setdefault(one.file.exchange, [0, 0, 0, 0])
        for place, number in enumerate((one.frames, one.bytes, one.lost, int(bool(one.damage)))):
            counts[place] += number
    lines = ["| exchange | frames | bytes | lost | damaged files |", "|---|--:|--:|--:|--:|"]
    lines += [f"| {name} | {f:,} | {b:,} | {lost:,} | {d:,} |" for name, (f, b, lost, d) in sorted(by_exchange.items())]
    shown: Metadata = {
        "frames": sum(one.frames for one in looked),
        "bytes": sum(one.bytes for one in looked),
        "files": len(looked),
        "lost": sum(one.lost for one in looked),
        "damaged_files": sum(bool(one.damage) for one in looked),
        "stored": MetadataValue.md("\n".join(lines)),
    }
    if not looked:
        shown["note"] = "No frames of this day: `p2p stream` (in `make up` too) records them."
    return shown


def replay_day(paths: DataPaths, day: date, again: bool, log: Logger) -> Metadata:
    """Replay the hours that are over."""
    start, end = _bounds(day)
    hours = closed_hours(paths, start, end, datetime.now(UTC))
    replayed = []
    for one in replay_hours(paths, hours, again=again):
        replayed.append(one)
        log.info(f"{one.hour:%H}:00: {one.scans} scans, {one.frames} frames: {one.outcome} {one.detail}")
    told = read_day(paths, REPLAYS.name, day)
    books = read_day(paths, BOOKS.name, day)
    shown: Metadata = {
        "dagster/row_count": books.num_rows,
        "hours": len(hours),
        "replayed_now": len(replayed),
        "hours_equal_to_live": sum(one == "same" for one in told.column("outcome").to_pylist()),
    }
    sums = rows_of(
        "SELECT exchange, sum(events) AS events, sum(gaps) AS gaps, sum(resyncs) AS resyncs, "
        "sum(checksums_ok) AS checksums, sum(checksums_failed) AS wrong FROM books GROUP BY exchange ORDER BY exchange",
        books=books,
    )
    for name in ("events", "gaps", "resyncs", "wrong"):
        shown["checksums_failed" if name == "wrong" else name] = int(sum(row[name] for row in sums))
    if sums:
        shown["exchanges"] = MetadataValue.md(_table(sums))
    if not hours:
        shown["note"] = "No hour of this day is over that `p2p stream` ran in: nothing to do."
    return shown


def tell_scans(paths: DataPaths, day: date, again: bool, log: Logger) -> Metadata:  # noqa: ARG001
    """What the scans of a day's closed hours looked at."""
    scans = read_day(paths, SCANS.name, day)
    (sums,) = rows_of(
        "SELECT coalesce(sum(pairs), 0) AS pairs, coalesce(sum(opportunities), 0) AS opportunities, "
        "coalesce(sum(quarantined), 0) AS quarantined, avg(books_live) AS books_live FROM scans",
        scans=scans,
    )
    reasons = rows_of(
        "SELECT key AS reason, sum(value::BIGINT) AS pairs FROM scans, json_each(rejected::JSON) "
        "GROUP BY key ORDER BY pairs DESC",
        scans=scans,
    )
    shown: Metadata = {
        "dagster/row_count": scans.num_rows,
        "pairs": int(sums["pairs"]),
        "accepted": int(sums["opportunities"]),
        "quarantined": int(sums["quarantined"]),
        "cycles": read_day(paths, CYCLES.name, day).num_rows,
    }
    if reasons:
        shown["books_live"] = float(sums["books_live"])
        shown["rejected"] = MetadataValue.md(_table([{**row, "pairs": int(row["pairs"])} for row in reasons]))
    return shown


def tell_opportunities(paths: DataPaths, day: date, again: bool, log: Logger) -> Metadata:  # noqa: ARG001
    """The best of a day."""
    found = read_day(paths, OPPORTUNITIES.name, day)
    best = rows_of(
        "SELECT buy || ' to ' || sell AS way, symbol, max(net_edge_pct)::DOUBLE AS best_pct, "
        "max(net_profit_quote)::DOUBLE AS best_profit, count(DISTINCT scanned_at) AS scans FROM found "
        "WHERE NOT is_quarantined GROUP BY ALL ORDER BY best_profit DESC, way",
        found=found,
    )[:_SHOWN]
    accepted = [not one for one in found.column("is_quarantined").to_pylist()]
    shown: Metadata = {"dagster/row_count": found.num_rows, "accepted": sum(accepted)}
    if best:
        shown["best"] = MetadataValue.md(markdown_rows(best))
    return shown


def backtest_day(paths: DataPaths, day: date, again: bool, log: Logger) -> Metadata:  # noqa: ARG001
    """All choices of rules on the day's closed hours."""
    start, end = _bounds(day)
    found = backtest_hours(paths, closed_hours(paths, start, end, datetime.now(UTC)))
    shown: Metadata = {"dagster/row_count": len(found), "opportunities": sum(one.opportunities for one in found)}
    ordered = sorted(found, key=lambda one: one.later.total_profit, reverse=True)[:_SHOWN]
    rows = [
        {
            "rules": f"{one.setup.min_net_edge_pct} %, {one.setup.max_age_seconds:g} s, {one.setup.notional:f}, "
            f"fees x {one.setup.fee_factor}",
            "found": one.opportunities,
            "promised": float(one.promised_profit),
            "a cycle later": float(one.later.total_profit),
            "still paying": one.later.share_still_paying,
        }
        for one in ordered
    ]
    if rows:
        shown["best_rules"] = MetadataValue.md(markdown_rows(rows))
    else:
        shown["note"] = "No hour of this day is over that `p2p stream` ran in: nothing to try rules on."
    return shown


WORK: Mapping[str, Callable[[DataPaths, date, bool, Logger], Metadata]] = {
    "books": replay_day,
    "scans": tell_scans,
    "opportunities": tell_opportunities,
    "backtest": backtest_day,
}
"""By asset."""


def read_day(paths: DataPaths, table: str, day: date) -> pa.Table:
    """A day's rows of a table of the exchanges."""
    known = EXCHANGE_TABLES[table]
    found = [known.empty()]
    for path in sorted(files_in(paths.lake / table, f"date={day}")):
        with parquet.ParquetFile(path) as file:
            found.append(file.read().cast(known.arrow_schema))
    return pa.concat_tables(found).replace_schema_metadata(None)


def _bounds(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), UTC)
    return start, start + timedelta(days=1)


def _table(rows: list[Mapping[str, Any]] | list[dict[str, Any]]) -> str:
    names = list(rows[0])
    lines = [f"| {' | '.join(names)} |", f"|---{'|--:' * (len(names) - 1)}|"]
    lines += [f"| {' | '.join(_cell(row[name]) for name in names)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return markdown_cell(value) if isinstance(value, str) else f"{int(str(value)):,}"
