"""Recorded HTTP exchanges into the raw store, as if they had been captured then.

A recording is `.jsonl` or `.jsonl.gz`, one exchange a line: `received_at`, `method`, `url`, `request`, `status`,
`body` (and `exact`). Lines with the same time and side are the pages of one snapshot. Bodies go in byte for byte.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.p2p.markets import MarketSide, Source, parse_time, slot_of, snapshot_id
from p2p_pipeline.p2p.raw.capture import Capture, Outcome, Purpose
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import AlreadyStored
from p2p_pipeline.p2p.venues.directory import venue_directory
from p2p_pipeline.p2p.venues.wire import Venue

_VENUES = venue_directory()
FIRST_YEAR, LAST_YEAR = 2009, 2199
"""No peer-to-peer crypto market is older; later is a mistake."""
_BLANK = " \t\r\n"


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
class ImportReport:
    """What an import added."""

    captures: int
    """Newly stored."""
    snapshots: int
    """Newly stored."""
    already_there: int
    """Snapshots that an earlier import had stored."""
    broken: tuple[BrokenLine, ...] = ()

    @property
    def skipped(self) -> int:
        """Lines that were left out; `broken` says which and why."""
        return len(self.broken)


@dataclass(frozen=True, slots=True)
class _Exchange:
    market_side: MarketSide
    page: int | None
    received_at: datetime
    is_exact: bool
    method: str
    url: str
    request: Mapping[str, Any]
    status: int
    body: bytes


def import_recording(path: Path, store: RawStore, venues: Mapping[str, Venue] | None = None) -> ImportReport:
    """Store a recording's snapshots in time order; doing it again adds nothing.

    With `venues`, an answer is judged as a live one is (a refusal with status 200 is no success); without, by its
    status alone. Raises RecordingError when no line of the file is a recorded exchange.
    """
    snapshots: dict[tuple[datetime, MarketSide], list[_Exchange]] = {}
    broken: list[BrokenLine] = []
    for number, line in _numbered_lines(path, broken):
        try:
            exchange = _read_exchange(line)
        except (ValueError, RecursionError) as error:
            broken.append(BrokenLine(number, str(error)))
            continue
        snapshots.setdefault((exchange.received_at, exchange.market_side), []).append(exchange)
    if not snapshots:
        first = f" (line {broken[0].line}: {broken[0].reason})" if broken else ""
        raise RecordingError(
            f"{path} is no recording{first}: each line must be one exchange with received_at, method, url, request, "
            "status and body, as .jsonl or .jsonl.gz"
        )
    captures = stored = already_there = 0
    for (_, market_side), exchanges in sorted(snapshots.items()):
        try:
            store.append(_captures(market_side, exchanges, venues or {}))
        except AlreadyStored:
            already_there += 1
            continue
        stored += 1
        captures += len(exchanges)
    return ImportReport(captures, stored, already_there, tuple(broken))


def _numbered_lines(path: Path, broken: list[BrokenLine]) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with path.open("rb") as file:
            is_gzip = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if is_gzip else path.open("rb") as lines:
            for line in lines:
                number += 1
                if line.strip():
                    yield number, line
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        broken.append(BrokenLine(number + 1, f"the file can't be decompressed from here on: {error}"))
    except OSError as error:
        raise RecordingError(f"{path} can't be read: {error.strerror or error}") from None


def _received_at(text: str) -> datetime:
    moment = parse_time(text)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise _NoExchangeError(f"received_at was {text}: no venue answered in that year")
    return moment


def _read_exchange(line: bytes) -> _Exchange:
    text = line.decode("utf-8")
    members = _members(text)
    missing = {"received_at", "url", "request", "status", "body"} - members.keys()
    if missing:
        raise _NoExchangeError(f"{', '.join(sorted(missing))} missing")
    url, request, status = members["url"][0], members["request"][0], members["status"][0]
    if not isinstance(url, str) or not isinstance(request, dict) or not isinstance(status, int):
        raise _NoExchangeError("url, request and status must be a text, an object and a number")
    body, start, end = members["body"]
    if isinstance(body, str):
        content = body.encode("utf-8", "surrogatepass")
    else:
        content = b"" if body is None else text[start:end].encode("utf-8")
    page = str(request.get("page"))
    return _Exchange(
        market_side=_market_side(url, request),
        page=int(page) if page.isdecimal() else None,
        received_at=_received_at(str(members["received_at"][0])),
        is_exact=members.get("exact", (False,))[0] is True,
        method=str(members.get("method", ("POST",))[0]),
        url=url,
        request=request,
        status=status,
        body=content,
    )


def _members(text: str) -> dict[str, tuple[Any, int, int]]:
    """Each member of a JSON object with the span of its value in the text: re-serialising would change its bytes."""
    decoder = json.JSONDecoder()
    members: dict[str, tuple[Any, int, int]] = {}
    at = _expect(text, 0, "{")
    while True:
        name, at = decoder.raw_decode(text, at)
        if not isinstance(name, str):
            raise _NoExchangeError("an object's key must be a text")
        at = _expect(text, at, ":")
        value, end = decoder.raw_decode(text, at)
        members[name] = (value, at, end)
        at = _skip_blank(text, end)
        if text[at : at + 1] == "}":
            if text[at + 1 :].strip():
                raise _NoExchangeError("there is something after the exchange")
            return members
        at = _expect(text, at, ",")


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
        asked = (venue.side_asked_for(url, request) for venue in _VENUES.values())
        found = next((side for side in asked if side is not None), None)
    except KeyError as error:
        raise _NoExchangeError(f"the request has no usable {error}") from None
    if found is None:
        raise _NoExchangeError(f"url was {url!r}, which is no search of {' or '.join(_VENUES)}")
    return found


def _captures(side: MarketSide, exchanges: list[_Exchange], venues: Mapping[str, Venue]) -> list[Capture]:
    captures = []
    for ordinal, exchange in enumerate(exchanges):
        outcome, detail = _outcome(venues.get(side.market.venue), exchange)
        captures.append(
            Capture(
                snapshot_id=snapshot_id(side, exchange.received_at),
                ordinal=ordinal,
                purpose=Purpose.SEARCH,
                source=Source.IMPORTED,
                outcome=outcome,
                detail=detail,
                venue=side.market.venue,
                asset=side.market.asset,
                fiat=side.market.fiat,
                side=side.side,
                page=exchange.page,
                slot=slot_of(exchange.received_at),
                requested_at=exchange.received_at,
                received_at=exchange.received_at,
                elapsed_milliseconds=0.0,
                method=exchange.method,
                url=exchange.url,
                request=exchange.request,
                status=exchange.status,
                headers={"recording-exact": "true" if exchange.is_exact else "false"},
                body=exchange.body,
            )
        )
    return captures


def _outcome(venue: Venue | None, exchange: _Exchange) -> tuple[Outcome, str | None]:
    if venue is not None:
        refusal = venue.refusal(exchange.status, exchange.body)
        return (Outcome.OK, None) if refusal is None else (Outcome(refusal.kind.value), refusal.detail)
    if exchange.status == 200:
        return Outcome.OK, None
    by_status = {429: Outcome.RATE_LIMITED, 418: Outcome.RATE_LIMITED, 403: Outcome.BLOCKED}
    fallback = Outcome.SERVER_ERROR if exchange.status >= 500 else Outcome.VENUE_ERROR
    return by_status.get(exchange.status, fallback), f"status {exchange.status}"
