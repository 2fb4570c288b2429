"""What the whole history says, as assets without partitions: advice, its proof, behaviour, how well scores predict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dagster import (
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from p2p_pipeline.orchestration.described import ADVICE, OWNERS, table_metadata
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.p2p.versions import BEHAVIOUR_VERSION, SCORE_VERSION, TIMING_VERSION


@dataclass(frozen=True, slots=True)
class Summary:
    """Some tables that one step makes from the whole history of a venue's markets."""

    name: str
    made_from: tuple[str, ...]
    tables: Mapping[str, str]
    """Each with its description; `{venue}` is filled in."""
    code_version: str
    code: str
    """The file that makes them, in the package."""


SUMMARIES = (
    Summary(
        "timing",
        ("rollups",),
        {
            "windows": "When {venue} is usually better: for each size, side and profile the hours that can't be told "
            "apart from the best, what they are expected to bring, or that no hour is reliably better.",
            "walk_forward": "The advice judged: each week's advice from the past alone, and what it brought in the "
            "week after.",
        },
        TIMING_VERSION,
        "p2p/steps/windows.py",
    ),
    Summary(
        "behaviour",
        ("offer_days",),
        {
            "lifetimes": "How long advertisements on {venue} live, with what snapshots can and can't tell of it.",
            "endings": "How they end: filled, withdrawn, or nobody can know.",
            "stability": "How often prices change on {venue}, how long the best stays, how long liquidity stays.",
            "advertisers": "Who advertises on {venue}: by the venue's key, through all changes of name.",
        },
        BEHAVIOUR_VERSION,
        "p2p/steps/summaries.py",
    ),
    Summary(
        "scoring",
        ("offers", "quotes"),
        {
            "score_calibration": "Whether a quote on {venue} was still there some minutes later as often as the chance "
            "behind its score said.",
        },
        SCORE_VERSION,
        "p2p/steps/score.py",
    ),
)


def build_summary_assets(venue: str, lake: Path) -> list[AssetsDefinition]:
    """The summaries of a venue, an op each."""
    return [_summary(venue, entry, lake) for entry in SUMMARIES]


def build_combo_summaries(lake: Path) -> list[AssetsDefinition]:
    """When combos are usually better: their best route is a price like any other."""
    timing = replace(SUMMARIES[0], made_from=())
    return [_summary("combo", timing, lake, [AssetKey("combos")])]


def _summary(venue: str, entry: Summary, lake: Path, made_from: Sequence[AssetKey] = ()) -> AssetsDefinition:
    specs = [
        AssetSpec(
            AssetKey([venue, name]),
            deps=[*made_from, *(AssetKey([venue, source]) for source in entry.made_from)],
            description=description.format(venue="combos" if made_from else venue.capitalize()),
            code_version=entry.code_version,
            metadata=table_metadata(lake, name, entry.code),
            group_name=ADVICE,
            owners=OWNERS,
            kinds={"python", "parquet"},
            tags={"venue": venue},
        )
        for name, description in entry.tables.items()
    ]

    # Not the venue's pool: a summary may take minutes, and only reads what the micro-batches replace.
    @multi_asset(name=f"{venue}_{entry.name}", specs=specs, pool="summaries")
    def build(installation: Installation) -> Iterator[MaterializeResult]:  # type: ignore[type-arg]
        from p2p_pipeline.orchestration.tables.summary_work import materialize_summary

        for table, metadata in materialize_summary(venue, entry.name, entry.tables, installation).items():
            yield MaterializeResult(asset_key=AssetKey([venue, table]), metadata=metadata)

    return build
