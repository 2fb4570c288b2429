"""The line on *Now* that says a market is unusual right now."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool

from p2p_pipeline.p2p.answers.anomalies_read import unusual_now
from p2p_pipeline.p2p.answers.priced import PricedAnswer
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.unusual import now_words


async def unusual_text(edges: Edges, told: PricedAnswer | None, words: Words, figures: Figures) -> str:
    """One sentence; empty where nothing is unusual or known to be, and of a time that has been."""
    if told is None or told.age.is_of_past:
        return ""
    side, now = told.found.view.market_side, edges.now()
    version = await run_in_threadpool(lambda: lake_version(edges))
    hour = now.replace(minute=0, second=0, microsecond=0)
    row = await edges.workers.ask_once(
        ("unusual now", str(side), hour), version, lambda: unusual_now(edges.lake, side, now)
    )
    return now_words(row, words, figures, now) if row else ""
