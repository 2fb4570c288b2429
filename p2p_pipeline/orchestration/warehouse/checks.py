"""The quality of the warehouse as Dagster shows it: a check a rule of p2p/quality/warehouse/rules.py, on `batches`."""

from collections.abc import Iterator, Sequence

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSpec,
    multi_asset_check,
)

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.warehouse.keys import BATCHES
from p2p_pipeline.p2p.quality.warehouse.rules import WAREHOUSE_RULES, WarehouseRule


def build_warehouse_checks() -> list[AssetChecksDefinition]:
    """The rules in three ops: what blocks, what is quick, and what reads the raw answers again."""
    blocking = [rule for rule in WAREHOUSE_RULES if rule.is_blocking]
    costly = [rule for rule in WAREHOUSE_RULES if rule.is_costly and not rule.is_blocking]
    others = [rule for rule in WAREHOUSE_RULES if not rule.is_costly and not rule.is_blocking]
    return [
        _checks_op("warehouse_gate", blocking),
        _checks_op("warehouse_checks", others),
        _checks_op("warehouse_costly_checks", costly),
    ]


def check_keys(*, is_costly: bool) -> list[AssetCheckKey]:
    """The checks that run with every sweep, or the costly ones."""
    return [AssetCheckKey(BATCHES, rule.name) for rule in WAREHOUSE_RULES if rule.is_costly == is_costly]


def _checks_op(name: str, rules: Sequence[WarehouseRule]) -> AssetChecksDefinition:
    # Without partitions: they judge what was loaded last, whichever day it is of.
    specs = [
        AssetCheckSpec(rule.name, asset=BATCHES, description=rule.description, blocking=rule.is_blocking)
        for rule in rules
    ]

    @multi_asset_check(name=name, specs=specs, can_subset=True)
    def check(context: AssetCheckExecutionContext, installation: Installation) -> Iterator[AssetCheckResult]:
        from p2p_pipeline.orchestration.warehouse.judging import judge_loaded_batches

        chosen = {key.name for key in context.selected_asset_check_keys}
        yield from judge_loaded_batches(installation, [rule.name for rule in rules if rule.name in chosen], context.log)

    return check
