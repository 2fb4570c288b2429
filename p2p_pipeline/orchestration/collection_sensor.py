"""The sensor that collects: every 30 seconds, on the slot grid, in its tick."""

import time
from datetime import UTC, datetime

from dagster import (
    AssetKey,
    AssetSelection,
    DefaultSensorStatus,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from p2p_pipeline.alerts import Trouble
from p2p_pipeline.capture.slot_results import CollectionReport
from p2p_pipeline.capture.slots import plan_slot
from p2p_pipeline.orchestration.collecting import collect, refresh_lists
from p2p_pipeline.orchestration.resources import Installation
from p2p_pipeline.orchestration.tick_reports import TickCursor, due_slots, lists_event, to_asset_events, told

MINIMUM_INTERVAL_SECONDS = 10
"""Much less than a slot: Dagster counts it from the last tick's start, which lies before the slot's."""
PATIENCE_SECONDS = 16.0
"""Longer than the interval and the daemon's 5-second grid together, so that no slot's start is slept through. Short
enough that stopping Dagster, which waits for a running tick, stays bearable."""
COLLECT_ALERT = "collect/"
"""Alerts with this prefix are raised and closed by ticks, not by the watch."""


def build_collection_sensor(venue: str, is_running: bool) -> SensorDefinition:
    """The sensor `{venue}_collection`."""

    @sensor(
        name=f"{venue}_collection",
        target=AssetSelection.assets(AssetKey([venue, "raw_snapshots"]), AssetKey([venue, "payment_methods"])),
        minimum_interval_seconds=MINIMUM_INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING if is_running else DefaultSensorStatus.STOPPED,
        description=f"Collects every configured market side of {venue.capitalize()} once a slot of 30 seconds, into "
        "the raw store. A tick between two slots waits for the next one or leaves it to the next tick.",
    )
    def tick(context: SensorEvaluationContext, installation: Installation) -> SensorResult | SkipReason:
        settings = installation.settings()
        if not settings.market_sides(venue):
            return SkipReason(f"No market of {venue} is configured; add one under `markets` in settings.yaml.")
        cursor = TickCursor.read(context.cursor)
        step = due_slots(settings.collection.interval_seconds)
        last = None if cursor.slot is None else cursor.slot // step
        plan = plan_slot(time.time(), last, settings.collection.interval_seconds, PATIENCE_SECONDS)
        if plan is None:
            return SkipReason("The next slot is too far off for this tick.")
        time.sleep(plan.wait_seconds)
        report = collect(installation, venue, plan.slot * step)
        tell_trouble(installation, report)
        events, after = to_asset_events(report, cursor)
        lists = refresh_lists(installation, venue)
        events += lists_event(venue, lists)
        return SensorResult(asset_events=events, cursor=after.text(), skip_reason=told(report))

    return tick


def tell_trouble(installation: Installation, report: CollectionReport) -> None:
    """Raise an alert when nothing could be captured, and close it when something is again."""
    key = f"{COLLECT_ALERT}{report.venue}"
    title = f"{report.venue.capitalize()} can't be collected"
    troubles = [Trouble(key, title, report.trouble)] if report.trouble else []
    installation.alerts().report(troubles, lambda watched: watched == key, datetime.now(UTC))
