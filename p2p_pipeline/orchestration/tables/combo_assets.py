"""`combos`: one fiat into another through an asset, over all venues."""

from pathlib import Path

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    DailyPartitionsDefinition,
    MaterializeResult,
    asset,
)

from p2p_pipeline.orchestration.described import OWNERS, PRICES, table_metadata
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.tables.assets import Rebuild
from p2p_pipeline.p2p.venues.directory import VENUE_NAMES
from p2p_pipeline.p2p.versions import COMBO_VERSION


def build_combos_asset(days: DailyPartitionsDefinition, lake: Path) -> AssetsDefinition:
    """`combos`, a day a partition."""

    @asset(
        key=AssetKey("combos"),
        deps=[AssetKey([venue, "offers"]) for venue in VENUE_NAMES],
        description="What changing one fiat into another really gave, slot by slot: buying an asset with the one and "
        "selling it for the other, over every configured market, with the best split of each leg.",
        code_version=COMBO_VERSION,
        metadata=table_metadata(lake, "combos", "p2p/steps/combos.py"),
        partitions_def=days,
        group_name=PRICES,
        owners=OWNERS,
        kinds={"python", "parquet"},
    )
    def combos(context: AssetExecutionContext, installation: Installation, config: Rebuild) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.tables.work import materialize_combos

        return materialize_combos(context, installation, config.full)

    return combos
