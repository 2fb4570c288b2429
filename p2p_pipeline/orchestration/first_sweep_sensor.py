"""The sensor that sweeps right after a start, so that nobody waits for the clock's next full ten minutes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from dagster import (
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from p2p_pipeline.orchestration.resources import Installation
from p2p_pipeline.orchestration.sweep_schedule import sweep_requests
from p2p_pipeline.settings_warehouse import SweepSettings

_LEAST_AHEAD = timedelta(minutes=1)
"""A schedule that is due sooner is waited for."""


def first_sweep_refusal(newest: datetime | None, now: datetime, running: timedelta, interval: timedelta) -> str | None:
    """Why no sweep is asked for before the schedule does; None when one should be. Pure."""
    if running > interval:
        return "The schedule has taken over."
    if newest is not None and now - newest < interval:
        return f"The newest sweep began at {newest:%H:%M} UTC."
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    ahead = interval - (now - midnight) % interval
    if ahead < _LEAST_AHEAD:
        return f"The schedule is due in {ahead.total_seconds():.0f} s."
    return None


def build_first_sweep_sensor(job: UnresolvedAssetJobDefinition, settings: SweepSettings) -> SensorDefinition:
    """The sensor `first_sweep`: it asks at most once in the time between two scheduled sweeps."""

    @sensor(
        name="first_sweep",
        job=job,
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING if settings.is_scheduled else DefaultSensorStatus.STOPPED,
        description="Sweeps at once after a start when the newest sweep is old; then the schedule takes over.",
    )
    def request(context: SensorEvaluationContext, installation: Installation) -> Iterator[RunRequest | SkipReason]:
        from p2p_pipeline.orchestration.newest_answers import newest_sweep
        from p2p_pipeline.orchestration.watching import seconds_since_start

        now, interval = datetime.now(UTC), timedelta(minutes=settings.interval_minutes)
        newest = newest_sweep(installation.reader(), settings.venue, now)
        refusal = first_sweep_refusal(newest, now, timedelta(seconds=seconds_since_start()), interval)
        if refusal is not None:
            yield SkipReason(refusal)
            return
        key = str(int(now.timestamp() // interval.total_seconds()))
        requests = sweep_requests(context.instance, settings, now, key)
        yield from requests
        if not requests:
            yield SkipReason("A sweep is under way.")

    return request
