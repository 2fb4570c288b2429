"""How offers and advertisers of a market behave, as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.behaviour.advertisers import advertiser_rows
from p2p_pipeline.p2p.metrics.behaviour.outcomes import LIMITS
from p2p_pipeline.p2p.metrics.behaviour.schema import ADVERTISER_DAYS, OFFER_DAYS, STABILITY_HOURS
from p2p_pipeline.p2p.metrics.behaviour.summaries import SideBehaviour, ending_rows, lifetime_rows, stability_summary


def behaviour_object(window: Any, found: list[SideBehaviour], confidence: float, side: Side | None) -> dict[str, Any]:
    """The behaviour of a market's sides as JSON; of one side only where `side` names it."""
    advertisers = advertiser_rows(window.read(ADVERTISER_DAYS), window.read(OFFER_DAYS)).to_pylist()
    stability = stability_summary(window.read(STABILITY_HOURS), confidence).to_pylist()
    first = window.as_of - timedelta(days=window.days - 1)
    return {
        "market_key": window.market_key,
        "from": max(first, window.dates[0]),
        "to": window.as_of,
        "days_with_data": len(window.dates),
        "confidence": confidence,
        "lifetimes": lifetime_rows(found).to_pylist(),
        "endings": ending_rows(found).to_pylist(),
        "endings_limits": LIMITS,
        "stability": [row for row in stability if side is None or row["side"] == side],
        "advertisers": {
            "identified": len(advertisers),
            "renamed": sum(len(row["names"]) > 1 for row in advertisers),
            "on_both_sides": sum(len(row["sides"]) > 1 for row in advertisers),
        },
    }
