"""How many levels a snapshot was asked to have, by its url. Pure."""

from __future__ import annotations

import re

from p2p_pipeline.exchanges.events import Event

_LIMIT = re.compile(r"[?&](?:limit|depth|sz|size|count|len)=(\d+)|_(\d+)(?:[?]|$)").search


def is_as_asked(url: str, snapshot: Event) -> bool:
    """Whether a side has all the levels that were asked for; with fewer it should be the whole book."""
    found = _LIMIT(url)
    return found is not None and max(len(snapshot.bids), len(snapshot.asks)) >= int(found[1] or found[2])
