"""The full market: a venue swept every ten minutes, and the PostgreSQL warehouse that is made from it."""

from collections.abc import Sequence
from pathlib import Path

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Config,
    DailyPartitionsDefinition,
    MaterializeResult,
    asset,
)
from pydantic import Field

from p2p_pipeline.orchestration.described import OWNERS, RAW, code_metadata, source_metadata
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.partitions import day_of_key
from p2p_pipeline.orchestration.run_tags import SWEEP_TAG
from p2p_pipeline.orchestration.warehouse.keys import BATCHES, GROUP, MARKET_VIEWS, SWEEPS, SWEPT_VENUE
from p2p_pipeline.p2p.versions import WAREHOUSE_VERSION
from p2p_pipeline.p2p.warehouse.subworkers.registry import registered_subworkers


class Share(Config):
    """Whose share of the fiats is swept."""

    worker: int = Field(default=1, ge=1, description="Of `sweep.workers` in the settings.")


def build_warehouse_assets(days: DailyPartitionsDefinition, raw: Path) -> list[AssetsDefinition]:
    """`[binance, sweeps]` -> `[warehouse, batches]` -> `[warehouse, market_views]`."""
    return [_sweeps(days, raw), _batches(days), _market_views()]


def build_subworker_assets() -> list[AssetsDefinition]:
    """`[warehouse, batches]` -> an asset a registered subworker."""
    return [_subworker(worker.name, worker.description) for worker in registered_subworkers()]


def _sweeps(days: DailyPartitionsDefinition, raw: Path) -> AssetsDefinition:
    @asset(
        key=SWEEPS,
        description="Every fiat, every asset, both sides of Binance P2P, asked once, byte for byte as it came. "
        "Materializing today by hand sweeps once; another day tells what is stored of it and asks nobody.",
        partitions_def=days,
        metadata=source_metadata(raw, "p2p/capture/sweeps/sweep.py"),
        group_name=RAW,
        owners=OWNERS,
        kinds={"python", "gzip"},
        tags={"venue": SWEPT_VENUE},
    )
    def sweeps(context: AssetExecutionContext, installation: Installation, config: Share) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.warehouse.work import sweep_day

        # A scheduled sweep that had to wait over midnight is still wanted.
        is_scheduled = SWEEP_TAG in context.run.tags
        day = None if is_scheduled else day_of_key(context.partition_key)
        return MaterializeResult(metadata=sweep_day(installation, day, config.worker, context.log))

    return sweeps


def _batches(days: DailyPartitionsDefinition) -> AssetsDefinition:
    @asset(
        key=BATCHES,
        deps=[SWEEPS],
        description="The star schema in PostgreSQL: each sweep loaded in one transaction, offers kept as versions, so "
        "that every batch can be seen as it was. A day is made from the raw store; what is loaded already is left.",
        code_version=WAREHOUSE_VERSION,
        partitions_def=days,
        metadata=code_metadata("p2p/warehouse/load.py"),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"python", "postgres"},
    )
    def batches(context: AssetExecutionContext, installation: Installation) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.warehouse.work import load_day

        return MaterializeResult(metadata=load_day(installation, day_of_key(context.partition_key), context.log))

    return batches


def _market_views() -> AssetsDefinition:
    @asset(
        key=MARKET_VIEWS,
        deps=[BATCHES],
        description="What people ask first, ready made in PostgreSQL: the best price of each market, depth by hour "
        "and day, spread, premium, who advertises. Refreshed without making readers wait.",
        metadata=code_metadata("p2p/warehouse/views.py"),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"postgres", "sql"},
    )
    def market_views(installation: Installation) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.warehouse.work import refresh_market_views

        return MaterializeResult(metadata=refresh_market_views(installation))

    return market_views


def _subworker(name: str, description: str) -> AssetsDefinition:
    @asset(
        key=AssetKey([GROUP, name]),
        deps=[BATCHES],
        description=description,
        group_name=GROUP,
        owners=OWNERS,
        kinds={"python", "postgres"},
    )
    def subworker(installation: Installation) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.warehouse.work import run_subworker

        return MaterializeResult(metadata=run_subworker(installation, name))

    return subworker


def warehouse_keys(assets: Sequence[AssetsDefinition]) -> list[AssetKey]:
    """The keys of these assets, for a job over them."""
    return [key for entry in assets for key in entry.keys]
