"""A paper session judged, as Dagster shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from logging import Logger

from dagster import AssetCheckResult

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.asset_property import AssetProperty
from p2p_pipeline.orchestration.paper.assets import PAPER
from p2p_pipeline.orchestration.paper.judges import JUDGES, Judged
from p2p_pipeline.orchestration.results import not_judged, to_check_result
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity
from p2p_pipeline.paper.sessions.finding import session_names


def judge_session(
    paths: DataPaths, session: str | None, properties: Sequence[AssetProperty], log: Logger
) -> Iterator[AssetCheckResult]:
    """Judge a session (the newest without one); a property that can't be judged says why and stops no other."""
    chosen = session or max(session_names(paths.paper), default=None)
    judged = None if chosen is None else Judged(paths, chosen)
    for entry in properties:
        try:
            outcome = _nothing(entry.name) if judged is None else JUDGES[entry.name](judged)
        except Exception as error:  # noqa: BLE001 - whatever it is, a person is told which check it was and why
            outcome = not_judged(entry.name, error, is_blocking=True, log=log)
        yield to_check_result(PAPER, entry.asset, outcome)


def _nothing(name: str) -> QualityOutcome:
    told = "there is none yet: `p2p paper start` makes one"
    return QualityOutcome(name, True, Severity.ERROR, "a paper session", told)
