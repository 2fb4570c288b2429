"""Sweeps: recorded days as columns, every combination on each of them, and whether the best can be told from luck."""

import warnings
from pathlib import Path

from dagster import (
    AssetDep,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    DynamicPartitionsDefinition,
    MaterializeResult,
    MultiPartitionKey,
    MultiPartitionsDefinition,
    MultiToSingleDimensionPartitionMapping,
    asset,
)
from dagster._utils.warnings import BetaWarning

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.described import OWNERS, source_metadata, table_metadata
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.paper.assets import GROUP, PAPER

PAPER_SWEEPS = DynamicPartitionsDefinition(name="paper_sweep")
"""A partition a sweep, by the name of its file in data/paper/sweeps."""
PAPER_DAYS = DynamicPartitionsDefinition(name="paper_day")
"""A partition a recorded day (UTC)."""
SWEEP_DAYS = MultiPartitionsDefinition({"day": PAPER_DAYS, "sweep": PAPER_SWEEPS})
RECORDED_DAYS_KEY = AssetKey([PAPER, "recorded_days"])
SWEEP_DAYS_KEY = AssetKey([PAPER, "sweep_days"])
SWEEPS_KEY = AssetKey([PAPER, "sweeps"])


def build_sweep_assets(paths: DataPaths) -> list[AssetsDefinition]:
    """`[paper, recorded_days]`, `[paper, sweep_days]`, `[paper, sweeps]`."""
    return [_recorded_days(paths.paper_columns), _sweep_days(paths.lake), _sweeps(paths.lake)]


def _recorded_days(folder: Path) -> AssetsDefinition:
    @asset(
        key=RECORDED_DAYS_KEY,
        deps=[AssetKey([PAPER, "sessions"])],
        description="What live sessions recorded, and the recordings in data/paper/recorded, cut at midnight (UTC) and "
        "made into columns, which a session runs through in a fraction of the time. Recordings of the same hours "
        "count once. Each day becomes a partition of the sweeps.",
        metadata=source_metadata(folder, "paper/actions/recorded_days.py"),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"python", "parquet"},
        pool="paper_columns",
    )
    def recorded_days(context: AssetExecutionContext, installation: Installation) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.paper.sweep_work import make_days

        made = make_days(installation.paths, context.log)
        context.instance.add_dynamic_partitions(str(PAPER_DAYS.name), made.days)
        return MaterializeResult(metadata=made.metadata)

    return recorded_days


def _sweep_days(lake: Path) -> AssetsDefinition:
    # no pool: several days run side by side, as many as dagster.yaml lets runs with the tag p2p/paper_sweep
    @asset(
        key=SWEEP_DAYS_KEY,
        deps=[RECORDED_DAYS_KEY],
        description="One recorded day under every combination of a sweep (data/paper/sweeps/*.yaml): a whole session "
        "each, from the day's first frame to its last. A run does a day; several run side by side.",
        partitions_def=SWEEP_DAYS,
        metadata=table_metadata(lake, "paper_sweep_days", "paper/actions/sweeping.py"),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"python", "parquet"},
    )
    def sweep_days(context: AssetExecutionContext, installation: Installation) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.paper.sweep_work import try_sweep_day

        key = context.partition_key
        if not isinstance(key, MultiPartitionKey):
            raise TypeError(f"the partition was {key!r}; it has a day and a sweep")
        place = key.keys_by_dimension
        return MaterializeResult(metadata=try_sweep_day(installation.paths, place["sweep"], place["day"], context.log))

    return sweep_days


def _every_day_of_a_sweep() -> MultiToSingleDimensionPartitionMapping:
    with warnings.catch_warnings():
        # Marked as beta in 1.13; lift when it no longer warns.
        warnings.simplefilter("ignore", BetaWarning)
        return MultiToSingleDimensionPartitionMapping("sweep")


def _sweeps(lake: Path) -> AssetsDefinition:
    @asset(
        key=SWEEPS_KEY,
        description="What a sweep came to, and whether that can be told from luck: the number of combinations tried, "
        "the deflated Sharpe ratio (Bailey and López de Prado 2014), White's reality check (2000), and what parameters "
        "that were chosen on the days before made on the days after.",
        partitions_def=PAPER_SWEEPS,
        deps=[AssetDep(SWEEP_DAYS_KEY, partition_mapping=_every_day_of_a_sweep())],
        metadata=table_metadata(lake, "paper_sweeps", "paper/sweeps/judging.py", "paper/sweeps/luck.py"),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"python", "parquet"},
        pool="paper_sweeps",
    )
    def sweeps(context: AssetExecutionContext, installation: Installation) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.paper.sweep_work import judge_one_sweep

        return MaterializeResult(metadata=judge_one_sweep(installation.paths, context.partition_key, context.log))

    return sweeps
