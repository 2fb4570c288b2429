"""All of Dagster's definitions, put together; `build_definitions` is what definitions.py and the tests call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dagster import AssetsDefinition, DailyPartitionsDefinition, Definitions, in_process_executor

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.collection.assets import (
    build_payment_methods,
    build_raw_snapshots,
    build_slot_collected,
)
from p2p_pipeline.orchestration.collection.sensor import build_collection_sensor
from p2p_pipeline.orchestration.exchanges.assets import build_exchange_assets
from p2p_pipeline.orchestration.exchanges.checks import build_exchange_checks
from p2p_pipeline.orchestration.exchanges.schedules import build_exchange_jobs, build_exchange_schedules
from p2p_pipeline.orchestration.housekeeping.job import build_housekeeping_job
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.paper.assets import build_session_assets
from p2p_pipeline.orchestration.paper.checks import build_paper_checks
from p2p_pipeline.orchestration.paper.sensor import build_session_job, build_session_sensor
from p2p_pipeline.orchestration.paper.sweep_assets import build_sweep_assets
from p2p_pipeline.orchestration.paper.sweep_sensor import build_sweep_jobs, build_sweep_sensor
from p2p_pipeline.orchestration.partitions import days_from, first_day
from p2p_pipeline.orchestration.tables.assets import build_table_assets
from p2p_pipeline.orchestration.tables.checks import build_checks
from p2p_pipeline.orchestration.tables.combo_assets import build_combos_asset
from p2p_pipeline.orchestration.tables.made_elsewhere_sensor import build_made_elsewhere_sensor
from p2p_pipeline.orchestration.tables.schedules import build_asset_jobs, build_schedules
from p2p_pipeline.orchestration.tables.summary_assets import build_combo_summaries, build_summary_assets
from p2p_pipeline.orchestration.warehouse.assets import build_subworker_assets, build_warehouse_assets, warehouse_keys
from p2p_pipeline.orchestration.warehouse.checks import build_warehouse_checks, check_keys
from p2p_pipeline.orchestration.warehouse.first_sweep_sensor import build_first_sweep_sensor
from p2p_pipeline.orchestration.warehouse.keys import BATCHES
from p2p_pipeline.orchestration.warehouse.schedules import (
    build_load_job,
    build_subworkers_job,
    build_subworkers_schedule,
    build_sweep_job,
    build_sweep_schedule,
    build_verify_job,
    build_verify_schedule,
)
from p2p_pipeline.orchestration.watch.sensor import build_watch_sensor
from p2p_pipeline.p2p.venues.directory import VENUE_NAMES


def build_definitions(resources: Mapping[str, object] | None = None) -> Definitions:
    """Everything Dagster shows and runs. `resources` replaces the installation in tests.

    Both venues are always there, so that recordings of a venue that is not collected can be looked at; only
    configured ones are collected and processed by schedule.
    """
    given = (resources or {}).get("installation")
    installation = given if isinstance(given, Installation) else Installation()
    settings, paths = installation.settings(), installation.paths
    days = days_from(first_day(paths, settings.first_day, datetime.now(UTC).date()))
    configured = [venue for venue in VENUE_NAMES if settings.market_sides(venue)]
    jobs = build_asset_jobs(configured or VENUE_NAMES)
    housekeeping = build_housekeeping_job()
    exchange_jobs = build_exchange_jobs()
    session_job, sweep_jobs = build_session_job(), build_sweep_jobs()
    warehouse, subworker_assets = build_warehouse_assets(days, paths.raw), build_subworker_assets()
    subworkers = build_subworkers_job(warehouse_keys(subworker_assets))
    sweep = build_sweep_job(warehouse_keys(warehouse), check_keys(is_costly=False))
    load = build_load_job([BATCHES], check_keys(is_costly=False))
    verify = build_verify_job(check_keys(is_costly=True))
    return Definitions(
        assets=[
            *(entry for venue in VENUE_NAMES for entry in _assets(venue, days, paths)),
            build_combos_asset(days, paths.lake),
            *build_combo_summaries(paths.lake),
            *warehouse,
            *subworker_assets,
            *build_exchange_assets(days, paths),
            build_session_assets(paths.lake),
            *build_sweep_assets(paths),
        ],
        asset_checks=[
            *(entry for venue in VENUE_NAMES for entry in (build_slot_collected(venue), *build_checks(venue, days))),
            *build_warehouse_checks(),
            build_exchange_checks(days),
            build_paper_checks(),
        ],
        jobs=[*jobs, housekeeping, sweep, load, subworkers, verify, *exchange_jobs, session_job, *sweep_jobs],
        schedules=[
            *build_schedules(jobs, housekeeping, days),
            build_sweep_schedule(sweep, settings.sweep),
            build_subworkers_schedule(subworkers),
            build_verify_schedule(verify),
            *build_exchange_schedules(exchange_jobs),
        ],
        sensors=[
            *(build_collection_sensor(venue, is_running=venue in configured) for venue in VENUE_NAMES),
            build_first_sweep_sensor(sweep, settings.sweep),
            build_made_elsewhere_sensor(),
            build_session_sensor(session_job),
            build_sweep_sensor(sweep_jobs),
            build_watch_sensor(VENUE_NAMES),
        ],
        # Also what is materialized by hand or backfilled in the UI: a process a step costs more than the steps.
        executor=in_process_executor,
        resources={"installation": installation, **(resources or {})},
    )


def _assets(venue: str, days: DailyPartitionsDefinition, paths: DataPaths) -> list[AssetsDefinition]:
    return [
        build_raw_snapshots(venue, days, paths.raw),
        build_payment_methods(venue, paths.raw),
        *build_table_assets(venue, days, paths.lake),
        *build_summary_assets(venue, paths.lake),
    ]
