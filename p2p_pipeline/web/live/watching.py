"""Looks every second whether a snapshot or a scan has come, and publishes what it changed.

The raw store is the only truth, so nothing has to tell us: the collector may be another process, or run under Dagster.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable, Mapping
from typing import Any

from p2p_pipeline.exchanges.answers.telling import opportunity_told
from p2p_pipeline.kernel.foreign_text import shown
from p2p_pipeline.p2p.answers.board import board_rows
from p2p_pipeline.web.api.data_versions import stored_version
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.live.topic import Topic
from p2p_pipeline.web.scanned import Scanned, scanned
from p2p_pipeline.web.words.languages import LANGUAGES, Words

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
_OTHER_LANGUAGES = tuple(Words(language) for language in LANGUAGES[1:])
TURN_SECONDS = 30.0
"""The board is made anew at least so often: a book that gets no younger becomes stale by the clock alone."""


def live_rows(edges: Edges) -> Mapping[str, Mapping[str, Any]]:
    """The board by market side. Instead of an age each has the moment it is of: an age would change every second."""
    now, stale_after = edges.now(), edges.settings.quality.stale_after_seconds
    told = {}
    for row in board_rows(edges.desk, edges.reader, edges.settings, now):
        told_row = row.to_json(stale_after)
        age = told_row.pop("age_seconds")
        told[f"{row.market_side.market.key} {row.market_side.side}"] = {
            **told_row,
            "trouble": shown(row.trouble),
            # One frame serves the readers of all languages.
            "trouble_in": {words.language: shown(words.say(row.trouble)) for words in _OTHER_LANGUAGES},
            "snapshot_at": None if age is None else round(now.timestamp() - age, 1),
        }
    return told


async def watch(edges: Edges, topic: Topic) -> None:
    """Publish until cancelled. A mistake in one look is logged, and the next look tries again."""
    markets = [entry.market for entry in edges.settings.markets]
    seen: Hashable = object()
    made_at = -TURN_SECONDS
    loop = asyncio.get_running_loop()
    while True:
        try:
            stored = await asyncio.to_thread(stored_version, edges, markets)
            if stored != seen or loop.time() - made_at >= TURN_SECONDS:
                seen, made_at = stored, loop.time()
                topic.publish(await asyncio.to_thread(live_rows, edges), edges.now())
        except Exception:
            log.exception("the board could not be made; it is tried again")
        await asyncio.sleep(LOOK_SECONDS)


async def watch_scans(edges: Edges, topic: Topic) -> None:
    """The same of the exchanges' scans: opportunities by their keys, and of which scan they are."""
    while True:
        try:
            publish_scan(await asyncio.to_thread(scanned, edges), topic)
        except Exception:
            log.exception("the newest scan could not be told; it is tried again")
        await asyncio.sleep(LOOK_SECONDS)


def publish_scan(now: Scanned, topic: Topic) -> bool:
    """Publish what a scan changed; whether it changed anything."""
    board = now.board
    rows = {one.key: opportunity_told(one) for one in board.opportunities} if board else {}
    return topic.publish(rows, board.scan.at if board else now.now, now.around())
