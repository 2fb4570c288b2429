"""The sensor that sweeps right after a start, so that nobody waits for the clock's next full ten minutes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from dagster import (
    DagsterInstance,
    DefaultSensorStatus,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.scheduler.instigation import InstigatorStatus

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.warehouse.schedules import SWEEP_SCHEDULE, sweep_requests
from p2p_pipeline.p2p.settings_warehouse import SweepSettings

_MARGIN = timedelta(minutes=1)
"""So near to the schedule's moment, before it or after it, the schedule is left to do it."""
_started_at = datetime.now(UTC)


def first_sweep_refusal(
    now: datetime, started_at: datetime, interval: timedelta, newest_sweep: Callable[[], datetime | None]
) -> str | None:
    """Why no sweep is asked for before the schedule does it; None when one should be. Pure."""
    if now - started_at > interval:
        return "The schedule has taken over."
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    since = (now - midnight) % interval
    if not _MARGIN <= since <= interval - _MARGIN:
        return "The schedule is about to do it."
    newest = newest_sweep()
    if newest is not None and now - newest < interval:
        return f"The newest sweep began at {newest:%H:%M} UTC."
    return None


def build_first_sweep_sensor(job: UnresolvedAssetJobDefinition, settings: SweepSettings) -> SensorDefinition:
    """The sensor `first_sweep`: it asks at most once after each start of Dagster's code server."""

    @sensor(
        name="first_sweep",
        job=job,
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING if settings.is_scheduled else DefaultSensorStatus.STOPPED,
        description="Sweeps soon after a start when the newest sweep is old; then the schedule takes over. Does "
        "nothing while the schedule is stopped.",
    )
    def request(context: SensorEvaluationContext, installation: Installation) -> Iterator[RunRequest | SkipReason]:
        from p2p_pipeline.p2p.quality.newest_answers import newest_sweep

        now, interval = datetime.now(UTC), timedelta(minutes=settings.interval_minutes)
        refusal = first_sweep_refusal(
            now, _started_at, interval, lambda: newest_sweep(installation.reader(), settings.venue, now)
        )
        if refusal is None and _is_stopped(context.instance):
            refusal = "The schedule is stopped."
        requests = [] if refusal else sweep_requests(context.instance, settings, now, f"{_started_at:%Y%m%dT%H%M%S.%f}")
        yield from requests
        if not requests:
            yield SkipReason(refusal or "A sweep is under way.")

    return request


def _is_stopped(instance: DagsterInstance) -> bool:
    schedules = instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE)
    return any(
        schedule.name == SWEEP_SCHEDULE and schedule.status is InstigatorStatus.STOPPED for schedule in schedules
    )
