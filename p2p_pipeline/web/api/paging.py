"""Long lists in pages: each page says where the next begins, and pages together are the whole, each item once.

A cursor is the place of the last item in the list's order (its key), not a number of items: what comes in or goes
between two pages moves nothing else. It is signed, and holds only for the list and the filters it was given for.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import orjson
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.web.api.answering import edges_of, etag_of, headers_of, is_known
from p2p_pipeline.web.asked import Asked
from p2p_pipeline.web.bodies import ExactJson, body_of
from p2p_pipeline.web.workers import Lane

_Item = TypeVar("_Item")
Key = tuple[str | int | Decimal, ...]
"""Where an item stands: what the list is sorted by, ending with what no two items share. Smaller comes first."""

USUAL, MOST = 100, 1000
_VERSION = 1
_MAC_BYTES = 16
_BEGIN_AGAIN = Told("leave it out to begin again")


class PageAsked(Asked):
    """Which page of a list."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="At most so many items.")
    cursor: str = Field("", max_length=2000, description="`next_cursor` of the page before; none for the first.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended."""

    after: Key
    pinned: str = ""
    """What all pages are of, where a list may be replaced by another between two of them: a book's time."""


@dataclass(frozen=True, slots=True)
class Page(Generic[_Item]):
    """Some items, and where the next ones begin."""

    items: Sequence[_Item]
    next: Place | None
    """None when these are the last."""


@dataclass(frozen=True, slots=True)
class Cursors:
    """Writes and reads the cursors of one list under its filters, which `scope` names."""

    secret: bytes
    scope: str

    def write(self, place: Place) -> str:
        """A cursor."""
        body = orjson.dumps([_VERSION, self._filters, place.pinned, [_written(part) for part in place.after]])
        return urlsafe_b64encode(self._mac(body) + body).rstrip(b"=").decode()

    def read(self, cursor: str) -> Place | None:
        """The place of a cursor, None of no cursor. Raises InvalidInput of one that was not given out for this list."""
        if not cursor:
            return None
        try:
            raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except ValueError:
            raw = b""
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(body)):
            raise InvalidInput(
                "cursor was none that this service gave out since it started; {begin_again}", begin_again=_BEGIN_AGAIN
            )
        version, filters, pinned, after = orjson.loads(body)
        if version != _VERSION or filters != self._filters:
            raise InvalidInput(
                "cursor was given out for another list or other filters; {begin_again}", begin_again=_BEGIN_AGAIN
            )
        return Place(tuple(_read(part) for part in after), pinned)

    @property
    def _filters(self) -> str:
        return hashlib.sha256(self.scope.encode()).hexdigest()[:16]

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self.secret, body, "sha256")[:_MAC_BYTES]


def _written(part: str | int | Decimal) -> str:
    kind = "d" if isinstance(part, Decimal) else "i" if isinstance(part, int) else "s"
    return f"{kind}{part}"


def _read(part: str) -> str | int | Decimal:
    kind, text = part[0], part[1:]
    return Decimal(text) if kind == "d" else int(text) if kind == "i" else text


def page_of(
    items: Sequence[_Item], key: Callable[[_Item], Key], limit: int, after: Place | None, pinned: str = ""
) -> Page[_Item]:
    """A page of a list that is sorted by its key."""
    start = bisect_right(items, after.after, key=key) if after is not None else 0
    shown = items[start : start + limit]
    has_more = start + limit < len(items)
    return Page(shown, Place(key(shown[-1]), pinned) if has_more else None)


def cut_to(items: Sequence[_Item], key: Callable[[_Item], Key], limit: int) -> Page[_Item]:
    """A page of what a store gave after a place: asked for one item more than `limit`, to know whether there is one."""
    shown = items[:limit]
    return Page(shown, Place(key(shown[-1])) if len(items) > limit else None)


def page_of_answer(rows: Sequence[Mapping[str, Any]], limit: int, after: Place | None) -> Page[Mapping[str, Any]]:
    """A page of rows whose order only the question knows: a place is the last row itself, found again where it is now.

    Raises InvalidInput where that row is no more: what came after it can't be told.
    """
    start = _after_row(rows, after.after) if after is not None else 0
    shown = rows[start : start + limit]
    has_more = start + limit < len(rows)
    return Page(shown, Place((start + limit, _digest(shown[-1]))) if has_more else None)


def _after_row(rows: Sequence[Mapping[str, Any]], place: Key) -> int:
    ordinal, digest = place
    assert isinstance(ordinal, int)  # noqa: S101 - it is signed
    # Nearly always it is where it was.
    numbers: list[int] = [ordinal, *range(1, len(rows) + 1)]
    for number in numbers:
        if number <= len(rows) and _digest(rows[number - 1]) == digest:
            return number
    raise InvalidInput(
        "cursor was given out for an answer that has changed since; {begin_again}", begin_again=_BEGIN_AGAIN
    )


def _digest(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(body_of(dict(row))).hexdigest()[:24]


def cursors_of(request: Request) -> Cursors:
    """The cursors of what a request asks for: its path and its parameters, but for which page and how much of it."""
    asked = sorted(item for item in request.query_params.multi_items() if item[0] not in ("cursor", "limit"))
    return Cursors(edges_of(request).cursor_secret, f"{request.url.path}?{urlencode(asked)}")


async def answer_page(
    request: Request,
    version: Callable[[], Hashable],
    found: Callable[[], tuple[Page[Any], dict[str, Any]]],
    lane: Lane = Lane.QUICK,
) -> Response:
    """A page as JSON with `items`, `next_cursor` and what else is told of the list; its `Link` names the next one."""
    etag = etag_of(request, await run_in_threadpool(version))
    headers = headers_of(etag)
    if is_known(request, etag):
        return Response(status_code=304, headers=headers)
    cursors = cursors_of(request)

    def made() -> tuple[bytes, str | None]:
        page, told = found()
        cursor = cursors.write(page.next) if page.next is not None else None
        return body_of({"items": page.items, "next_cursor": cursor, **told}), cursor

    asked = (request.url.path, str(request.query_params), etag)
    body, cursor = await edges_of(request).workers.ask(asked, made, lane=lane)
    if cursor is not None:
        following = urlencode({**request.query_params, "cursor": cursor})
        headers["Link"] = f'<{request.url.path}?{following}>; rel="next"'
    return Response(body, headers=headers, media_type=ExactJson.media_type)
