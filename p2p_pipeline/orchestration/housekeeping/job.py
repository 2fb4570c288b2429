"""What keeps the disk small: days repacked or dropped, months of the lake compacted, Dagster's history pruned."""

from datetime import UTC, datetime, timedelta

from dagster import In, JobDefinition, MetadataValue, Nothing, OpExecutionContext, in_process_executor, job, op

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.run_tags import BRIEF


@op(description="Turn the raw files of closed days into one `.jsonl.zst` each, verified before they are replaced.")
def repack_raw_days(context: OpExecutionContext, installation: Installation) -> None:
    """See the description."""
    from p2p_pipeline.p2p.raw.repack import repack_closed_days

    reports = repack_closed_days(installation.store(), datetime.now(UTC).date())
    for report in reports:
        context.log.info(
            f"{report.day} {report.file_key}: {report.bytes_before:,} to {report.bytes_after:,} bytes"
            + (f"; kept as it is: {report.kept_because}" if report.kept_because else "")
        )
    before, after = sum(r.bytes_before for r in reports), sum(r.bytes_after for r in reports)
    context.add_output_metadata({"files": len(reports), "bytes_before": before, "bytes_after": after})


@op(ins={"repacked": In(Nothing)}, description="Drop raw days beyond `retention` in the settings; none by default.")
def drop_old_raw_days(context: OpExecutionContext, installation: Installation) -> None:
    """See the description."""
    from p2p_pipeline.p2p.actions.prune_raw import prune_raw

    pruned = prune_raw(installation.paths.root, installation.settings().retention, datetime.now(UTC).date())
    context.add_output_metadata(
        {
            "days": MetadataValue.json([day.isoformat() for day in pruned.bytes_of]),
            "bytes_freed": pruned.total_bytes,
            "days_kept": len(installation.reader().days()),
        }
    )


@op(
    ins={"dropped": In(Nothing)},
    description="Make the warehouse's coming days, drop those beyond `keep_days`, pack the indexes of the others that "
    "are over, mark what is still traded.",
)
def keep_warehouse_days(context: OpExecutionContext, installation: Installation) -> None:
    """See the description."""
    from p2p_pipeline.p2p.actions.sweep import keep_days
    from p2p_pipeline.postgres.server import WarehouseError

    try:
        kept = keep_days(installation.paths, installation.settings(), datetime.now(UTC).date())
    except WarehouseError as error:
        # Sweeps tell it loudly; the rest of the house is kept all the same.
        context.log.warning(str(error))
        return
    context.add_output_metadata(
        {
            "days_dropped": MetadataValue.json([day.isoformat() for day in kept.dropped]),
            "indexes_packed": kept.packed.indexes,
            "is_packing_postponed": kept.packed.is_postponed,
            "bytes_freed": kept.packed.bytes_before - kept.packed.bytes_after,
        }
    )


@op(ins={"kept": In(Nothing)}, description="Prune Dagster's own runs, events and check records.")
def prune_dagster_history(context: OpExecutionContext, installation: Installation) -> None:
    """See the description."""
    from p2p_pipeline.orchestration.housekeeping.history import HistoryPolicy, prune_history

    policy = HistoryPolicy(runs=timedelta(days=installation.settings().retention.runs_keep_days))
    report = prune_history(context.instance, policy, datetime.now(UTC))
    context.add_output_metadata(
        {"runs": report.runs, "tick_events": report.tick_events, "check_executions": report.check_executions}
    )


@op(ins={"pruned": In(Nothing)}, description="Turn the lake's files of closed months into one a table and market.")
def compact_lake_months(context: OpExecutionContext, installation: Installation) -> None:
    """See the description."""
    from p2p_pipeline.p2p.steps.compact import compact_closed_months
    from p2p_pipeline.p2p.tables import TABLES

    after_days = installation.settings().analytics.compact_after_days
    report = compact_closed_months(installation.lake(), TABLES.values(), datetime.now(UTC), after_days)
    for trouble in report.troubles:
        context.log.warning(trouble)
    context.add_output_metadata(
        {
            "months": report.months,
            "files_before": report.files_before,
            "bytes_before": report.bytes_before,
            "bytes_after": report.bytes_after,
        }
    )


@op(ins={"compacted": In(Nothing)}, description="Make `p2p.duckdb`, the views for people with a DuckDB client, anew.")
def rebuild_duckdb_views(installation: Installation) -> None:
    """See the description."""
    from p2p_pipeline.p2p.lake_sql import rebuild_views_file

    rebuild_views_file(installation.paths.lake, installation.paths.duckdb_file)


def build_housekeeping_job() -> JobDefinition:
    """The job `housekeeping`."""

    @job(
        name="housekeeping",
        description="Repack closed raw days, drop days of raw and warehouse beyond the settings, prune Dagster's "
        "history, make one file of each closed month of a table, rebuild the DuckDB views. Safe to run at any time.",
        executor_def=in_process_executor,
        tags=BRIEF,
    )
    def housekeeping() -> None:
        days_kept = keep_warehouse_days(drop_old_raw_days(repack_raw_days()))
        rebuild_duckdb_views(compact_lake_months(prune_dagster_history(days_kept)))

    return housekeeping
