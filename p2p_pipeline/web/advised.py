"""The advice of a series for page and API, made once for each state of the lake, for it takes seconds.

What it says of this very moment is worked out each time it is asked.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool

from p2p_pipeline.p2p.answers.windows import answer_windows
from p2p_pipeline.p2p.steps.series import choose_series
from p2p_pipeline.p2p.steps.windows import WindowsAnswer
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.asked import WindowsAsked
from p2p_pipeline.web.edges import Edges


async def advised(edges: Edges, asked: WindowsAsked) -> WindowsAnswer:
    """The advice. Raises InvalidInput, NoSeries, Busy, TooSlow."""
    wanted, size, days, trading = asked.market_side, asked.wanted_size, asked.days, asked.trading
    zone = asked.zone(edges.settings.timezone).key

    def found() -> WindowsAnswer:
        key = choose_series(edges.lake, wanted, asked.measure, asked.profile, size)
        return answer_windows(edges.lake, key, edges.settings, zone, *days, trading)

    question = ("windows", wanted, asked.measure, asked.profile, size, days, zone, trading)
    version = await run_in_threadpool(lake_version, edges)
    return await edges.workers.ask_once(question, version, found)
