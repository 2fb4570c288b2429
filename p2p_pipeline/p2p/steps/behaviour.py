"""Offers to behaviour: `offer_days`, `advertiser_days` and `stability_hours` of a day, and the summaries over days."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import count

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from p2p_pipeline.kernel.table import Table
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market, Side
from p2p_pipeline.p2p.metrics.behaviour.advertisers import advertiser_rows
from p2p_pipeline.p2p.metrics.behaviour.lives import REST_SECONDS
from p2p_pipeline.p2p.metrics.behaviour.offer_days import advertiser_day_rows, offer_day_rows
from p2p_pipeline.p2p.metrics.behaviour.schema import ADVERTISER_DAYS, OFFER_DAYS, STABILITY_HOURS
from p2p_pipeline.p2p.metrics.behaviour.side_day import OFFER_COLUMNS, SNAPSHOT_COLUMNS, SideDay, side_day
from p2p_pipeline.p2p.metrics.behaviour.stability import stability_rows
from p2p_pipeline.p2p.metrics.behaviour.summaries import (
    SideBehaviour,
    ending_rows,
    lifetime_rows,
    side_behaviour,
    stability_summary,
)
from p2p_pipeline.p2p.metrics.behaviour.summary_schema import ADVERTISERS, ENDINGS, LIFETIMES, PLACES, STABILITY
from p2p_pipeline.p2p.metrics.pricing.day_books import DayBooks
from p2p_pipeline.p2p.metrics.pricing.sizes import QuotePlan
from p2p_pipeline.p2p.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.continuing import StepReport, continuing, remake
from p2p_pipeline.p2p.versions import BEHAVIOUR_VERSION


def build_offer_days(lake: Lake, day: date, market_key: str, settings: Settings, full: bool = False) -> StepReport:
    """Make one day's `offer_days`, `advertiser_days` and `stability_hours` of a market from its offers."""
    plan = QuotePlan.for_market(settings.market_settings(Market.parse(market_key)), settings.all_profiles())
    facts = {"behaviour_version": BEHAVIOUR_VERSION, "plan": plan.version}
    with lake.writing(market_key):
        sides = _Sides(lake, day, market_key, plan)
        make = {
            OFFER_DAYS: sides.rows(OFFER_DAYS, offer_day_rows),
            ADVERTISER_DAYS: sides.rows(ADVERTISER_DAYS, advertiser_day_rows),
            STABILITY_HOURS: sides.rows(STABILITY_HOURS, stability_rows),
        }
        return remake(lake, day, market_key, (SNAPSHOTS, OFFERS), make, facts, full)


WINDOW_DAYS = 14
"""How far back behaviour looks unless told otherwise."""


def build_behaviour(
    lake: Lake,
    market_key: str,
    as_of: date,
    settings: Settings,
    days: int = WINDOW_DAYS,
    rest_seconds: float = REST_SECONDS,
    full: bool = False,
) -> StepReport:
    """Sum up the `days` days that end with `as_of`: `lifetimes`, `endings`, `advertisers` and `stability` of a market.

    They are written under `as_of`, and not made anew while the days they are made from are as they were.
    """
    confidence = settings.analytics.confidence
    with lake.writing(market_key):
        window = BehaviourWindow(lake, market_key, as_of, days)
        facts = _summary_facts(window, rest_seconds, confidence)
        make = {
            LIFETIMES: lambda: lifetime_rows(window.sides(rest_seconds, confidence)),
            ENDINGS: lambda: ending_rows(window.sides(rest_seconds, confidence)),
            ADVERTISERS: lambda: advertiser_rows(window.read(ADVERTISER_DAYS), window.read(OFFER_DAYS)),
            STABILITY: lambda: stability_summary(window.read(STABILITY_HOURS), confidence),
        }
        return remake(lake, as_of, market_key, (), make, facts, full)


_SUMMARY_SHAPE = "2"
"""Raise it when the summaries have other columns while `offer_days` stays as it is."""


def _summary_facts(window: BehaviourWindow, rest_seconds: float, confidence: float) -> dict[str, str]:
    return {
        "behaviour_version": BEHAVIOUR_VERSION,
        "shape": _SUMMARY_SHAPE,
        "asked": f"{window.days} {float(rest_seconds)} {confidence}",
        "window": window.version,
    }


def stored_summaries(window: BehaviourWindow, rest_seconds: float, confidence: float) -> dict[str, pa.Table] | None:
    """What `build_behaviour` has made of exactly these days, by table; None where days have changed since."""
    wanted, found = _summary_facts(window, rest_seconds, confidence), {}
    for table in (LIFETIMES, ENDINGS, ADVERTISERS, STABILITY):
        if not continuing(window.lake, table, window.as_of, window.market_key, wanted):
            return None
        found[table.name] = window.lake.read(table, window.as_of, window.market_key)
    return found


@dataclass(frozen=True)
class BehaviourWindow:
    """The days of one market that behaviour is summed up over; read when they are needed."""

    lake: Lake
    market_key: str
    as_of: date
    days: int

    @cached_property
    def dates(self) -> list[date]:
        """The days of the window that `offer_days` has, in order."""
        wanted = (self.as_of - timedelta(days=back) for back in range(self.days - 1, -1, -1))
        return [day for day in wanted if self.lake.facts(OFFER_DAYS, day, self.market_key) is not None]

    @cached_property
    def version(self) -> str:
        """Changes when any of the days does."""
        told = [(day, self.lake.facts(OFFER_DAYS, day, self.market_key)) for day in self.dates]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]

    def read(self, table: Table) -> pa.Table:
        """A daily table's rows over the window."""
        return pa.concat_tables(
            [table.empty(), *(self.lake.read(table, day, self.market_key) for day in self.dates)]
        ).combine_chunks()

    def sides(
        self,
        rest_seconds: float,
        confidence: float,
        only: Side | None = None,
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> list[SideBehaviour]:
        """Both sides summed up, or one; worked out once for the same question.

        `progress` is told how many parts (a place of a side each) are done, and of how many.
        """
        key = (rest_seconds, confidence, only)
        if key not in self._found:
            chosen = [side for side in Side if only in {None, side}]
            steps = count(1)

            def place_done() -> None:
                progress(next(steps), len(chosen) * len(PLACES))

            self._found[key] = [
                entry for side in chosen for entry in self._side(side, rest_seconds, confidence, place_done)
            ]
        return self._found[key]

    @cached_property
    def _found(self) -> dict[tuple[float, float, Side | None], list[SideBehaviour]]:
        return {}

    def _side(
        self, side: Side, rest_seconds: float, confidence: float, place_done: Callable[[], None]
    ) -> list[SideBehaviour]:
        market = Market.parse(self.market_key)
        columns = {"venue": market.venue, "asset": market.asset, "fiat": market.fiat, "side": str(side)}
        named = {"market_key": self.market_key, **columns}
        return side_behaviour(self.stays(side), self.looks(side), named, rest_seconds, confidence, place_done)

    @cached_property
    def _stays(self) -> pa.Table:
        return self.read(OFFER_DAYS)

    def stays(self, side: Side) -> pa.Table:
        """The rows of `offer_days` of one side, read once."""
        return self._stays.filter(compute.equal(self._stays["side"], str(side)))

    def looks(self, side: Side) -> NDArray[np.int64]:
        """When the side was seen whole, microseconds since 1970 UTC."""
        found = [np.empty(0, np.int64)]
        for day in self.dates:
            rows = self.lake.read(SNAPSHOTS, day, self.market_key, ["side", "snapshot_at", "is_complete"])
            rows = rows.filter(compute.and_(compute.equal(rows["side"], str(side)), rows["is_complete"]))
            found.append(rows["snapshot_at"].cast(pa.int64()).to_numpy())
        return np.unique(np.concatenate(found))


class _Sides:
    """A day's two sides, read when the first table needs them."""

    def __init__(self, lake: Lake, day: date, market_key: str, plan: QuotePlan) -> None:
        self._lake = lake
        self._place = (day, market_key)
        self._plan = plan

    @cached_property
    def _days(self) -> list[SideDay]:
        snapshots = self._lake.read(SNAPSHOTS, *self._place, list(SNAPSHOT_COLUMNS))
        offers = self._lake.read(OFFERS, *self._place, list(OFFER_COLUMNS))
        steps = DayBooks(snapshots, offers).steps(self._plan)
        # The middle of the ladder: what somebody trades who is neither testing nor moving house.
        size = steps[len(steps) // 2] if steps else None
        found = (side_day(snapshots, offers, side, size) for side in Side)
        return [entry for entry in found if entry is not None]

    def rows(self, table: Table, make: Callable[[SideDay], pa.Table]) -> Callable[[], pa.Table]:
        """What makes a table of both sides."""
        return lambda: pa.concat_tables([table.empty(), *(make(entry) for entry in self._days)])
