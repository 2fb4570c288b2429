"""Every property of a venue's day, and who judges it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from p2p_pipeline.p2p.metrics.deals.schema import SCORE_CALIBRATION
from p2p_pipeline.p2p.metrics.history.schema import HISTORY
from p2p_pipeline.p2p.metrics.pricing.schema import QUOTES
from p2p_pipeline.p2p.metrics.timing.schema import WALK_FORWARD
from p2p_pipeline.p2p.metrics.unusual.schema import ANOMALIES
from p2p_pipeline.p2p.quality import coverage, over_time, prices, trust
from p2p_pipeline.p2p.quality.expectations import offers_expectations
from p2p_pipeline.p2p.quality.outcome import QualityOutcome
from p2p_pipeline.p2p.quality.venue_day import VenueDay


def _slot_gaps(day: VenueDay) -> QualityOutcome:
    limit = day.settings.quality.max_missing_slot_share
    return coverage.slot_gaps(day.snapshots, day.wanted_slots(), limit)


JUDGES: Mapping[str, Callable[[VenueDay], QualityOutcome]] = {
    "freshness": lambda day: coverage.freshness(day.newest(), day.now, day.settings.quality.stale_after_seconds),
    "raw_checksum": lambda day: trust.raw_checksum(*day.read_back()),
    "keys_and_counts": lambda day: trust.keys_and_counts(day.snapshots, day.offers("snapshot_id", "offer_id")),
    "quarantined_share": lambda day: trust.quarantined_share(
        day.snapshots, day.quarantine, day.settings.quality.max_quarantined_share
    ),
    "slot_gaps": _slot_gaps,
    "completeness": lambda day: coverage.completeness(day.snapshots, day.settings.quality.max_incomplete_share),
    "duplicates": lambda day: coverage.duplicates(day.snapshots, day.settings.quality.max_duplicate_share),
    "schema_drift": lambda day: trust.schema_drift(day.snapshots),
    "unknown_payments": lambda day: trust.unknown_payments(
        day.offers("payment_methods"), day.settings.quality.max_unknown_payment_share
    ),
    "offers_expectations": lambda day: offers_expectations(day.sampled_offers()),
    "price_range": lambda day: prices.price_range(
        day.depth, day.recent_depth, day.settings.quality.max_price_deviation
    ),
    "history_keeps_quotes": lambda day: over_time.history_keeps_quotes(
        day.snapshots, day.table(QUOTES), day.table(HISTORY)
    ),
    "nothing_unusual": lambda day: over_time.nothing_unusual(day.table(ANOMALIES)),
    "advice_holds": lambda day: over_time.advice_holds(
        day.summary(WALK_FORWARD, "rollups"), day.settings.analytics.confidence
    ),
    "higher_scores_hold": lambda day: over_time.higher_scores_hold(day.summary(SCORE_CALIBRATION, "quotes")),
    "crossed_market_rate": lambda day: prices.crossed_market_rate(day.depth, day.settings.quality.max_crossed_share),
}
"""By the name of the property in properties.py."""
