"""What follows from what is watched: the subscriptions of one exchange. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from p2p_pipeline.exchanges.words import Capability, Feed, Subscription

MOST_BOOKS = 500
"""Whose depth is watched at one exchange that names no limit: what a core can read."""
_ALL = "*"


def depth_feed(capability: Capability) -> Feed | None:
    """By which feed depth is watched: whole views where there are any, which a lost frame can't spoil."""
    return next((feed for feed in (Feed.TOP, Feed.DELTA) if feed in capability.feeds), None)


def room_for_depth(capability: Capability) -> int:
    """How many books can be watched at an exchange."""
    limits = capability.limits
    if limits.topics_per_connection is None or limits.connections is None:
        return MOST_BOOKS
    return min(MOST_BOOKS, limits.topics_per_connection * limits.connections)


def wanted_subscriptions(
    capability: Capability, symbols: Iterable[str], depth: Collection[str]
) -> tuple[Subscription, ...]:
    """Best prices of `symbols` and depth of some of them, all in the exchange's spelling.

    Where best prices come for each symbol alone, one whose depth is watched needs none.
    """
    feed = depth_feed(capability)
    found = [Subscription(feed, symbol, capability.top_depth) for symbol in depth] if feed is not None else []
    if capability.bulk_stream:
        found.append(Subscription(Feed.BBO, _ALL))
    elif not capability.bulk_rest and Feed.BBO in capability.feeds:
        found += [Subscription(Feed.BBO, symbol) for symbol in symbols if symbol not in depth]
    return tuple(found)


def has_best_prices(capability: Capability) -> bool:
    """Whether anything tells best prices before depth is watched; where nothing does, depth is all there is."""
    return capability.bulk_stream or capability.bulk_rest or Feed.BBO in capability.feeds
