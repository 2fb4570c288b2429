"""How many levels a snapshot was asked to have, by its url. Pure."""

from __future__ import annotations

import re

_LIMIT = re.compile(r"[?&](?:limit|depth|sz|size|count|len)=(\d+)|_(\d+)(?:[?]|$)").search


def levels_asked(url: str) -> int | None:
    """At most so many a side; None when the url says nothing: all."""
    found = _LIMIT(url)
    return None if found is None else int(found[1] or found[2])
