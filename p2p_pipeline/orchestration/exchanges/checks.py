"""The quality of a day of order books as Dagster shows it: one property a check."""

from collections.abc import Iterator

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetKey,
    DailyPartitionsDefinition,
    multi_asset_check,
)

from p2p_pipeline.orchestration.asset_property import check_spec
from p2p_pipeline.orchestration.exchanges.assets import EXCHANGES, POOL
from p2p_pipeline.orchestration.exchanges.properties import EXCHANGE_PROPERTIES
from p2p_pipeline.orchestration.installation import Installation


def exchange_check_keys() -> list[AssetCheckKey]:
    """All of them."""
    return [AssetCheckKey(AssetKey([EXCHANGES, entry.asset]), entry.name) for entry in EXCHANGE_PROPERTIES]


def build_exchange_checks(days: DailyPartitionsDefinition) -> AssetChecksDefinition:
    """All in one op: each reads a few small files."""

    @multi_asset_check(
        name="exchanges_checks",
        specs=[check_spec(EXCHANGES, entry, days) for entry in EXCHANGE_PROPERTIES],
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
