"""Do the tables hold together: keys, spans, and sums?"""

from __future__ import annotations

from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity, sampled
from p2p_pipeline.p2p.quality.warehouse.batch import JudgedBatch, counted


def no_duplicate_offer(batch: JudgedBatch) -> QualityOutcome:
    """Each offer stands once on its side of its market."""
    bad = batch.rows("warehouse_duplicates")
    return QualityOutcome(
        name="no_duplicate_offer",
        passed=not bad,
        severity=Severity.ERROR,
        expected="each offer once on its side of its market",
        observed=f"{len(bad)} offers stand more than once",
        sample=sampled(bad),
        value=float(len(bad)),
        limit=0.0,
        bad=len(bad),
        total=batch.run["total_offers_extracted"],
    )


def referential_integrity(batch: JudgedBatch) -> QualityOutcome:
    """What the batch's rows refer to is there and of their time, and no spans overlap."""
    bad = batch.rows("warehouse_integrity", ended_at=batch.run["batch_end_time"])
    return QualityOutcome(
        name="referential_integrity",
        passed=not bad,
        severity=Severity.ERROR,
        expected="every offer, market, advertiser, payment method, terms text and batch that a row refers to is there; "
        "one version and one row of statistics an offer at a time; each advertiser's rows apart, one of them current",
        observed=f"{len(bad)} rows break that: {counted(bad, 'problem')}" if bad else "all there, no spans overlap",
        sample=sampled(bad),
        value=float(len(bad)),
        limit=0.0,
        bad=len(bad),
        total=batch.run["total_offers_extracted"],
    )


def depth_adds_up(batch: JudgedBatch) -> QualityOutcome:
    """Each market side's depth is what its offers add up to, and the ledger counts the same."""
    bad = batch.rows("warehouse_depth")
    (counts,) = batch.rows("warehouse_batch_counts")
    run = batch.run
    said = {
        "offers": run["total_offers_extracted"],
        "market sides": run["market_sides"],
        "errors": run["total_errors"],
    }
    found = {what.replace("_", " "): counts[what] for what in ("offers", "market_sides", "errors")}
    differing = [
        {"differs": f"ledger, {what}", "ledger": said[what], "rows": found[what]}
        for what in said
        if said[what] != found[what]
    ]
    bad = [*differing, *bad]
    return QualityOutcome(
        name="depth_adds_up",
        passed=not bad,
        severity=Severity.ERROR,
        expected="count, volume, lowest, highest, best, median and weighted price of every market side as its offers "
        f"give them, {said['offers']:,} offers on {said['market sides']:,} market sides in all",
        observed=f"{len(bad)} differ: {counted(bad, 'differs')}" if bad else f"{found['offers']:,} offers add up",
        sample=sampled(bad),
        value=float(len(bad)),
        limit=0.0,
        bad=len(bad),
        total=batch.run["total_offers_extracted"],
    )
