"""A paper session's log as tables: what it came to, its trades, its equity, and the same under less kind fills."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    DynamicPartitionsDefinition,
    MaterializeResult,
    multi_asset,
)

from p2p_pipeline.orchestration.described import OWNERS, table_metadata
from p2p_pipeline.orchestration.installation import Installation

PAPER = "paper"
GROUP = "paper"
POOL = "paper"
PAPER_SESSIONS = DynamicPartitionsDefinition(name="paper_session")
"""A partition a session, by its name."""


@dataclass(frozen=True, slots=True)
class SessionAsset:
    """One of the tables that a session's log is made into."""

    name: str
    made_from: tuple[str, ...]
    description: str
    code: str

    @property
    def table(self) -> str:
        """Its table of the lake."""
        return f"paper_{self.name}"

    @property
    def key(self) -> AssetKey:
        """Its key."""
        return AssetKey([PAPER, self.name])


SESSION_ASSETS = (
    SessionAsset(
        "sessions",
        (),
        "Each paper session that has a folder in data/paper, live or replayed: its configuration, how far it is, and "
        "what it came to. Materializing one reads its whole log; one that still runs is told as far as it is. Nothing "
        "was traded.",
        "paper/results/reading.py",
    ),
    SessionAsset(
        "trades",
        ("sessions",),
        "Every closed position of a session with its fees, and the funding that it paid or received while it was open.",
        "paper/results/reading.py",
    ),
    SessionAsset(
        "equity",
        ("sessions",),
        "Every change of a session's equity, what its snapshots said with open positions at mark, its deepest fall.",
        "paper/results/adding.py",
    ),
    SessionAsset(
        "fill_models",
        ("sessions",),
        "A stopped session's orders under three ways of believing in fills: touch (its own, and kind), through (the "
        "price must trade beyond by a tick), queue_late (only what the book still gives a second later).",
        "paper/machine/account.py",
    ),
)


def build_session_assets(lake: Path) -> AssetsDefinition:
    """`[paper, sessions]` and what else its log is made into, in one step that reads the log once."""

    @multi_asset(
        name="paper_session_tables",
        specs=[_spec(entry, lake) for entry in SESSION_ASSETS],
        partitions_def=PAPER_SESSIONS,
        can_subset=True,
        pool=POOL,
    )
    def build(context: AssetExecutionContext, installation: Installation) -> Iterator[MaterializeResult]:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.paper.work import tell_session

        wanted = [entry for entry in SESSION_ASSETS if entry.key in context.selected_asset_keys]
        told = tell_session(installation.paths, context.partition_key, [entry.name for entry in wanted])
        for entry in wanted:
            yield MaterializeResult(asset_key=entry.key, metadata=told[entry.name])

    return build


def _spec(entry: SessionAsset, lake: Path) -> AssetSpec:
    return AssetSpec(
        entry.key,
        deps=[AssetKey([PAPER, name]) for name in entry.made_from],
        description=entry.description,
        metadata=table_metadata(lake, entry.table, entry.code),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"python", "parquet"},
        skippable=False,
    )
