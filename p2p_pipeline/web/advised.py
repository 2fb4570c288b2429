"""The advice of a series and the behaviour of a market, made once for each state of the lake, for they take seconds.

What is said of this very moment is worked out each time it is asked. Who opens a page waits little; then the page says
that it is being worked out, and comes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from p2p_pipeline.p2p.answers.behaviour import BehaviourAnswer, answer_behaviour
from p2p_pipeline.p2p.answers.windows import answer_windows
from p2p_pipeline.p2p.answers.windows_size import AskedSize, asked_series
from p2p_pipeline.p2p.metrics.behaviour.schema import OFFER_DAYS
from p2p_pipeline.p2p.metrics.history.schema import ROLLUPS
from p2p_pipeline.p2p.metrics.history.series import SeriesKey
from p2p_pipeline.p2p.steps.windows import WindowsAnswer
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.asked import BehaviourAsked, WindowsAsked
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.workers import Lane

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Advised:
    """The advice, and the amount it was asked for."""

    found: WindowsAnswer
    size: AskedSize | None


async def advised(edges: Edges, asked: WindowsAsked, patience_seconds: float | None = None) -> Advised:
    """The advice. Raises InvalidInput, NoSeries, Busy, TooSlow."""
    wanted, days, trading = asked.market_side, asked.days, asked.trading
    zone = asked.zone(edges.settings.timezone).key

    named = (asked.measure, asked.profile, asked.size)

    def meant() -> tuple[SeriesKey, AskedSize | None]:
        return asked_series(edges.lake, wanted, *named)

    chosen = await _once(edges, ("series", wanted, *named), advice_version, meant, None, lane=Lane.QUICK)

    def found() -> WindowsAnswer:
        return answer_windows(edges.lake, chosen[0], edges.settings, zone, *days, trading, edges.judgements.judge)

    question = ("windows", chosen[0], days, zone, trading)
    return Advised(await _once(edges, question, advice_version, found, patience_seconds), chosen[1])


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
    *,
    lane: Lane = Lane.SLOW,
) -> _Answer:
    seen = (await run_in_threadpool(version, edges), edges.settings_digest)
    return await edges.workers.ask_once(question, seen, found, lane=lane, patience_seconds=patience_seconds)
