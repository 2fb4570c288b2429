"""The sensor that tells Dagster what was made without it."""

from dagster import DefaultSensorStatus, SensorDefinition, SensorEvaluationContext, SkipReason, sensor

from p2p_pipeline.orchestration.installation import Installation


def build_made_elsewhere_sensor() -> SensorDefinition:
    """The sensor `made_elsewhere`."""

    @sensor(
        name="made_elsewhere",
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING,
        description="Reports what `p2p process`, `p2p summarize` and imports made, also before Dagster was started, "
        "with its numbers and its quick checks: so that a full day never looks empty here.",
    )
    def tell(context: SensorEvaluationContext, installation: Installation) -> SkipReason:
        from p2p_pipeline.orchestration.tables.made_elsewhere import (
            BUDGET_SECONDS,
            SETTLED_SECONDS,
            tell_made_elsewhere,
        )

        told = tell_made_elsewhere(
            installation, context.instance, settled_seconds=SETTLED_SECONDS, budget_seconds=BUDGET_SECONDS
        )
        if not told.partitions:
            return SkipReason("Nothing was made elsewhere.")
        return SkipReason(f"{told.partitions} partitions told with {told.checks} checks; {told.left} are left.")

    return tell
