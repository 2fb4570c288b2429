"""How offers and advertisers of a market behave, from its processed days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.answers.behaviour_sides import SideTold, side_told
from p2p_pipeline.p2p.answers.lifetime_words import INTERVALS
from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.metrics.behaviour.advertisers import advertiser_rows
from p2p_pipeline.p2p.metrics.behaviour.outcomes import LIMITS
from p2p_pipeline.p2p.metrics.behaviour.schema import ADVERTISER_DAYS, OFFER_DAYS, STABILITY_HOURS
from p2p_pipeline.p2p.metrics.behaviour.summaries import SideBehaviour, ending_rows, lifetime_rows, stability_summary
from p2p_pipeline.p2p.metrics.behaviour.summary_schema import ADVERTISERS, ENDINGS, LIFETIMES, STABILITY
from p2p_pipeline.p2p.steps.behaviour import BehaviourWindow, stored_summaries


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
    timezone: str = "UTC"
    """On whose clock hours of the day are told."""

    @property
    def sides(self) -> tuple[Side, ...]:
        """Those asked about."""
        return tuple(side for side in Side if self.side in {None, side})


@dataclass(frozen=True)
class BehaviourAnswer:
    """What the processed days say. What a Dagster run has already summed up of these very days is read, not made."""

    question: BehaviourQuestion
    window: BehaviourWindow
    progress: Callable[[int, int], None] = lambda _done, _total: None

    @cached_property
    def sides(self) -> tuple[SideBehaviour, ...]:
        """The lives themselves, for a picture: takes seconds."""
        asked = self.question
        return tuple(self.window.sides(asked.rest_seconds, asked.confidence, asked.side, self.progress))

    @cached_property
    def told(self) -> tuple[SideTold, ...]:
        """A side each: who is behind its offers, how large price changes are, how many come and go by hour."""
        asked = self.question
        names = {row["advertiser_id"]: row["names"] for row in self.advertisers}
        found = (
            side_told(self.window, side, asked.rest_seconds, asked.confidence, asked.timezone, names)
            for side in asked.sides
        )
        return tuple(one for one in found if one is not None)

    @property
    def lifetimes(self) -> list[dict[str, Any]]:
        """Rows of `lifetimes` of the sides asked about."""
        return self._rows(LIFETIMES.name)

    @property
    def endings(self) -> list[dict[str, Any]]:
        """Rows of `endings`."""
        return self._rows(ENDINGS.name)

    @property
    def stability(self) -> list[dict[str, Any]]:
        """Rows of `stability`."""
        return self._rows(STABILITY.name)

    @cached_property
    def advertisers(self) -> list[dict[str, Any]]:
        """Rows of `advertisers`, of the whole market."""
        found: list[dict[str, Any]] = self._tables[ADVERTISERS.name].to_pylist()
        return found

    @property
    def first(self) -> date:
        """The first day of the window that has data."""
        return max(self.window.as_of - timedelta(days=self.window.days - 1), self.window.dates[0])

    def to_json(self) -> dict[str, Any]:
        """The answer as `p2p behaviour --json` prints it."""
        window, asked = self.window, self.question
        return {
            "market_key": window.market_key,
            "from": self.first,
            "to": window.as_of,
            "days_with_data": len(window.dates),
            "confidence": asked.confidence,
            "intervals": INTERVALS,
            "lifetimes": self.lifetimes,
            "endings": self.endings,
            "endings_limits": LIMITS,
            "stability": self.stability,
            "advertisers": {
                "identified": len(self.advertisers),
                "renamed": sum(len(row["names"]) > 1 for row in self.advertisers),
                "on_both_sides": sum(len(row["sides"]) > 1 for row in self.advertisers),
            },
            "timezone": asked.timezone,
            "sides": [one.to_json() for one in self.told],
        }

    @cached_property
    def _tables(self) -> Mapping[str, pa.Table]:
        window, asked = self.window, self.question
        return stored_summaries(window, asked.rest_seconds, asked.confidence) or {
            LIFETIMES.name: lifetime_rows(list(self.sides)),
            ENDINGS.name: ending_rows(list(self.sides)),
            ADVERTISERS.name: advertiser_rows(window.read(ADVERTISER_DAYS), window.read(OFFER_DAYS)),
            STABILITY.name: stability_summary(window.read(STABILITY_HOURS), asked.confidence),
        }

    def _rows(self, table: str) -> list[dict[str, Any]]:
        wanted = {str(side) for side in self.question.sides}
        return [row for row in self._tables[table].to_pylist() if row["side"] in wanted]


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
    return BehaviourAnswer(asked, BehaviourWindow(lake, key, known[-1], asked.days), progress)
