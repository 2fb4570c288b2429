"""The sensor that collects: every 30 seconds, on the slot grid, in its tick."""

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

from p2p_pipeline.orchestration.installation import Installation

MINIMUM_INTERVAL_SECONDS = 10
"""Much less than a slot: Dagster counts it from the last tick's start, which lies before the slot's."""
PATIENCE_SECONDS = 16.0
"""Longer than the interval and the daemon's 5-second grid together, so that no slot's start is slept through. Short
enough that stopping Dagster, which waits for a running tick, stays bearable."""


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
        from p2p_pipeline.orchestration.collection.tick import collect_in_tick

        return collect_in_tick(installation, venue, context.cursor, PATIENCE_SECONDS)

    return tick
