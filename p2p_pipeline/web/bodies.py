"""Answers as JSON: money as text, which no reader rounds; times RFC 3339 in UTC; spans seconds; statistics numbers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
from starlette.responses import Response

from p2p_pipeline.kernel.foreign_text import shown_json

MOST_PLACES_KEPT = 8
"""Venues count in at most so many; zeros up to there are the venue's own."""


def body_of(value: Any) -> bytes:
    """The bytes of an answer. A number that is none (NaN, infinite) is null, as in `p2p … --json`."""
    text = orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)
    return shown_json(text.decode()).encode()


class ExactJson(Response):
    """An answer whose money is text."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body."""
        return body_of(content)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return money_text(value) if value.is_finite() else None
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


def money_text(value: Decimal) -> str:
    """All its digits. A stored column's twelve places are cut to those that say something."""
    text = format(value, "f")
    _, point, places = text.partition(".")
    return text.rstrip("0").rstrip(".") if point and len(places) > MOST_PLACES_KEPT else text
