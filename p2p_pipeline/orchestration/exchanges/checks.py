"""The quality of a day of order books as Dagster shows it: one property a check."""

import warnings
from collections.abc import Iterator

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSpec,
    AssetKey,
    DailyPartitionsDefinition,
    multi_asset_check,
)
from dagster._utils.warnings import PreviewWarning

from p2p_pipeline.orchestration.exchanges.assets import EXCHANGES, POOL
from p2p_pipeline.orchestration.exchanges.properties import EXCHANGE_PROPERTIES, ExchangeProperty
from p2p_pipeline.orchestration.installation import Installation


def exchange_check_keys() -> list[AssetCheckKey]:
    """All of them."""
    return [AssetCheckKey(AssetKey([EXCHANGES, entry.asset]), entry.name) for entry in EXCHANGE_PROPERTIES]


def build_exchange_checks(days: DailyPartitionsDefinition) -> AssetChecksDefinition:
    """All in one op: each reads a few small files."""

    @multi_asset_check(
        name="exchanges_checks",
        specs=[_spec(entry, days) for entry in EXCHANGE_PROPERTIES],
        can_subset=True,
        pool=POOL,
    )
    def check(context: AssetCheckExecutionContext, installation: Installation) -> Iterator[AssetCheckResult]:
        from p2p_pipeline.orchestration.exchanges.judging import judge_exchanges

        chosen = {key.name for key in context.selected_asset_check_keys}
        wanted = [entry for entry in EXCHANGE_PROPERTIES if entry.name in chosen]
        day = context.partition_key if context.has_partition_key else None
        yield from judge_exchanges(installation.paths, day, wanted, context.log)

    return check


def _spec(entry: ExchangeProperty, days: DailyPartitionsDefinition) -> AssetCheckSpec:
    with warnings.catch_warnings():
        # As in tables/checks.py: partitioned checks are marked as a preview in 1.13.
        warnings.simplefilter("ignore", PreviewWarning)
        return AssetCheckSpec(
            entry.name,
            asset=AssetKey([EXCHANGES, entry.asset]),
            description=entry.description,
            partitions_def=days,
        )
