"""The advice of a series and the behaviour of a market, made once for each state of the lake, for they take seconds.

What is said of this very moment is worked out each time it is asked. Who reads a page waits two seconds at most; then
the page says that it is being worked out, and comes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from p2p_pipeline.p2p.answers.behaviour import BehaviourAnswer, answer_behaviour
from p2p_pipeline.p2p.answers.windows import answer_windows
from p2p_pipeline.p2p.metrics.behaviour.schema import OFFER_DAYS
from p2p_pipeline.p2p.metrics.history.schema import ROLLUPS
from p2p_pipeline.p2p.steps.series import choose_series
from p2p_pipeline.p2p.steps.windows import WindowsAnswer
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.asked import BehaviourAsked, WindowsAsked
from p2p_pipeline.web.edges import Edges

PAGE_PATIENCE_SECONDS = 2.0
_Answer = TypeVar("_Answer")


async def advised(edges: Edges, asked: WindowsAsked, patience_seconds: float | None = None) -> WindowsAnswer:
    """The advice. Raises InvalidInput, NoSeries, Busy, TooSlow."""
    wanted, size, days, trading = asked.market_side, asked.wanted_size, asked.days, asked.trading
    zone = asked.zone(edges.settings.timezone).key

    def found() -> WindowsAnswer:
        key = choose_series(edges.lake, wanted, asked.measure, asked.profile, size)
        return answer_windows(edges.lake, key, edges.settings, zone, *days, trading, edges.judgements.judge)

    question = ("windows", wanted, asked.measure, asked.profile, size, days, zone, trading)
    return await _once(edges, question, advice_version, found, patience_seconds)


async def behaved(edges: Edges, asked: BehaviourAsked, patience_seconds: float | None = None) -> BehaviourAnswer:
    """The behaviour, all of it worked out. Raises InvalidInput, NothingProcessed, Busy, TooSlow."""
    question = asked.question(edges.settings)

    def found() -> BehaviourAnswer:
        answer = answer_behaviour(edges.lake, question)
        answer.to_json()
        return answer

    return await _once(edges, ("behaviour", question), behaviour_version, found, patience_seconds)


def advice_version(edges: Edges) -> Hashable:
    """Of what advice is made from."""
    return lake_version(edges, ROLLUPS)


def behaviour_version(edges: Edges) -> Hashable:
    """Of what behaviour is made from."""
    return lake_version(edges, OFFER_DAYS)


async def _once(
    edges: Edges,
    question: Hashable,
    version: Callable[[Edges], Hashable],
    found: Callable[[], _Answer],
    patience_seconds: float | None,
) -> _Answer:
    seen = (await run_in_threadpool(version, edges), edges.settings_digest)
    return await edges.workers.ask_once(question, seen, found, is_slow=True, patience_seconds=patience_seconds)
