"""Subscriptions cut into messages that an exchange takes: so many topics and characters a request at most."""

from __future__ import annotations

from collections.abc import Sequence

from p2p_pipeline.exchanges.words import Limits


def in_requests(topics: Sequence[str], limits: Limits, *, around: int = 4, envelope: int = 100) -> list[list[str]]:
    """Topics without doubles, in their order, as lists that fit one request each.

    `around` are the characters that JSON puts around a topic, `envelope` those around all of them.
    """
    most = limits.topics_per_request or len(topics) or 1
    room = (limits.characters_per_request or 10**9) - envelope
    found: list[list[str]] = []
    used = 0
    for topic in dict.fromkeys(topics):
        characters = len(topic.encode()) + around
        if not found or len(found[-1]) >= most or used + characters > room:
            found.append([])
            used = 0
        found[-1].append(topic)
        used += characters
    return found


def nearest_depth(wanted: int | None, offered: Sequence[int], usual: int) -> int:
    """The smallest depth on offer that holds the wanted one, else the deepest; `usual` where none is wanted."""
    if wanted is None:
        return usual
    return next((depth for depth in sorted(offered) if depth >= wanted), max(offered))
