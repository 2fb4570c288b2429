"""The sensor that finds paper sessions: each is a partition, its tables are made when it has stopped."""

import json
from datetime import UTC, datetime

from dagster import (
    AssetSelection,
    DefaultSensorStatus,
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
from p2p_pipeline.orchestration.paper.assets import PAPER_SESSIONS, SESSION_ASSETS
from p2p_pipeline.orchestration.paper.checks import paper_check_keys
from p2p_pipeline.orchestration.paper.newness import Seen, Told, plan_sessions
from p2p_pipeline.orchestration.run_tags import BRIEF


def build_session_job() -> UnresolvedAssetJobDefinition:
    """`paper_session`: the tables of one session, and what is judged of it."""
    tables = AssetSelection.assets(*(entry.key for entry in SESSION_ASSETS)).without_checks()
    return define_asset_job(
        "paper_session",
        selection=tables | AssetSelection.checks(*paper_check_keys()),
        description="Make a paper session's tables from its log, and judge whether that can be believed.",
        executor_def=in_process_executor,
    )


def build_session_sensor(job: UnresolvedAssetJobDefinition) -> SensorDefinition:
    """The sensor `paper_sessions`."""

    @sensor(
        name="paper_sessions",
        job=job,
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING,
        description="Finds paper sessions in data/paper: each becomes a partition, its tables are made and judged once "
        "it has stopped, and every ten minutes with what there is while it runs.",
    )
    def find(context: SensorEvaluationContext, installation: Installation) -> SensorResult | SkipReason:
        from p2p_pipeline.orchestration.paper.seen import seen_sessions

        name = str(PAPER_SESSIONS.name)
        told = {session: Told(*one) for session, one in json.loads(context.cursor or "{}").items()}
        known = set(context.instance.get_dynamic_partitions(name))
        plan = plan_sessions(list(seen_sessions(installation.paths)), known, told, datetime.now(UTC).timestamp())
        if not plan.new and not plan.behind:
            return SkipReason("No session has stopped or grown since the last look.")
        return SensorResult(
            run_requests=[_request(one) for one in plan.behind],
            dynamic_partitions_requests=[PAPER_SESSIONS.build_add_request(list(plan.new))] if plan.new else [],
            cursor=json.dumps(plan.told),
        )

    return find


def _request(seen: Seen) -> RunRequest:
    # a session that runs is told again and again: those runs are of interest for hours only
    tags = {} if seen.is_stopped else BRIEF
    return RunRequest(run_key=f"{seen.session}:{seen.log_bytes}", partition_key=seen.session, tags=tags)
