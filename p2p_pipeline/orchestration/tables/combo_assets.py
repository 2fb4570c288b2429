"""`combos`: one fiat into another through an asset, over all venues."""

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, asset

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.partitions import DAYS, day_of_key
from p2p_pipeline.orchestration.tables.assets import OWNERS, Rebuild
from p2p_pipeline.p2p.venues.directory import VENUE_NAMES
from p2p_pipeline.p2p.versions import COMBO_VERSION


def build_combos_asset() -> AssetsDefinition:
    """`combos`, a day a partition."""

    @asset(
        key=AssetKey("combos"),
        deps=[AssetKey([venue, "offers"]) for venue in VENUE_NAMES],
        description="What changing one fiat into another really gave, slot by slot: buying an asset with the one and "
        "selling it for the other, over every configured market, with the best split of each leg.",
        code_version=COMBO_VERSION,
        partitions_def=DAYS,
        group_name="combos",
        owners=OWNERS,
        kinds={"python", "parquet"},
    )
    def combos(context: AssetExecutionContext, installation: Installation, config: Rebuild) -> MaterializeResult:  # type: ignore[type-arg]
        from p2p_pipeline.p2p.steps.combos import build_combos
        from p2p_pipeline.p2p.steps.each_market import MarketFailure, for_each_market, raise_what_failed

        lake, settings, day = installation.lake(), installation.settings(), day_of_key(context.partition_key)
        combos = {f"{combo.source} to {combo.target}": combo for combo in settings.analytics.combos}
        failures: list[MarketFailure] = []
        reports = for_each_market(
            day, combos, lambda name: build_combos(lake, day, combos[name], settings, config.full), failures.append
        )
        raise_what_failed(failures)
        return MaterializeResult(
            metadata={
                "dagster/row_count": sum(sum(report.total_rows.values()) for report in reports),
                "new_rows": sum(sum(report.new_rows.values()) for report in reports),
                "seconds": round(sum(report.seconds for report in reports), 3),
            }
        )

    return combos
