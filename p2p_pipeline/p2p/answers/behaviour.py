"""How offers and advertisers of a market behave, from its processed days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.lifetime_words import INTERVALS
from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.metrics.behaviour.advertisers import advertiser_rows
from p2p_pipeline.p2p.metrics.behaviour.outcomes import LIMITS
from p2p_pipeline.p2p.metrics.behaviour.schema import ADVERTISER_DAYS, OFFER_DAYS, STABILITY_HOURS
from p2p_pipeline.p2p.metrics.behaviour.summaries import SideBehaviour, ending_rows, lifetime_rows, stability_summary
from p2p_pipeline.p2p.steps.behaviour import BehaviourWindow


class NothingProcessed(ClearError):
    """No day of the market is processed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class BehaviourQuestion:
    """Which market, over which days, and how long an offer must be absent to be gone."""

    market: Market
    side: Side | None
    """None: both."""
    days: int
    last: date | None
    """The newest processed day when None."""
    rest_seconds: float
    confidence: float


@dataclass(frozen=True, slots=True)
class BehaviourAnswer:
    """What the processed days say."""

    question: BehaviourQuestion
    window: BehaviourWindow
    sides: tuple[SideBehaviour, ...]

    def to_json(self) -> dict[str, Any]:
        """The answer as `p2p behaviour --json` prints it."""
        window, asked = self.window, self.question
        advertisers = advertiser_rows(window.read(ADVERTISER_DAYS), window.read(OFFER_DAYS)).to_pylist()
        stability = stability_summary(window.read(STABILITY_HOURS), asked.confidence).to_pylist()
        first = window.as_of - timedelta(days=window.days - 1)
        return {
            "market_key": window.market_key,
            "from": max(first, window.dates[0]),
            "to": window.as_of,
            "days_with_data": len(window.dates),
            "confidence": asked.confidence,
            "intervals": INTERVALS,
            "lifetimes": lifetime_rows(list(self.sides)).to_pylist(),
            "endings": ending_rows(list(self.sides)).to_pylist(),
            "endings_limits": LIMITS,
            "stability": [row for row in stability if asked.side is None or row["side"] == asked.side],
            "advertisers": {
                "identified": len(advertisers),
                "renamed": sum(len(row["names"]) > 1 for row in advertisers),
                "on_both_sides": sum(len(row["sides"]) > 1 for row in advertisers),
            },
        }


def answer_behaviour(
    lake: Lake, asked: BehaviourQuestion, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> BehaviourAnswer:
    """Sum the market's days up; raises NothingProcessed when there are none. `progress` gets parts done, and all."""
    key = asked.market.key
    known = [entry.day for entry in lake.partitions(OFFER_DAYS) if entry.market_key == key]
    known = [day for day in known if asked.last is None or day <= asked.last]
    if not known:
        raise NothingProcessed(
            "no day of {key} is processed yet: collect or import it, then run `p2p process`.", key=key
        )
    window = BehaviourWindow(lake, key, known[-1], asked.days)
    return BehaviourAnswer(
        asked, window, tuple(window.sides(asked.rest_seconds, asked.confidence, asked.side, progress))
    )
