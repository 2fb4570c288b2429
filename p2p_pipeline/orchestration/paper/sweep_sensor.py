"""The sensor that runs sweeps: recorded days into columns, each day that is not tried yet, then the verdict."""

import json

from dagster import (
    AssetSelection,
    DefaultSensorStatus,
    MultiPartitionKey,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    define_asset_job,
    in_process_executor,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.paper.sweep_assets import (
    PAPER_DAYS,
    PAPER_SWEEPS,
    RECORDED_DAYS_KEY,
    SWEEP_DAYS_KEY,
    SWEEPS_KEY,
)
from p2p_pipeline.orchestration.run_tags import PAPER_SWEEP_TAG

COLUMNS_JOB, DAY_JOB, VERDICT_JOB = "paper_recorded_days", "paper_sweep_day", "paper_sweep"


def build_sweep_jobs() -> list[UnresolvedAssetJobDefinition]:
    """`paper_recorded_days`, `paper_sweep_day`, `paper_sweep`."""
    return [
        define_asset_job(
            COLUMNS_JOB,
            selection=AssetSelection.assets(RECORDED_DAYS_KEY),
            description="Make what was recorded into columns, a day each.",
            executor_def=in_process_executor,
        ),
        define_asset_job(
            DAY_JOB,
            selection=AssetSelection.assets(SWEEP_DAYS_KEY),
            description="Try every combination of a sweep on one recorded day.",
            executor_def=in_process_executor,
            tags={PAPER_SWEEP_TAG: "day"},
        ),
        define_asset_job(
            VERDICT_JOB,
            selection=AssetSelection.assets(SWEEPS_KEY),
            description="Judge a sweep by all days that were run.",
            executor_def=in_process_executor,
        ),
    ]


def build_sweep_sensor(jobs: list[UnresolvedAssetJobDefinition]) -> SensorDefinition:
    """The sensor `paper_sweeps`."""

    @sensor(
        name="paper_sweeps",
        jobs=jobs,
        minimum_interval_seconds=60,
        default_status=DefaultSensorStatus.RUNNING,
        description="Runs the sweeps in data/paper/sweeps/*.yaml: makes recorded days into columns, tries each day "
        "that was not tried as it is, and judges when all are. A changed file or recording is tried anew.",
    )
    def find(context: SensorEvaluationContext, installation: Installation) -> SensorResult | SkipReason:
        paths = installation.paths
        if not paths.paper_sweeps.is_dir():
            return SkipReason(f"There is no sweep in {paths.paper_sweeps}.")
        from p2p_pipeline.orchestration.paper.sweep_plan import plan_sweeps

        asked = set(json.loads(context.cursor or "[]"))
        plan = plan_sweeps(paths, asked)
        requests = [
            *(RunRequest(job_name=COLUMNS_JOB, run_key=key) for key in plan.columns),
            *(_day_request(one.sweep, one.day, one.key) for one in plan.days),
            *(RunRequest(job_name=VERDICT_JOB, partition_key=one.sweep, run_key=one.key) for one in plan.verdicts),
        ]
        for trouble in plan.troubles:
            context.log.warning(trouble)
        if not requests:
            return SkipReason("; ".join(plan.troubles) or _told(len(plan.asked)))
        return SensorResult(
            run_requests=requests,
            dynamic_partitions_requests=[
                PAPER_SWEEPS.build_add_request(list(plan.sweeps)),
                PAPER_DAYS.build_add_request(sorted({one.day for one in plan.days})),
            ],
            cursor=json.dumps(sorted(plan.asked)),
        )

    return find


def _told(asked: int) -> str:
    if asked:
        return f"All that is to be done was asked for: {asked} wait, run, or failed (then launch them again)."
    return "Every recorded day is tried under every sweep, and judged."


def _day_request(sweep: str, day: str, key: str) -> RunRequest:
    partition = MultiPartitionKey({"day": day, "sweep": sweep})
    return RunRequest(job_name=DAY_JOB, partition_key=partition, run_key=key, tags={PAPER_SWEEP_TAG: "day"})
