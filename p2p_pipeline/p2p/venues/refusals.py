"""Tell an answer from a refusal: what every venue's web server has in common.

Each venue adds its own envelope and error codes.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from p2p_pipeline.p2p.venues.reading import load_checked, shown
from p2p_pipeline.p2p.venues.wire import Refusal, RefusalKind

_TOO_OFTEN = re.compile(r"too (?:many|frequent|fast)|rate.?limit|frequency|access too|try again later", re.IGNORECASE)
_TURNED_AWAY = re.compile(rb"access denied|forbidden|blocked|captcha|too frequent|cloudfront|akamai", re.IGNORECASE)
_LOOKED_AT_BYTES = 4096


def refusal_of_status(status: int) -> Refusal | None:
    """What an HTTP status alone says; None for 200."""
    if status == 200:
        return None
    if status in (418, 429):
        return Refusal(RefusalKind.RATE_LIMITED, f"HTTP {status}: the venue asks to slow down.")
    if status == 403:
        return Refusal(RefusalKind.BLOCKED, "HTTP 403: the venue turns this address away for now.")
    if status == 451:
        return Refusal(RefusalKind.BLOCKED, "HTTP 451: the venue does not serve this country.")
    if 500 <= status <= 599:
        return Refusal(RefusalKind.SERVER_ERROR, f"HTTP {status}: the venue has a problem of its own.")
    return Refusal(RefusalKind.VENUE_ERROR, f"HTTP {status}: the venue did not accept the request.")


def object_or_refusal(body: bytes) -> dict[str, Any] | Refusal:
    """The answer's JSON object, or why there is none."""
    try:
        answer = load_checked(body)
    except orjson.JSONDecodeError as error:
        start = body[:_LOOKED_AT_BYTES]
        if start.lstrip()[:1] == b"<":
            if _TURNED_AWAY.search(start):
                return Refusal(RefusalKind.BLOCKED, "HTTP 200 with an HTML page that denies access.")
            return Refusal(RefusalKind.NOT_JSON, "HTTP 200 with an HTML page instead of JSON.")
        return Refusal(RefusalKind.NOT_JSON, f"The body of {len(body)} bytes is no JSON: {str(error)[:120]}.")
    if not isinstance(answer, dict):
        return bad_shape(f"the answer is {shown(answer)} instead of an object")
    return answer


def bad_shape(what: str) -> Refusal:
    """JSON, but not an answer as the venue writes it."""
    return Refusal(RefusalKind.BAD_SHAPE, f"The JSON has another shape than expected: {what}.")


def venue_error(code: object, message: object, rate_limit_codes: frozenset[str]) -> Refusal:
    """HTTP 200 with the venue's own error code; one about the pace counts as rate limiting."""
    text = message if isinstance(message, str) else ""
    too_often = str(code)[:40] in rate_limit_codes or _TOO_OFTEN.search(text[:_LOOKED_AT_BYTES]) is not None
    kind = RefusalKind.RATE_LIMITED if too_often else RefusalKind.VENUE_ERROR
    return Refusal(kind, f"The venue's error code was {shown(code)}, its message {shown(message)}.")
