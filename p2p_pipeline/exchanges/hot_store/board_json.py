"""A board, a book, an entry of the feed as JSON and back: nothing is lost. Decimals are text without an exponent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from p2p_pipeline.exchanges.board import Board, SeenOpportunity
from p2p_pipeline.exchanges.hot_store.store import FeedEntry, StoredBook
from p2p_pipeline.exchanges.scan.results import Scan
from p2p_pipeline.kernel.errors import ClearError

_Value = TypeVar("_Value")
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS

_BOARD = TypeAdapter(Board)
_BOOK = TypeAdapter(StoredBook)
_ENTRY = TypeAdapter(FeedEntry)


class UnreadableBoard(ClearError):
    """JSON that is no board of this version."""


def board_to_json(board: Board) -> bytes:
    """See this module."""
    return orjson.dumps(board, default=_plain, option=_OPTIONS)


def board_from_json(text: bytes) -> Board:
    """The board that was written. Raises UnreadableBoard."""
    value = _parsed(text)
    scan = value.get("scan") if isinstance(value, dict) else None
    if isinstance(scan, dict) and isinstance(edges := scan.get("best_edges"), list):
        scan["best_edges"] = {tuple(row[:2]): row[2] for row in edges if isinstance(row, list) and len(row) == 3}
    board = _validated(_BOARD, value)
    # A scan's are sequences that may calculate when asked; what was written has calculated.
    scanned = board.scan
    found, kept = tuple(scanned.opportunities), tuple(scanned.quarantined)
    return replace(board, scan=replace(scanned, opportunities=found, quarantined=kept))


def book_to_json(book: StoredBook) -> bytes:
    """See this module."""
    return orjson.dumps(book, default=_plain, option=_OPTIONS)


def book_from_json(text: bytes) -> StoredBook:
    """The book that was written. Raises UnreadableBoard."""
    return book_of(_parsed(text))


def book_of(value: object) -> StoredBook:
    """A book out of parsed JSON. Raises UnreadableBoard."""
    return _validated(_BOOK, value)


def entry_to_json(entry: FeedEntry) -> bytes:
    """See this module."""
    return orjson.dumps(entry, default=_plain, option=_OPTIONS)


def entry_from_json(text: bytes) -> FeedEntry:
    """The entry that was written. Raises UnreadableBoard."""
    return _validated(_ENTRY, _parsed(text))


def opportunity_to_json(seen: SeenOpportunity) -> bytes:
    """One opportunity with its calculation."""
    return orjson.dumps(seen, default=_plain, option=_OPTIONS)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Scan):
        fields = _fields(value)
        # JSON has no keys of two words.
        fields["best_edges"] = [[buy, sell, edge] for (buy, sell), edge in value.best_edges.items()]
        return fields
    if hasattr(value, "__dataclass_fields__"):
        return _fields(value)
    if hasattr(value, "items"):
        return dict(value.items())
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Sequence):
        # A scan with more opportunities than anybody reads calculates each when it is asked for.
        return list(value)
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _parsed(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnreadableBoard("the newest board can't be read: {error}", error=str(error)) from None


def _validated(adapter: TypeAdapter[_Value], value: object) -> _Value:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UnreadableBoard(
            "the newest board is none of this version: {place}: {why}", place=place, why=first["msg"]
        ) from None
