"""What the first person would wait seconds for, worked out at the start and after each change, one at a time.

For the markets of the settings and what their pages show unless asked otherwise; in the slow threads, so that no
question about a price waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Hashable

from starlette.concurrency import run_in_threadpool

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.web.advised import advice_version, advised, behaved, behaviour_version
from p2p_pipeline.web.asked import BehaviourAsked, WindowsAsked
from p2p_pipeline.web.edges import Edges

log = logging.getLogger(__name__)

MOST_MARKETS = 8
"""The first of the settings; answers that are kept push out others."""
LOOK_SECONDS = 60.0


async def keep_warm(edges: Edges) -> None:
    """Work out what pages need whenever what it is made from has changed; until cancelled."""
    seen: list[Hashable] = []
    while True:
        try:
            # The versions before the work: what changes meanwhile is worked out the next time.
            versions = [await run_in_threadpool(version, edges) for version in (advice_version, behaviour_version)]
        except OSError:
            log.warning("the lake could not be looked at; again in a minute", exc_info=True)
            versions = seen
        if versions != seen:
            await _work_out(edges)
            seen = versions
        await asyncio.sleep(LOOK_SECONDS)


async def _work_out(edges: Edges) -> None:
    for entry in edges.settings.markets[:MOST_MARKETS]:
        key = entry.market.key
        for side in Side:
            await _quietly(advised(edges, WindowsAsked.model_validate({"market": key, "side": side.value})), key)
        await _quietly(behaved(edges, BehaviourAsked.model_validate({"market": key})), key)


async def _quietly(work: Awaitable[object], key: str) -> None:
    try:
        await work
    except ClearError as none:
        # A market without history yet has nothing to work out; whoever asks for it is told so.
        log.debug("nothing worked out ahead for %s: %s", key, none)
    except Exception:
        # A bug in one answer, or a folder that moved while it was read, must not end the work for all others.
        log.exception("nothing worked out ahead for %s", key)
