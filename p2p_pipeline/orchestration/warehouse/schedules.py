"""When all of a venue is swept: every ten minutes, one run at a time for each worker."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetSelection,
    DagsterInstance,
    DagsterRunStatus,
    DefaultScheduleStatus,
    RunConfig,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    schedule,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from p2p_pipeline.orchestration.partitions import key_of_moment
from p2p_pipeline.orchestration.run_tags import BRIEF, FIRST, SWEEP_TAG
from p2p_pipeline.orchestration.warehouse.assets import Share
from p2p_pipeline.orchestration.warehouse.keys import SWEEPS
from p2p_pipeline.p2p.settings_warehouse import SweepSettings

SWEEP_JOB = "sweep"
SWEEP_SCHEDULE = "sweep_schedule"
UNDER_WAY = [
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


def build_sweep_job(assets: Sequence[AssetKey], checks: Sequence[AssetCheckKey]) -> UnresolvedAssetJobDefinition:
    """The job `sweep`: ask all of the venue, load what came, refresh the views, judge the batch."""
    return define_asset_job(
        SWEEP_JOB,
        selection=AssetSelection.assets(*assets).without_checks() | AssetSelection.checks(*checks),
        description="Ask Binance for every market it has, load the answers into the warehouse, refresh its views, and "
        "judge the batch.",
        executor_def=in_process_executor,
        tags=FIRST | BRIEF,
    )


def build_load_job(assets: Sequence[AssetKey], checks: Sequence[AssetCheckKey]) -> UnresolvedAssetJobDefinition:
    """The job `load_day`: bring a day of the warehouse up to what the raw store has; for backfills."""
    return define_asset_job(
        "load_day",
        selection=AssetSelection.assets(*assets).without_checks() | AssetSelection.checks(*checks),
        description="Load a day's sweeps from the raw store into the warehouse, as far as it lacks them, and judge "
        "the newest batch: for backfills, and after the warehouse was away.",
        executor_def=in_process_executor,
    )


def build_subworkers_job(assets: Sequence[AssetKey]) -> UnresolvedAssetJobDefinition:
    """The job `subworkers`, apart from `sweep`: what somebody else's package does wrong must not hide a bad sweep."""
    return define_asset_job(
        "subworkers",
        selection=AssetSelection.assets(*assets).without_checks(),
        description="Give each subworker the batches that wait for it.",
        executor_def=in_process_executor,
        tags=BRIEF,
    )


def build_subworkers_schedule(job: UnresolvedAssetJobDefinition) -> ScheduleDefinition:
    """Between two sweeps' loads; what is not done yet waits for the next time."""
    return ScheduleDefinition(
        job=job,
        cron_schedule="8-58/10 * * * *",
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
        description="Give each subworker the batches that wait for it, every ten minutes.",
    )


def build_verify_job(checks: Sequence[AssetCheckKey]) -> UnresolvedAssetJobDefinition:
    """The job `verify_warehouse`: hold the newest batch against its raw answers, and its tables against the suites."""
    return define_asset_job(
        "verify_warehouse",
        selection=AssetSelection.checks(*checks),
        description="Read the newest batch's raw answers again and hold the warehouse against them; validate its "
        "tables with Great Expectations and write the Data Docs.",
        executor_def=in_process_executor,
        tags=BRIEF,
    )


def build_verify_schedule(job: UnresolvedAssetJobDefinition) -> ScheduleDefinition:
    """Once an hour: a batch a look costs seconds of CPU and hundreds of MB."""
    return ScheduleDefinition(
        job=job,
        cron_schedule="50 * * * *",
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
        description="Hold a batch of the warehouse against its raw answers, once an hour.",
    )


def build_sweep_schedule(job: UnresolvedAssetJobDefinition, settings: SweepSettings) -> ScheduleDefinition:
    """The schedule `sweep_schedule`. A sweep that is late is not made up for: the one under way is today's answer."""

    @schedule(
        name=SWEEP_SCHEDULE,
        job=job,
        cron_schedule="0 * * * *" if settings.interval_minutes == 60 else f"*/{settings.interval_minutes} * * * *",
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING if settings.is_scheduled else DefaultScheduleStatus.STOPPED,
        description="Sweeps all of Binance P2P. While a worker's sweep is still under way, its next one is skipped.",
    )
    def request(context: ScheduleEvaluationContext) -> Iterator[RunRequest | SkipReason]:
        requests = sweep_requests(context.instance, settings, context.scheduled_execution_time)
        yield from requests
        if not requests:
            yield SkipReason("The last sweep is still under way; the next one starts on time when it is over.")

    return request


def sweep_requests(
    instance: DagsterInstance, settings: SweepSettings, moment: datetime, key: str | None = None
) -> list[RunRequest]:
    """A run for each worker whose sweep is not under way; with a key, each is asked for once."""
    requests = []
    for worker in range(1, settings.workers + 1):
        tag = {SWEEP_TAG: f"{worker}/{settings.workers}"}
        if not instance.get_runs_count(RunsFilter(job_name=SWEEP_JOB, statuses=UNDER_WAY, tags=tag)):
            request = RunRequest(
                run_key=None if key is None else f"{key}:{worker}",
                partition_key=key_of_moment(moment),
                run_config=RunConfig(ops={SWEEPS.to_python_identifier(): Share(worker=worker)}),
                tags=tag,
            )
            requests.append(request)
    return requests
