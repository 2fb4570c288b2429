"""A recording's lines as HTTP exchanges that can be trusted, and a reason for every line that can't.

A line is one exchange: `received_at`, `method`, `url`, `request`, `status`, `body` (and `exact`). A body is taken byte
for byte, whatever it holds: its records are judged when it is read.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.p2p.markets import MarketSide, parse_time
from p2p_pipeline.p2p.venues.directory import VENUE_NAMES, venue_directory
from p2p_pipeline.p2p.venues.wire import Venue


@cache
def _venues() -> Mapping[str, Venue]:
    return venue_directory()


_FIRST_YEAR, _LAST_YEAR = 2009, 2199
"""No peer-to-peer crypto market is older; later is a mistake."""
_CLOCKS_DIFFER_BY = timedelta(days=1)
"""A recorder's clock may be wrong by its time zone."""
_LARGEST_PAGE = 10**12
_BLANK = " \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_brackets = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


class RecordingError(ClearError):
    """The file is no recording; the message says what a recording is."""


class _NoExchangeError(ValueError):
    """A line that is no recorded exchange."""


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that was left out, and why."""

    line: int
    """From 1, as editors count."""
    reason: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One line, read."""

    market_side: MarketSide
    page: int | None
    received_at: datetime
    is_exact: bool
    method: str
    url: str
    request: Mapping[str, Any]
    status: int
    body: bytes


def exchanges_in(path: Path, now: datetime | None, broken: list[BrokenLine]) -> Iterator[Exchange]:
    """The exchanges of a recording in their order; lines that are none are added to `broken`.

    With `now`, a line that was received more than a day later is none. Raises RecordingError where nothing can be read.
    """
    for number, line in _numbered_lines(path, broken):
        try:
            yield _read_exchange(line, now)
        except (ValueError, OverflowError, RecursionError) as error:
            broken.append(BrokenLine(number, str(error)))


def _numbered_lines(path: Path, broken: list[BrokenLine]) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with path.open("rb") as file:
            is_gzip = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if is_gzip else path.open("rb") as lines:
            for line in lines:
                number += 1
                found = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
                if found.strip():
                    yield number, found
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        broken.append(BrokenLine(number + 1, f"the file can't be decompressed from here on: {error}"))
    except OSError as error:
        raise RecordingError(f"{path} can't be read: {error.strerror or error}") from None


def _received_at(text: str, now: datetime | None) -> datetime:
    moment = parse_time(text)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise _NoExchangeError(f"received_at was {text}: no venue answered in that year")
    if now is not None and moment > now + _CLOCKS_DIFFER_BY:
        raise _NoExchangeError(f"received_at was {text}, which is yet to come")
    return moment


def _read_exchange(line: bytes, now: datetime | None) -> Exchange:
    # Bytes that are no UTF-8 may be a body's own: they come back as they were.
    text = line.decode("utf-8", "surrogateescape")
    members = _members(text)
    missing = {"received_at", "url", "request", "status", "body"} - members.keys()
    if missing:
        raise _NoExchangeError(f"{', '.join(sorted(missing))} missing")
    url, request, status = members["url"][0], members["request"][0], members["status"][0]
    if not isinstance(url, str) or not isinstance(request, dict) or not isinstance(status, int):
        raise _NoExchangeError("url, request and status must be a text, an object and a number")
    if not 100 <= status <= 999:
        raise _NoExchangeError(f"status was {str(status)[:40]}; it has three digits")
    method = str(members.get("method", ("POST",))[0])
    _demand_storable(method, url, request)
    body, start, end = members["body"]
    if isinstance(body, str):
        content = _bytes_of(body)
    else:
        content = b"" if body is None else text[start:end].encode("utf-8", "surrogateescape")
    return Exchange(
        market_side=_market_side(url, request),
        page=_page(request),
        received_at=_received_at(str(members["received_at"][0]), now),
        is_exact=members.get("exact", (False,))[0] is True,
        method=method,
        url=url,
        request=request,
        status=status,
        body=content,
    )


def _demand_storable(method: str, url: str, request: Mapping[str, Any]) -> None:
    try:
        orjson.dumps([method, url, request])
    except TypeError as error:
        raise _NoExchangeError(f"method, url or request holds what can't be kept: {error}") from None


def _page(request: Mapping[str, Any]) -> int | None:
    text = str(request.get("page"))
    if not text.isdecimal():
        return None
    if len(text) > 40 or int(text) > _LARGEST_PAGE:
        raise _NoExchangeError(f"page was {text[:40]}; no book has that many")
    return int(text)


def _bytes_of(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _members(text: str) -> dict[str, tuple[Any, int, int]]:
    """Each member of a JSON object with the span of its value in the text: re-serialising would change its bytes."""
    decoder = json.JSONDecoder(strict=False)
    members: dict[str, tuple[Any, int, int]] = {}
    at = _expect(text, 0, "{")
    while True:
        name, at = decoder.raw_decode(text, at)
        if not isinstance(name, str):
            raise _NoExchangeError("an object's key must be a text")
        at = _expect(text, at, ":")
        value, end = _value(decoder, text, at) if name == "body" else decoder.raw_decode(text, at)
        members[name] = (value, at, end)
        at = _skip_blank(text, end)
        if text[at : at + 1] == "}":
            if text[at + 1 :].strip():
                raise _NoExchangeError("there is something after the exchange")
            return members
        at = _expect(text, at, ",")


def _value(decoder: json.JSONDecoder, text: str, at: int) -> tuple[Any, int]:
    """A body and where it ends; one that nests too deep for the reader is not read, but cut out by its brackets."""
    try:
        return decoder.raw_decode(text, at)
    except RecursionError:
        level = 0
        for found in _brackets.finditer(text, at):
            mark = text[found.start()]
            level += (mark in "[{") - (mark in "]}")
            if level == 0:
                return {}, found.end()
        raise _NoExchangeError("the body's brackets are not closed") from None


def _expect(text: str, at: int, mark: str) -> int:
    at = _skip_blank(text, at)
    if text[at : at + 1] != mark:
        raise _NoExchangeError(f"expected {mark!r} at character {at}")
    return _skip_blank(text, at + 1)


def _skip_blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _market_side(url: str, request: Mapping[str, Any]) -> MarketSide:
    try:
        asked = (venue.side_asked_for(url, request) for venue in _venues().values())
        found = next((side for side in asked if side is not None), None)
    except KeyError as error:
        raise _NoExchangeError(f"the request has no usable {error}") from None
    if found is None:
        raise _NoExchangeError(f"url was {url!r}, which is no search of {' or '.join(VENUE_NAMES)}")
    return found
