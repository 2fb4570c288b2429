"""What a collecting tick does: wait for the slot, collect it, report it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from dagster import SensorResult, SkipReason

from p2p_pipeline.monitoring.alerts import Trouble
from p2p_pipeline.orchestration.collection.kept_collector import collect, refresh_lists
from p2p_pipeline.orchestration.collection.reports import TickCursor, due_slots, lists_event, to_asset_events, told
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.p2p.capture.slot_results import CollectionReport
from p2p_pipeline.p2p.capture.slots import plan_slot

COLLECT_ALERT = "collect/"
"""Alerts with this prefix are raised and closed by ticks, not by the watch."""


def collect_in_tick(
    installation: Installation, venue: str, cursor_text: str | None, patience_seconds: float
) -> SensorResult | SkipReason:
    """Collect the next slot of a venue, or leave it to the next tick when it is too far off."""
    settings = installation.settings()
    if not settings.market_sides(venue):
        return SkipReason(f"No market of {venue} is configured; add one under `markets` in settings.yaml.")
    cursor = TickCursor.read(cursor_text)
    step = due_slots(settings.collection.interval_seconds)
    last = None if cursor.slot is None else cursor.slot // step
    plan = plan_slot(time.time(), last, settings.collection.interval_seconds, patience_seconds)
    if plan is None:
        return SkipReason("The next slot is too far off for this tick.")
    time.sleep(plan.wait_seconds)
    report = collect(installation, venue, plan.slot * step)
    tell_trouble(installation, report)
    events, after = to_asset_events(report, cursor)
    events += lists_event(venue, refresh_lists(installation, venue))
    return SensorResult(asset_events=events, cursor=after.text(), skip_reason=told(report))


def tell_trouble(installation: Installation, report: CollectionReport) -> None:
    """Raise an alert when nothing could be captured, and close it when something is again."""
    key = f"{COLLECT_ALERT}{report.venue}"
    title = f"{report.venue.capitalize()} can't be collected"
    troubles = [Trouble(key, title, report.trouble)] if report.trouble else []
    # A slot that was collected before (delivery is at least once) says nothing about how the venue is now.
    is_captured = any(result.is_captured for result in report.results)
    installation.alerts().report(troubles, lambda watched: is_captured and watched == key, datetime.now(UTC))
