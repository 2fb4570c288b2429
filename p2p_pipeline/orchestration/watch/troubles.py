"""What is wrong right now, as Dagster's records and the raw store tell it: input for alerts.

Open-source Dagster tells nobody about a failed tick or a failed check; so a sensor asks these functions every minute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from dagster import AssetCheckKey, AssetCheckSeverity, DagsterInstance, DagsterRunStatus, RunRecord, RunsFilter
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.scheduler.instigation import InstigatorState, TickStatus
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)
from dagster._core.storage.tags import PARTITION_NAME_TAG

from p2p_pipeline.monitoring.alerts import Trouble
from p2p_pipeline.orchestration.partitions import key_of_moment
from p2p_pipeline.orchestration.tables.schedules import COVERED_BY
from p2p_pipeline.p2p.markets import MarketSide
from p2p_pipeline.p2p.quality.fresh import is_stale
from p2p_pipeline.p2p.settings_warehouse import SweepSettings

STALE_ALERT = "stale/"
FAILED_RUNS_DAYS = 3
"""A failed run that nothing has made good is told for this long; then it is history."""
CATCHING_UP = frozenset({"sweep"})
"""Jobs of which a later run does what an earlier one left, whatever the day."""
_EVALUATED = {AssetCheckExecutionRecordStatus.FAILED, AssetCheckExecutionRecordStatus.SUCCEEDED}


def failed_ticks(instance: DagsterInstance) -> list[Trouble]:
    """Sensors and schedules whose newest finished tick failed."""
    states = [
        *instance.all_instigator_state(instigator_type=InstigatorType.SENSOR),
        *instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE),
    ]
    return [trouble for state in states if (trouble := _failed_tick(instance, state)) is not None]


def _failed_tick(instance: DagsterInstance, state: InstigatorState) -> Trouble | None:
    if not state.is_running:
        return None
    ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=2)
    newest = next((tick for tick in ticks if tick.status is not TickStatus.STARTED), None)
    if newest is None or newest.status is not TickStatus.FAILURE:
        return None
    lines = newest.error.message.strip().splitlines() if newest.error else []
    reason = lines[-1] if lines else "no reason was recorded"
    return Trouble(f"tick/{state.instigator_name}", f"A tick of {state.instigator_name} failed", reason)


def failed_checks(instance: DagsterInstance, checks: Sequence[AssetCheckKey], now: datetime) -> list[Trouble]:
    """Checks whose newest evaluation failed: today's, or yesterday's where today has none.

    Older days are left out: who backfills them looks at them.
    """
    found = []
    for check in checks:
        record = _newest_evaluation(instance, check, now)
        if record is None or record.status is not AssetCheckExecutionRecordStatus.FAILED:
            continue
        evaluation = record.evaluation
        name = f"{check.asset_key.to_user_string()} {check.name}"
        is_warning = evaluation is not None and evaluation.severity is AssetCheckSeverity.WARN
        found.append(
            Trouble(
                f"check/{check.asset_key.to_user_string()}/{check.name}",
                f"The check {name} failed" + (f" for {record.partition}" if record.partition else ""),
                (evaluation.description if evaluation else None) or "see the check in Dagster",
                "warning" if is_warning else "error",
            )
        )
    return found


def _newest_evaluation(
    instance: DagsterInstance, check: AssetCheckKey, now: datetime
) -> AssetCheckExecutionRecord | None:
    # A check is either of a day or of now, and which one is for its definition to say: the records know.
    for partition in (None, key_of_moment(now), key_of_moment(now - timedelta(days=1))):
        records = instance.event_log_storage.get_asset_check_execution_history(
            check, limit=1, status=_EVALUATED, partition_filter=PartitionKeyFilter(key=partition)
        )
        if records:
            return records[0]
    return None


def failed_runs(instance: DagsterInstance, now: datetime) -> list[Trouble]:
    """Failed runs that no later run has made good: of the same job and partition, or of a job that covers it."""
    since = now - timedelta(days=FAILED_RUNS_DAYS)
    failed = instance.get_run_records(RunsFilter(statuses=[DagsterRunStatus.FAILURE], created_after=since), limit=100)
    found: dict[str, Trouble] = {}
    for record in failed:
        run = record.dagster_run
        partition = run.tags.get(PARTITION_NAME_TAG)
        key = f"run/{run.job_name}/{partition or ''}"
        if key in found:
            continue
        if not _is_made_good(instance, record):
            of_day = f" for {partition}" if partition else ""
            found[key] = Trouble(key, f"A run of {run.job_name} failed{of_day}", f"run {run.run_id[:8]}")
    return list(found.values())


def _is_made_good(instance: DagsterInstance, failed: RunRecord) -> bool:
    run = failed.dagster_run
    partition = None if run.job_name in CATCHING_UP else run.tags.get(PARTITION_NAME_TAG)
    return any(
        instance.get_runs_count(
            RunsFilter(
                job_name=job,
                statuses=[DagsterRunStatus.SUCCESS],
                created_after=failed.create_timestamp,
                tags={PARTITION_NAME_TAG: partition} if partition else {},
            )
        )
        for job in (run.job_name, *COVERED_BY.get(run.job_name, ()))
    )


def stale_markets(
    newest: Mapping[MarketSide, datetime | None], now: datetime, stale_after_seconds: float
) -> list[Trouble]:
    """Market sides without a young answer, by the answers' own time."""
    found = []
    for side, moment in newest.items():
        age = None if moment is None else (now - moment).total_seconds()
        if is_stale(age, stale_after_seconds):
            detail = "it has had no usable answer lately"
            if moment is not None:
                detail = f"its last usable answer is of {moment:%H:%M:%S} UTC"
            found.append(Trouble(f"{STALE_ALERT}{side}", f"{side} is stale", detail))
    return found


def stale_sweeps(newest: datetime | None, now: datetime, settings: SweepSettings) -> list[Trouble]:
    """Whether the venue that is to be swept was not, by the time its newest stored sweep began.

    A check of the warehouse is only judged after a load: of sweeps that don't come at all it says nothing.
    """
    most = timedelta(minutes=2 * settings.interval_minutes, seconds=settings.budget_seconds)
    if not settings.is_scheduled or (newest is not None and now - newest <= most):
        return []
    detail = "no sweep is stored of today or yesterday"
    if newest is not None:
        detail = f"the newest began at {newest:%Y-%m-%d %H:%M} UTC"
    title = f"{settings.venue.capitalize()} is not swept"
    return [Trouble(f"{STALE_ALERT}sweeps", title, f"{detail}; look at the runs of `sweep` in Dagster")]
