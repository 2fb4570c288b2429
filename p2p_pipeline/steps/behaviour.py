"""Offers to behaviour: `offer_days`, `advertiser_days` and `stability_hours` of a day, and the summaries over days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property

import pyarrow as pa

from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.markets import Market, Side
from p2p_pipeline.metrics.behaviour.offer_days import advertiser_day_rows, offer_day_rows
from p2p_pipeline.metrics.behaviour.schema import ADVERTISER_DAYS, OFFER_DAYS, STABILITY_HOURS
from p2p_pipeline.metrics.behaviour.side_day import OFFER_COLUMNS, SNAPSHOT_COLUMNS, SideDay, side_day
from p2p_pipeline.metrics.behaviour.stability import stability_rows
from p2p_pipeline.metrics.day_books import DayBooks
from p2p_pipeline.metrics.sizes import QuotePlan
from p2p_pipeline.offers.schema import OFFERS, SNAPSHOTS
from p2p_pipeline.settings import Settings
from p2p_pipeline.steps.partitions import StepReport, remake
from p2p_pipeline.tables import Table
from p2p_pipeline.versions import BEHAVIOUR_VERSION


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
