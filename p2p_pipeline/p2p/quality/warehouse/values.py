"""Do a batch's numbers make sense: each by itself, and against the days before?"""

from __future__ import annotations

from typing import Any

from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity, percent, sampled
from p2p_pipeline.p2p.quality.warehouse.batch import JudgedBatch, counted

LEAST_OFFERS = 5
"""A smaller book's weighted price is that of one or two offers, and jumps with them."""
LEAST_READINGS = 6
"""An hour of readings: with fewer there is no usual price yet."""
LEAST_DEVIATIONS = 6.0
"""How many median absolute deviations (scaled to a normal's standard deviation) away a price must be besides."""


def types_and_ranges(batch: JudgedBatch) -> QualityOutcome:
    """Every offer of the batch has numbers that a market can have."""
    bad = batch.rows("warehouse_ranges", ended_at=batch.run["batch_end_time"])
    return QualityOutcome(
        name="types_and_ranges",
        passed=not bad,
        severity=Severity.ERROR,
        expected="prices above 0, amounts and limits from 0 to 10^20 in at most 12 decimal places, minimum at most the "
        "stated maximum, maximum at most what is available, rates from 0 to 1, times within the batch",
        observed=f"{len(bad)} offers break that: {counted(bad, 'wrong')}" if bad else f"{_offers(batch)} offers fulfil",
        sample=sampled(bad),
        value=float(len(bad)),
        limit=0.0,
        bad=len(bad),
        total=batch.run["total_offers_extracted"],
    )


def price_anomalies(batch: JudgedBatch) -> QualityOutcome:
    """Each market side's weighted price is near the median of its own last day.

    A price is unusual when it lies further off than the setting allows and that is much for this market side too (6
    median absolute deviations). Books under 5 offers and sides read fewer than 6 times that day are not judged.
    """
    limit = batch.settings.maximum_price_deviation
    judged = batch.rows(
        "warehouse_prices",
        limit=limit,
        least_offers=LEAST_OFFERS,
        least_readings=LEAST_READINGS,
        least_deviations=LEAST_DEVIATIONS,
    )
    bad = [row for row in judged if row["is_unusual"]]
    worst = max((abs(row["share"]) for row in judged), default=0.0)
    return QualityOutcome(
        name="price_anomalies",
        passed=not bad,
        severity=Severity.WARN,
        expected=f"every weighted price within {percent(limit)} of the median of its market side's last day, or within "
        f"{LEAST_DEVIATIONS:g} deviations of one that always jumps",
        observed=_unusual_prices(bad, len(judged)),
        sample=sampled(bad),
        value=worst,
        limit=limit,
        bad=len(bad),
        total=len(judged),
    )


def _unusual_prices(bad: list[dict[str, Any]], judged: int) -> str:
    if not judged:
        return "no market side has an hour of readings to be held against yet"
    named = ", ".join(f"{row['asset']}-{row['fiat']} {row['side']} {row['share']:+.0%}" for row in bad[:5])
    more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
    return f"{len(bad)} of {judged} market sides are not" + (f": {named}{more}" if bad else "")


def _offers(batch: JudgedBatch) -> str:
    (row,) = batch.rows("warehouse_batch_counts")
    return f"{row['offers']:,}"
