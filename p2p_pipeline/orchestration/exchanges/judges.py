"""Each property of a day of order books judged by its tables. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity, rows_of, sampled, share_outcome

Read = Callable[[str], pa.Table]
"""A day's rows of a table, by its name."""

MOST_GAPS, MOST_WRONG, MOST_STALE, MOST_SKIPPED, MOST_QUARANTINED = 0.0001, 0.0001, 0.05, 0.001, 0.5
MOST_OFFSET_MS = 2_000.0
Rows = list[dict[str, Any]]


def chain_verified(read: Read) -> QualityOutcome:
    """Files of frames that are whole."""
    files = read("exchange_frames")
    bad = rows_of("SELECT hour, exchange, connection, damage FROM files WHERE damage <> ''", files=files)
    return _all("chain_verified", Severity.ERROR, bad, files.num_rows, "files of frames with damage", bad)


def none_lost(read: Read) -> QualityOutcome:
    """Frames that could not be kept."""
    files = read("exchange_frames")
    bad = rows_of("SELECT hour, exchange, connection, lost, frames FROM files WHERE lost > 0", files=files)
    lost, kept = sum(row["lost"] for row in bad), sum(files.column("frames").to_pylist())
    return share_outcome(
        "none_lost", Severity.ERROR, bad=lost, total=kept + lost, limit=0.0, of_what="frames lost", sample=bad
    )


def gaps(read: Read) -> QualityOutcome:
    """Breaks of sequences, by events."""
    return _of_books(read, "gaps", "gaps", "events", MOST_GAPS, "events at which a sequence broke")


def checksum_failures(read: Read) -> QualityOutcome:
    """Wrong checksums, by all."""
    total = "checksums_ok + checksums_failed"
    return _of_books(read, "checksum_failures", "checksums_failed", total, MOST_WRONG, "checksums wrong")


def staleness(read: Read) -> QualityOutcome:
    """Pairs that no scan could judge because a book was too old."""
    found = rows_of(
        "SELECT scanned_at, pairs, coalesce((rejected::JSON ->> 'book_stale')::BIGINT, 0) AS stale FROM scans "
        "ORDER BY stale DESC, scanned_at",
        scans=read("exchange_scans"),
    )
    return share_outcome(
        "staleness", Severity.WARN, bad=sum(row["stale"] for row in found), total=sum(row["pairs"] for row in found),
        limit=MOST_STALE, of_what="pairs with a book too old", sample=[row for row in found if row["stale"]],
    )  # fmt: skip


def clock_offset(read: Read) -> QualityOutcome:
    """Exchanges whose clock is far from ours."""
    hours = read("exchange_hours")
    known = rows_of("SELECT hour, exchange, clock_offset_ms FROM hours WHERE clock_offset_ms IS NOT NULL", hours=hours)
    bad = [row for row in known if abs(row["clock_offset_ms"]) > MOST_OFFSET_MS]
    worst = max((abs(row["clock_offset_ms"]) for row in known), default=0.0)
    return QualityOutcome(
        name="clock_offset",
        passed=not bad,
        severity=Severity.WARN,
        expected=f"every exchange's clock within {MOST_OFFSET_MS:.0f} ms of ours",
        observed=f"the furthest is {worst:.0f} ms away; {len(bad)} of {len(known)} hours of exchanges are beyond",
        sample=sampled(bad),
        value=worst,
        limit=MOST_OFFSET_MS,
        bad=len(bad),
        total=len(known),
    )


def skipped_cycles(read: Read) -> QualityOutcome:
    """Places of the grid that no scan came to."""
    hours = rows_of("SELECT hour, scans, skipped FROM replays ORDER BY hour", replays=read("exchange_replays"))
    skipped, done = sum(row["skipped"] for row in hours), sum(row["scans"] for row in hours)
    return share_outcome(
        "skipped_cycles", Severity.WARN, bad=skipped, total=skipped + done, limit=MOST_SKIPPED,
        of_what="places of the grid without a scan", sample=[row for row in hours if row["skipped"]],
    )  # fmt: skip


def replay_equal(read: Read) -> QualityOutcome:
    """Hours whose replay gives other bytes than the live scans did."""
    hours = rows_of("SELECT hour, scans, outcome, detail FROM replays ORDER BY hour", replays=read("exchange_replays"))
    bad = [row for row in hours if row["outcome"] in ("differs", "not whole")]
    is_error = any(row["outcome"] == "differs" for row in bad)
    severity = Severity.ERROR if is_error else Severity.WARN
    return _all("replay_equal", severity, bad, len(hours), "hours whose replay gives other scans", bad)


def share_quarantined(read: Read) -> QualityOutcome:
    """What is too good to be believed, by all that would be accepted."""
    scans = read("exchange_scans")
    (sums,) = rows_of(
        "SELECT coalesce(sum(quarantined), 0)::BIGINT AS bad, coalesce(sum(opportunities), 0)::BIGINT AS good "
        "FROM scans",
        scans=scans,
    )
    sample = rows_of(
        "SELECT scanned_at, buy, sell, symbol, notional::DOUBLE AS notional, net_edge_pct::DOUBLE AS net_edge_pct "
        "FROM found WHERE is_quarantined ORDER BY net_edge_pct DESC LIMIT 10",
        found=read("exchange_opportunities"),
    )
    return share_outcome(
        "share_quarantined", Severity.WARN, bad=sums["bad"], total=sums["bad"] + sums["good"], limit=MOST_QUARANTINED,
        of_what="accepted and quarantined in quarantine", sample=sample,
    )  # fmt: skip


JUDGES: Mapping[str, Callable[[Read], QualityOutcome]] = {
    judge.__name__: judge
    for judge in (
        chain_verified, none_lost, gaps, staleness, checksum_failures, clock_offset, skipped_cycles, replay_equal,
        share_quarantined,
    )
}  # fmt: skip
"""By the property's name."""


def _of_books(read: Read, name: str, bad: str, total: str, limit: float, of_what: str) -> QualityOutcome:
    books = read("exchange_books")
    found = rows_of(
        f"SELECT hour, exchange, symbol, {bad} AS bad, {total} AS total FROM books ORDER BY bad DESC, hour, exchange",  # noqa: S608
        books=books,
    )
    outcome = share_outcome(
        name, Severity.WARN, bad=sum(row["bad"] for row in found), total=sum(row["total"] for row in found),
        limit=limit, of_what=of_what, sample=[row for row in found if row["bad"]],
    )  # fmt: skip
    return replace(outcome, expected=f"at most 1 in {1 / limit:,.0f} {of_what}")


def _all(name: str, severity: Severity, bad: Rows, total: int, of_what: str, sample: Rows) -> QualityOutcome:
    return share_outcome(name, severity, bad=len(bad), total=total, limit=0.0, of_what=of_what, sample=sample)
