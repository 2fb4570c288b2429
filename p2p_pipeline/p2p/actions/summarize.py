"""The whole history summed up: advice and its proof, behaviour, how well deal scores predict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.lake_sql import rebuild_views_file
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.steps.summaries import SUMMARIZERS, summarize


class NothingToSumUp(ClearError):
    """The lake has no history; the message says what to do."""


def summarize_all(
    paths: DataPaths, settings: Settings, now: datetime, progress: Callable[[str, str, int, int], None]
) -> Mapping[str, Mapping[str, date]]:
    """Make every summary of every market; gives by summary and market the day it is as of. Raises NothingToSumUp.

    `progress` is told each summary's name, its next market, how many of its markets are done, and of how many.
    """
    lake = Lake(paths.lake)
    found = {name: summarize(lake, name, settings, now, progress=partial(progress, name)) for name in SUMMARIZERS}
    if not any(found.values()):
        raise NothingToSumUp(
            f"nothing to sum up: {paths.lake} has no history. Collect or import, then run `p2p process`."
        )
    rebuild_views_file(paths.lake, paths.duckdb_file)
    return found
