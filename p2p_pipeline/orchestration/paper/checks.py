"""The soundness of a paper session as Dagster shows it: one property a check."""

from collections.abc import Iterator

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetKey,
    multi_asset_check,
)

from p2p_pipeline.orchestration.asset_property import check_spec
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.paper.assets import PAPER, PAPER_SESSIONS, POOL
from p2p_pipeline.orchestration.paper.properties import PAPER_PROPERTIES


def paper_check_keys() -> list[AssetCheckKey]:
    """All of them."""
    return [AssetCheckKey(AssetKey([PAPER, entry.asset]), entry.name) for entry in PAPER_PROPERTIES]


def build_paper_checks() -> AssetChecksDefinition:
    """All in one op: the log is read once."""

    @multi_asset_check(
        name="paper_checks",
        specs=[check_spec(PAPER, entry, PAPER_SESSIONS) for entry in PAPER_PROPERTIES],
        can_subset=True,
        pool=POOL,
    )
    def check(context: AssetCheckExecutionContext, installation: Installation) -> Iterator[AssetCheckResult]:
        from p2p_pipeline.orchestration.paper.judging import judge_session

        chosen = {key.name for key in context.selected_asset_check_keys}
        wanted = [entry for entry in PAPER_PROPERTIES if entry.name in chosen]
        session = context.partition_key if context.has_partition_key else None
        yield from judge_session(installation.paths, session, wanted, context.log)

    return check
