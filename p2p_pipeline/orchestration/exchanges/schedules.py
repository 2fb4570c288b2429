"""When a day of order books is worked on: each hour the hour that is over, and once what rules would have earned."""

from collections.abc import Sequence
from datetime import timedelta

from dagster import (
    AssetKey,
    AssetSelection,
    DefaultScheduleStatus,
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
from dagster._core.storage.tags import PARTITION_NAME_TAG

from p2p_pipeline.orchestration.exchanges.assets import EXCHANGES
from p2p_pipeline.orchestration.exchanges.checks import exchange_check_keys
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.partitions import has_streamed, key_of_moment
from p2p_pipeline.orchestration.run_tags import BRIEF
from p2p_pipeline.orchestration.tables.schedules import WAITING

HOURLY = ("frames", "books", "scans", "opportunities")


def build_exchange_jobs() -> list[UnresolvedAssetJobDefinition]:
    """`exchanges_hours` and `exchanges_backtest`."""
    checks = AssetSelection.checks(*exchange_check_keys())
    return [
        define_asset_job(
            "exchanges_hours",
            selection=_assets(HOURLY) | checks,
            description="Replay the hours of order books that are over, and judge the day so far.",
            executor_def=in_process_executor,
            tags=BRIEF,
        ),
        define_asset_job(
            "exchanges_backtest",
            selection=_assets(("backtest",)),
            description="What other rules would have found in a day of order books, and what acting would have given.",
            executor_def=in_process_executor,
        ),
    ]


def build_exchange_schedules(jobs: Sequence[UnresolvedAssetJobDefinition]) -> list[ScheduleDefinition]:
    """They run from the start; a day without frames makes no run."""
    hours, backtest = jobs
    return [
        # An hour back: at five past midnight yesterday's last hour is what is over.
        _of_day(hours, "5 * * * *", timedelta(hours=1)),
        _of_day(backtest, "30 1 * * *", timedelta(days=1)),
    ]


def _assets(names: Sequence[str]) -> AssetSelection:
    return AssetSelection.assets(*(AssetKey([EXCHANGES, name]) for name in names)).without_checks()


def _of_day(job: UnresolvedAssetJobDefinition, cron: str, back: timedelta) -> ScheduleDefinition:
    @schedule(
        name=f"{job.name}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
        description=job.description,
    )
    def request(context: ScheduleEvaluationContext, installation: Installation) -> RunRequest | SkipReason:
        partition = key_of_moment(context.scheduled_execution_time - back)
        if not has_streamed(installation.paths, partition):
            return SkipReason(f"No order books were watched on {partition}.")
        waiting = RunsFilter(job_name=job.name, statuses=WAITING, tags={PARTITION_NAME_TAG: partition})
        if context.instance.get_runs_count(waiting):
            return SkipReason(f"A run of {job.name} for {partition} waits already; it will see what came since.")
        return RunRequest(partition_key=partition)

    return request
