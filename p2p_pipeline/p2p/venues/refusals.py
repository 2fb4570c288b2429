"""Tell an answer from a refusal: what every venue's web server has in common.

Each venue adds its own envelope and error codes.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from p2p_pipeline.p2p.venues.reading import load_checked
from p2p_pipeline.p2p.venues.untrusted import shown
from p2p_pipeline.p2p.venues.wire import Refusal, RefusalKind

_TOO_OFTEN = re.compile(r"too (?:many|frequent|fast)|rate.?limit|frequency|access too|try again later", re.IGNORECASE)
_TURNED_AWAY = re.compile(
    rb"access denied|forbidden|blocked|too frequent|cloudfront|akamai|not available in your|not supported in your",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    rb"captcha|just a moment|challenge|checking your browser|attention required|verify (?:that )?you are|"
    rb"are you a robot|human verification|unusual traffic",
    re.IGNORECASE,
)
_SAID_BY_STATUS = {
    418: (RefusalKind.RATE_LIMITED, "the venue asks to slow down"),
    429: (RefusalKind.RATE_LIMITED, "the venue asks to slow down"),
    403: (RefusalKind.BLOCKED, "the venue turns this address away for now"),
    451: (RefusalKind.BLOCKED, "the venue does not serve this country"),
}
_STATUSES_OF_WALLS = (202, 405)
"""What AWS's wall for bots answers where the venue itself would say 200: a challenge, a captcha."""
_LOOKED_AT_BYTES = 4096


def refusal_of_status(status: int, body: bytes = b"") -> Refusal | None:
    """What an HTTP status other than 200 says, and the page that came with it; None for 200."""
    if status == 200:
        return None
    if status in _SAID_BY_STATUS:
        kind, said = _SAID_BY_STATUS[status]
        return Refusal(kind, f"HTTP {status}: {said}.")
    is_challenge = _is_page(body) and bool(_asks_for(body))
    if is_challenge or (status in _STATUSES_OF_WALLS and (_is_page(body) or not body.strip())):
        return Refusal(RefusalKind.BLOCKED, f"HTTP {status}: a wall for bots stands before the venue{_asks_for(body)}.")
    if 500 <= status <= 599:
        return Refusal(RefusalKind.SERVER_ERROR, f"HTTP {status}: the venue has a problem of its own.")
    return Refusal(RefusalKind.VENUE_ERROR, f"HTTP {status}: the venue did not accept the request.")


def object_or_refusal(body: bytes) -> dict[str, Any] | Refusal:
    """The answer's JSON object, or why there is none."""
    try:
        answer = load_checked(body)
    except orjson.JSONDecodeError as error:
        if _is_page(body):
            # Whatever it says, and in whatever language: something before the venue answers, and would again at once.
            start = body[:_LOOKED_AT_BYTES]
            denies = " that denies access" if _TURNED_AWAY.search(start) else " instead of JSON"
            return Refusal(RefusalKind.BLOCKED, f"HTTP 200 with an HTML page{_asks_for(body) or denies}.")
        return Refusal(RefusalKind.NOT_JSON, f"The body of {len(body)} bytes is no JSON: {str(error)[:120]}.")
    if not isinstance(answer, dict):
        return bad_shape(f"the answer is {shown(answer)} instead of an object")
    return answer


def _is_page(body: bytes) -> bool:
    return body[:_LOOKED_AT_BYTES].lstrip()[:1] == b"<"


def _asks_for(body: bytes) -> str:
    return " that asks for a challenge" if _CHALLENGE.search(body[:_LOOKED_AT_BYTES]) else ""


def bad_shape(what: str) -> Refusal:
    """JSON, but not an answer as the venue writes it."""
    return Refusal(RefusalKind.BAD_SHAPE, f"The JSON has another shape than expected: {what}.")


def venue_error(code: object, message: object, rate_limit_codes: frozenset[str]) -> Refusal:
    """HTTP 200 with the venue's own error code; one about the pace counts as rate limiting."""
    text = message if isinstance(message, str) else ""
    too_often = str(code)[:40] in rate_limit_codes or _TOO_OFTEN.search(text[:_LOOKED_AT_BYTES]) is not None
    kind = RefusalKind.RATE_LIMITED if too_often else RefusalKind.VENUE_ERROR
    return Refusal(kind, f"The venue's error code was {shown(code)}, its message {shown(message)}.")
