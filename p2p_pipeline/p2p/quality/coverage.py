"""Is the data there: fresh, in every slot, whole?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import pyarrow as pa

from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.markets import MarketSide, slot_start
from p2p_pipeline.p2p.offers.usable import usable
from p2p_pipeline.p2p.quality.fresh import is_stale
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity, percent, rows_of, sampled, share_outcome


def freshness(
    newest: Mapping[MarketSide, datetime | None], now: datetime, stale_after_seconds: float
) -> QualityOutcome:
    """Every market side has a snapshot younger than the limit, by the data's own time.

    Not by when something was last computed: a backfill of an old day would make a stale market look fresh.
    """
    ages = {side: None if at is None else (now - at).total_seconds() for side, at in newest.items()}
    stale = {side: age for side, age in ages.items() if is_stale(age, stale_after_seconds)}
    known = [age for age in ages.values() if age is not None]
    oldest = Told("the oldest is {age:.0f} s old", age=max(known)) if known else Told("nothing is stored")
    return QualityOutcome(
        name="freshness",
        passed=not stale,
        severity=Severity.ERROR,
        expected=Told("every market side has a snapshot younger than {age:.0f} s", age=stale_after_seconds),
        observed=Told(
            "{young} of {total} have; {oldest}", young=len(ages) - len(stale), total=len(ages), oldest=oldest
        ),
        sample=sampled(
            [
                {"market_side": str(side), "age_seconds": None if age is None else round(age)}
                for side, age in stale.items()
            ]
        ),
        value=max(known, default=None),
        limit=float(stale_after_seconds),
        bad=len(stale),
        total=len(ages),
    )


def slot_gaps(
    snapshots: pa.Table, wanted: Mapping[MarketSide, Collection[int]], max_missing_share: float
) -> QualityOutcome:
    """Every slot that a market side should have (`wanted`) has a usable snapshot."""
    have: dict[tuple[str, str], set[int]] = {}
    for row in rows_of("SELECT market_key, side, slot FROM snapshots", snapshots=usable(snapshots)):
        have.setdefault((row["market_key"], row["side"]), set()).add(row["slot"])
    missing = {side: set(slots) - have.get((side.market.key, side.side.value), set()) for side, slots in wanted.items()}
    total = sum(len(set(slots)) for slots in wanted.values())
    count = sum(len(slots_missing) for slots_missing in missing.values())
    share = count / total if total else 0.0
    return QualityOutcome(
        name="slot_gaps",
        passed=share <= max_missing_share,
        severity=Severity.WARN,
        expected=Told("at most {share} of {total} slots missing", share=percent(max_missing_share), total=total),
        observed=Told("{missing} missing ({share})", missing=count, share=percent(share)),
        sample=sampled(
            [
                {"market_side": str(side), "missing": len(gone), "first": slot_start(min(gone)).isoformat()}
                for side, gone in missing.items()
                if gone
            ]
        ),
        value=share,
        limit=max_missing_share,
        bad=count,
        total=total,
    )


def completeness(snapshots: pa.Table, max_incomplete_share: float) -> QualityOutcome:
    """Snapshots were read to the book's end, or to as many offers as were asked for."""
    bad = rows_of(
        "SELECT snapshot_id, stop_reason, raw_path, raw_offset AS byte_offset FROM snapshots "
        "WHERE stop_reason NOT IN ('book_end', 'enough')",
        snapshots=snapshots,
    )
    return share_outcome(
        "completeness",
        Severity.WARN,
        bad=len(bad),
        total=snapshots.num_rows,
        limit=max_incomplete_share,
        of_what=Told("snapshots cut short"),
        sample=bad,
    )


def duplicates(snapshots: pa.Table, max_duplicate_share: float) -> QualityOutcome:
    """Few ads are seen on two pages: pages drift while they are read, but many mean that paging is broken."""
    (sums,) = rows_of(
        "SELECT coalesce(sum(duplicates), 0)::BIGINT AS doubled, coalesce(sum(offers), 0)::BIGINT AS kept "
        "FROM snapshots",
        snapshots=snapshots,
    )
    worst = rows_of(
        "SELECT snapshot_id, duplicates, offers, raw_path, raw_offset AS byte_offset FROM snapshots "
        "WHERE duplicates > 0 ORDER BY duplicates DESC",
        snapshots=snapshots,
    )
    return share_outcome(
        "duplicates",
        Severity.WARN,
        bad=sums["doubled"],
        total=sums["doubled"] + sums["kept"],
        limit=max_duplicate_share,
        of_what=Told("ads repeated across pages"),
        sample=worst,
    )
