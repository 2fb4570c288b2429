"""What was subscribed when, as frames: a replay must know of it what the books knew. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.words import Feed, Subscription


def subscription_frame(
    exchange: str,
    connection: str,
    passage: Passage,
    subscriptions: Sequence[Subscription],
    now_ns: int,
    request_ids: Sequence[int] = (),
) -> Frame:
    """A frame that says what was asked for, or ended, on a connection."""
    body = {
        "subscriptions": [[one.feed, one.symbol, one.depth] for one in subscriptions],
        "requests": list(request_ids),
    }
    return Frame(exchange, connection, passage, orjson.dumps(body), now_ns, is_outgoing=True)


def subscriptions_in(frame: Frame) -> tuple[list[Subscription], list[int]]:
    """What such a frame says: subscriptions, and the ids of the requests. Nothing when it can't be read."""
    try:
        body = orjson.loads(frame.body)
        found = [Subscription(Feed(feed), str(symbol), depth) for feed, symbol, depth in body["subscriptions"]]
        return found, [int(number) for number in body["requests"]]
    except (ValueError, TypeError, KeyError):
        return [], []
