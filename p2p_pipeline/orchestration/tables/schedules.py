"""When tables are made: every ten minutes for today, once to close each day; and when the house is kept."""

from collections.abc import Sequence
from datetime import timedelta

from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetSelection,
    DagsterRunStatus,
    DailyPartitionsDefinition,
    DefaultScheduleStatus,
    JobDefinition,
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

from p2p_pipeline.orchestration.partitions import key_of_moment
from p2p_pipeline.orchestration.run_tags import BRIEF, FIRST
from p2p_pipeline.orchestration.tables.assets import DERIVED_TABLES
from p2p_pipeline.orchestration.tables.summary_assets import SUMMARIES
from p2p_pipeline.p2p.quality.properties import PROPERTIES, Property
from p2p_pipeline.p2p.venues.directory import VENUE_NAMES

WAITING = [DagsterRunStatus.NOT_STARTED, DagsterRunStatus.QUEUED]
TABLES = tuple(table.name for table in DERIVED_TABLES)
PROMPT_TABLES = ("offers", "quotes", "depth", "history", "rollups")
"""Those that a person who asks "now" may look at: every ten minutes. The others follow twice an hour."""
SUMMARY_TABLES = tuple(table for summary in SUMMARIES for table in summary.tables)
COMBO_TABLES = tuple(SUMMARIES[0].tables)
COMBOS = AssetSelection.assets(AssetKey("combos")).without_checks()
COVERED_BY = {
    "process_today": ("check_today", "close_day", "process_day"),
    "check_today": ("close_day", "process_day"),
}
"""By job: which other jobs do all of its work for the same day, so that their success makes its failure good."""


def build_asset_jobs(venues: Sequence[str]) -> list[UnresolvedAssetJobDefinition]:
    """The jobs over the tables of some venues; `process_day` is over all."""
    tables = _tables(venues, TABLES) | COMBOS
    prompt_tables = _tables(venues, PROMPT_TABLES)
    gates = _checks(venues, [entry for entry in PROPERTIES if entry.is_blocking])
    of_days = [entry for entry in PROPERTIES if not entry.is_of_summary]
    quick = _checks(venues, [entry for entry in of_days if not entry.is_blocking and not entry.is_costly])
    every = _checks(venues, of_days)
    return [
        _job(
            "process_today",
            "Bring today's tables up to the newest snapshot. Only the checks that may stop prices being made run here.",
            prompt_tables | gates,
            FIRST | BRIEF,
        ),
        # With the tables, because a job of checks alone has no partitions in Dagster 1.13 and can't be asked for a day.
        _job(
            "check_today",
            "Bring today's tables up to the newest snapshot, and judge the day so far by all but the costly checks.",
            tables | gates | quick,
            FIRST | BRIEF,
        ),
        _job(
            "process_day",
            "Make any day from the raw store, of all venues, with all but the costly checks: for backfills.",
            _tables(VENUE_NAMES, TABLES)
            | COMBOS
            | _checks(VENUE_NAMES, [entry for entry in of_days if entry.is_of_day and not entry.is_costly]),
            {},
        ),
        _job("close_day", "Finish a day's tables when it is over, and judge it by every check.", tables | every, FIRST),
        _job(
            "summarize",
            "Work out what the whole history says: when to trade, and how that advice did; how offers behave; how well "
            "deal scores predict.",
            _tables(venues, SUMMARY_TABLES)
            | _tables(["combo"], COMBO_TABLES)
            | _checks(venues, [entry for entry in PROPERTIES if entry.is_of_summary]),
            {},
        ),
    ]


def _tables(venues: Sequence[str], names: Sequence[str]) -> AssetSelection:
    return AssetSelection.assets(*(AssetKey([v, t]) for v in venues for t in names)).without_checks()


def _checks(venues: Sequence[str], entries: Sequence[Property]) -> AssetSelection:
    return AssetSelection.checks(*(AssetCheckKey(AssetKey([v, e.table]), e.name) for v in venues for e in entries))


def _job(name: str, description: str, selection: AssetSelection, tags: dict[str, str]) -> UnresolvedAssetJobDefinition:
    return define_asset_job(
        name,
        selection=selection,
        description=description,
        executor_def=in_process_executor,
        tags=tags,
    )


def build_schedules(
    jobs: Sequence[UnresolvedAssetJobDefinition], housekeeping: JobDefinition, days: DailyPartitionsDefinition
) -> list[ScheduleDefinition]:
    """All schedules; they run from the start."""
    by_name = {entry.name: entry for entry in jobs}
    return [
        _daily_partition(by_name["process_today"], "10,20,40,50 * * * *", days, days_back=0),
        _daily_partition(by_name["check_today"], "*/30 * * * *", days, days_back=0),
        # Ten minutes after midnight the day's last slot is long on disk, also on a slow evening.
        _daily_partition(by_name["close_day"], "10 0 * * *", days, days_back=1),
        ScheduleDefinition(
            job=by_name["summarize"],
            cron_schedule="25 0 * * *",
            execution_timezone="UTC",
            default_status=DefaultScheduleStatus.RUNNING,
            description="Work out once a day what the whole history says.",
        ),
        ScheduleDefinition(
            job=housekeeping,
            cron_schedule="40 * * * *",
            execution_timezone="UTC",
            default_status=DefaultScheduleStatus.RUNNING,
            description="Keep the disk small, every hour.",
        ),
    ]


def _daily_partition(
    job: UnresolvedAssetJobDefinition, cron: str, days: DailyPartitionsDefinition, days_back: int
) -> ScheduleDefinition:
    @schedule(
        name=f"{job.name}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
        description=job.description,
    )
    def request(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        partition = key_of_moment(context.scheduled_execution_time - timedelta(days=days_back))
        if partition < days.start.date().isoformat():
            return SkipReason(f"Nothing was stored of {partition}: the first day is {days.start:%Y-%m-%d}.")
        waiting = RunsFilter(job_name=job.name, statuses=WAITING, tags={PARTITION_NAME_TAG: partition})
        if context.instance.get_runs_count(waiting):
            return SkipReason(f"A run of {job.name} for {partition} waits already; it will see what came since.")
        return RunRequest(partition_key=partition)

    return request
