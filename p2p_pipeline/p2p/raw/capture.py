"""One HTTP exchange as it happened, and its one line in the raw store.

A body that is JSON on one line is embedded byte for byte: decoding an escaped string a second time halves the parse
speed. Any other body is kept as text, and bytes that are no UTF-8 as base64, so that every byte can be had back.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from p2p_pipeline.p2p.markets import Market, MarketSide, Side, Source


class Purpose(StrEnum):
    """What a request was for."""

    SEARCH = "search"
    PAYMENT_LIST = "payment_list"
    FIAT_LIST = "fiat_list"
    ASSET_LIST = "asset_list"
    SWEEP = "sweep"
    """A page of a book, like SEARCH, asked for by a sweep of the whole venue."""
    SWEEP_REPORT = "sweep_report"
    """No exchange: what a sweep set out to do, and what came of it."""

    @property
    def is_book(self) -> bool:
        """Whether the answer is a page of a book."""
        return self in (Purpose.SEARCH, Purpose.SWEEP)


class Outcome(StrEnum):
    """How one exchange ended. Only OK carries an answer that is read; the rest are kept as evidence."""

    OK = "ok"
    RATE_LIMITED = "rate_limited"
    BLOCKED = "blocked"
    SERVER_ERROR = "server_error"
    NOT_JSON = "not_json"
    BAD_SHAPE = "bad_shape"
    VENUE_ERROR = "venue_error"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"
    SOFT_BLOCK = "soft_block"
    """A success page without ads from a market that had some: not believed."""


class StopReason(StrEnum):
    """Why a snapshot has no more pages than it has."""

    BOOK_END = "book_end"
    ENOUGH = "enough"
    """As many offers as wanted passed the market's filter."""
    MAX_PAGES = "max_pages"
    BUDGET = "budget"
    """The tick's time was used up, or the venue asked for a pause longer than what was left of it."""
    FAILED = "failed"
    SOFT_BLOCK = "soft_block"
    NO_FIRST_PAGE = "no_first_page"
    """Pages were kept of it, but not the first, where the best prices are: it is never priced."""


@dataclass(slots=True)
class Capture:
    """One request and what came of it. `status` is None and `body` empty when no answer arrived.

    Nobody changes one. It is not frozen, because that made its making ten times as long, a quarter of reading a day.
    """

    snapshot_id: str
    ordinal: int
    """Its place among the snapshot's captures, from 0, retries included."""
    purpose: Purpose
    source: Source
    outcome: Outcome
    detail: str | None
    """One sentence on an outcome that is not OK."""
    venue: str
    asset: str | None
    fiat: str | None
    side: Side | None
    page: int | None
    slot: int
    requested_at: datetime
    received_at: datetime
    elapsed_milliseconds: float
    method: str
    url: str
    request: Mapping[str, Any] | None
    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Only those that matter later: date, content-type, retry-after, rate-limit and trace headers; lower case."""
    body: bytes = b""
    stop_reason: StopReason | None = None
    """On a collected snapshot's last capture: why no more pages were asked for. None elsewhere, and in imports."""

    @property
    def capture_id(self) -> str:
        """Names the capture in the quarantine and everywhere else."""
        return f"{self.snapshot_id}#{self.ordinal}"

    @property
    def market_side(self) -> MarketSide | None:
        """What was asked for, when it was a search."""
        if self.asset is None or self.fiat is None or self.side is None:
            return None
        return MarketSide(Market(self.venue, self.asset, self.fiat), self.side)


class LineError(ValueError):
    """A line of the raw store that is no capture."""


_META_FIELDS = (
    "snapshot_id", "ordinal", "purpose", "source", "outcome", "detail", "venue", "asset", "fiat", "side", "page",
    "slot", "requested_at", "received_at", "elapsed_milliseconds", "method", "url", "request", "status", "headers",
)  # fmt: skip


_FIELD_TYPES: dict[tuple[str, ...], Any] = {
    ("snapshot_id", "venue", "method", "url"): str,
    ("ordinal", "slot"): int,
    ("page", "status"): int | None,
    ("detail", "asset", "fiat"): str | None,
    ("elapsed_milliseconds",): int | float,
    ("headers",): dict,
    ("request",): dict | None,
}
_MARKERS_TRIED = 100
_EMBEDDED = b',"body":'
_SURELY_SHALLOW = 1000
"""Fewer opening brackets than this can't reach the JSON reader's limit of 1024 levels."""


def to_line(capture: Capture) -> bytes:
    """Write a capture as its one line, without the line's end."""
    meta = {name: getattr(capture, name) for name in _META_FIELDS}
    meta["requested_at"] = _time_text(capture.requested_at)
    meta["received_at"] = _time_text(capture.received_at)
    if capture.stop_reason is not None:
        meta["stop_reason"] = capture.stop_reason
    # An error's text or a header can hold half characters (surrogates), which are no JSON: they are spelled out.
    meta["detail"] = None if capture.detail is None else _whole_text(capture.detail)
    meta["headers"] = {_whole_text(name): _whole_text(value) for name, value in capture.headers.items()}
    head = orjson.dumps(meta)[:-1]
    body = capture.body
    if _is_embeddable(body):
        line = head + b',"body":' + body + b"}"
        # A body valid by itself may nest so deep that one level more is too much for the reader.
        if body.count(b"{") + body.count(b"[") < _SURELY_SHALLOW or _is_json(line):
            return line
    try:
        return head + b',"body_text":' + orjson.dumps(body.decode("utf-8")) + b"}"
    except UnicodeDecodeError:
        return head + b',"body_base64":' + orjson.dumps(base64.b64encode(body).decode("ascii")) + b"}"


def from_line(line: bytes) -> Capture:
    """Read a line back; the body has the bytes it had. Raises LineError when the line is no capture.

    An embedded body is cut out, not parsed: that is done once, by whoever reads the answer.
    """
    text = line.rstrip(b"\n")
    if not text.endswith(b"}"):
        raise LineError("the line does not end as a capture does")
    marker = -1
    # The body's own text may hold the same letters, and so may a request; but not that often before the body begins.
    for _ in range(_MARKERS_TRIED):
        marker = text.find(b',"body', marker + 1)
        if marker == -1:
            break
        meta = _loads(text[:marker] + b"}")
        if meta is not None:
            embedded = text.startswith(_EMBEDDED, marker)
            return _capture(
                meta, text[marker + len(_EMBEDDED) : -1] if embedded else _body_bytes(text[marker + 1 : -1])
            )
    raise LineError("the line has no capture fields followed by a body")


def _body_bytes(member: bytes) -> bytes:
    name, _, value = member.partition(b":")
    decoded = _loads(value)
    if not isinstance(decoded, str):
        raise LineError(f"{name.decode(errors='replace')} is no string")
    if name == b'"body_text"':
        return decoded.encode("utf-8")
    if name == b'"body_base64"':
        try:
            return base64.b64decode(decoded, validate=True)
        except binascii.Error as error:
            raise LineError(f"body_base64 can't be decoded: {error}") from None
    raise LineError(f"the line ends with {name.decode(errors='replace')} instead of a body")


def _capture(meta: Any, body: bytes) -> Capture:
    try:
        fields = {name: meta[name] for name in _META_FIELDS}
        fields["purpose"] = Purpose(fields["purpose"])
        fields["source"] = Source(fields["source"])
        fields["outcome"] = Outcome(fields["outcome"])
        fields["side"] = None if fields["side"] is None else Side(fields["side"])
        fields["requested_at"] = datetime.fromisoformat(fields["requested_at"])
        fields["received_at"] = datetime.fromisoformat(fields["received_at"])
        stop_reason = meta.get("stop_reason")
        fields["stop_reason"] = None if stop_reason is None else StopReason(stop_reason)
        _check_types(fields)
    except (KeyError, ValueError, TypeError) as error:
        raise LineError(f"the line is no capture: {error!r}") from None
    return Capture(**fields, body=body)


def _whole_text(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _check_types(fields: Mapping[str, Any]) -> None:
    for names, allowed in _FIELD_TYPES.items():
        for name in names:
            if not isinstance(fields[name], allowed):
                raise TypeError(f"{name} was {fields[name]!r}")
    if fields["requested_at"].tzinfo is None or fields["received_at"].tzinfo is None:
        raise ValueError("a time without a zone")


def _time_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _is_embeddable(body: bytes) -> bool:
    return bool(body) and b"\n" not in body and b"\r" not in body and _is_json(body)


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _loads(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
