"""Did the sweeps bring what was due: how much, how well, how lately, how regularly?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity, percent, sampled
from p2p_pipeline.p2p.quality.warehouse.batch import JudgedBatch, rows, sql_text

LOOKED_BACK = timedelta(hours=2)
"""How far back missing batches are told: a gap of this morning is history, not news."""
MOST_MISSING_STEPS = 1
"""So many steps may be missing: a deployment costs one."""
MOST_FAILURES = 2
"""So many batches in a row may lack markets: one bad moment can touch two."""
_BATCHES_LOOKED_AT = 50


def extraction_completeness(batch: JudgedBatch) -> QualityOutcome:
    """Nearly all markets that were due were read to their end, and as many are there.

    Due are the sides that may have offers: a market whose other side was empty a while ago is whole with one.

    A sweep counts a market as complete where the venue's own count agrees with what was read, to 1 %; the warehouse
    closes offers only of the market sides that lack none at all, which are told beside it.
    """
    run, least = batch.run, batch.settings.minimum_complete_share
    due, complete = run["markets"], run["markets_complete"]
    share = _complete_share(run)
    (counts,) = batch.rows("warehouse_batch_counts")
    # What the sweep says of itself is believed only as far as its rows bear it out.
    is_borne_out = counts["markets"] >= complete
    missing = rows(
        batch.connection,
        b"SELECT fiat_code AS fiat, crypto_symbol AS asset, trade_type::text AS side, page_number AS page, error_type, "
        b"error_message FROM ops_extraction_errors WHERE batch_id = %(batch_id)s AND NOT is_resolved "
        b"ORDER BY error_id LIMIT 10",
        batch.parameters,
    )
    return QualityOutcome(
        name="extraction_completeness",
        passed=share >= least and is_borne_out,
        severity=Severity.WARN,
        expected=f"at least {percent(least)} of the markets that were due complete",
        observed=f"{complete:,} of {due:,} ({share:.2%}); the sweep ended {run['status']}; the venue's own count "
        f"is reached on {counts['complete_sides']:,} of {counts['market_sides']:,} market sides"
        + ("" if is_borne_out else f"; only {counts['markets']:,} markets are there"),
        sample=sampled(missing),
        value=share,
        limit=least,
        bad=due - complete,
        total=due,
    )


def error_rate(batch: JudgedBatch) -> QualityOutcome:
    """Few requests brought no answer, whether or not a later try did."""
    run, limit = batch.run, batch.settings.maximum_error_share
    share = run["failed_requests"] / run["requests"] if run["requests"] else 0.0
    kinds = rows(
        batch.connection,
        b"SELECT error_type, count(*) AS errors, count(*) FILTER (WHERE is_resolved) AS made_good, "
        b"min(error_message) AS one_message FROM ops_extraction_errors WHERE batch_id = %(batch_id)s "
        b"GROUP BY error_type ORDER BY errors DESC, error_type",
        batch.parameters,
    )
    return QualityOutcome(
        name="error_rate",
        passed=share <= limit,
        severity=Severity.WARN,
        expected=f"at most {limit:.2%} of requests without an answer",
        observed=f"{run['failed_requests']:,} of {run['requests']:,} ({share:.2%})",
        sample=sampled(kinds),
        value=share,
        limit=limit,
        bad=run["failed_requests"],
        total=run["requests"],
    )


def freshness(batch: JudgedBatch) -> QualityOutcome:
    """The newest batch that read anything ended lately, and so did that of each worker beside it.

    By the data's own time: loading an old day makes nothing fresh.
    """
    limit = batch.settings.fresh_within_minutes
    ages = [
        {**row, "age_minutes": _minutes(batch.now, row["batch_end_time"])}
        for row in batch.rows("warehouse_newest_of_workers")
    ]
    stale = [row for row in ages if row["age_minutes"] is None or row["age_minutes"] > limit]
    oldest = max((row["age_minutes"] for row in ages if row["age_minutes"] is not None), default=None)
    return QualityOutcome(
        name="freshness",
        passed=bool(ages) and not stale,
        severity=Severity.WARN,
        expected=f"the newest batch of each of {max(len(ages), 1)} workers ended at most {limit:g} minutes ago",
        observed="no batch has read anything yet" if oldest is None else f"the oldest of them {oldest:.1f} minutes ago",
        sample=sampled(stale),
        value=oldest,
        limit=limit,
    )


def batch_gaps(batch: JudgedBatch) -> QualityOutcome:
    """Each step of the schedule in the last hours has a batch that read something, but for one."""
    length = timedelta(minutes=batch.interval_minutes)
    missing = missing_steps(batch, batch.now - LOOKED_BACK, batch.now - length)
    return QualityOutcome(
        name="batch_gaps",
        passed=len(missing) <= MOST_MISSING_STEPS,
        severity=Severity.WARN,
        expected=f"a batch in each {batch.interval_minutes} minutes of the last {LOOKED_BACK // timedelta(hours=1)} h, "
        f"but for {MOST_MISSING_STEPS}",
        observed=f"{len(missing)} of them have none",
        sample=sampled(missing),
        value=float(len(missing)),
        bad=len(missing),
        total=LOOKED_BACK // length - 1,
        limit=float(MOST_MISSING_STEPS),
    )


def missing_steps(batch: JudgedBatch, from_time: datetime, to_time: datetime) -> list[dict[str, Any]]:
    """The schedule's steps between two times in which no batch began that read anything, none before the first."""
    return rows(
        batch.connection,
        sql_text("warehouse_gaps"),
        {"venue": batch.run["venue"], "minutes": batch.interval_minutes, "from_time": from_time, "to_time": to_time},
    )


def consecutive_failures(batch: JudgedBatch) -> QualityOutcome:
    """The newest batches that lack more markets than allowed are no row of them; each worker's are a row of their own.

    Workers' batches come in turns: the one that works would end every row of the one that fails.
    """
    runs = rows(
        batch.connection,
        b"SELECT batch_id, batch_start_time, status, markets, markets_complete FROM ops_batch_runs "
        b"WHERE batch_id <= %(batch_id)s AND venue = %(venue)s AND worker = %(worker)s AND workers = %(workers)s "
        b"ORDER BY batch_id DESC LIMIT %(looked_at)s",
        {
            **batch.parameters,
            **{name: batch.run[name] for name in ("venue", "worker", "workers")},
            "looked_at": _BATCHES_LOOKED_AT,
        },
    )
    failed = _failed_first(runs, batch.settings.minimum_complete_share)
    return QualityOutcome(
        name="consecutive_failures",
        passed=len(failed) <= MOST_FAILURES,
        severity=Severity.ERROR,
        expected=f"at most {MOST_FAILURES} batches in a row with fewer than "
        f"{percent(batch.settings.minimum_complete_share)} of their markets",
        observed=f"the newest {len(failed)} of {len(runs)} in a row" if failed else "the newest batch is whole",
        sample=sampled(failed),
        value=float(len(failed)),
        bad=len(failed),
        total=len(runs),
        limit=float(MOST_FAILURES),
    )


def _failed_first(runs: Sequence[Mapping[str, Any]], least: float) -> list[Mapping[str, Any]]:
    failed: list[Mapping[str, Any]] = []
    for run in runs:
        if _complete_share(run) >= least:
            break
        failed.append(run)
    return failed


def _complete_share(run: Mapping[str, Any]) -> float:
    # A batch in which nothing was due is whole when it says so, and not when it was killed or failed before it knew.
    if not run["markets"]:
        return 1.0 if run["status"] == "complete" else 0.0
    return float(run["markets_complete"] / run["markets"])


def _minutes(now: datetime, then: datetime | None) -> float | None:
    return None if then is None else (now - then).total_seconds() / 60
