"""Read JSON that no strict reader takes, as far as it can be read: one advertiser's value must not cost a page.

A nickname cut in the middle of an emoji leaves half a character, and a number may be larger than any machine's: half
characters become U+FFFD, and a number stays what it says, for whoever reads the field to doubt. NaN, Infinity, bytes
that are no UTF-8 and values nested without end are in no record that can be trusted: that record alone is marked.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

_MOST_DIGITS = 400
_MOST_LEVELS = 64
"""No venue nests deeper than 8."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BAD = "\ufdd0"
"""Stands for what can't be read while the text is parsed: a code point that Unicode keeps for such uses."""

_no_utf8 = re.compile("[\udc80-\udcff]")
_brackets = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


class UnreadableRecord(dict[str, Any]):
    """A record with a value that no JSON can hold, which is null here; what else it says can be read."""


def loads(body: bytes) -> Any:
    """The value of a JSON text, by orjson wherever that reads it; raises orjson.JSONDecodeError where it is none.

    An entry of a list that holds what can't be read, at whatever depth, is an UnreadableRecord in its place.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            return _leniently(body.removeprefix(_BYTE_ORDER_MARK))
        except (ValueError, RecursionError):
            pass
        raise


def _leniently(body: bytes) -> Any:
    text = _shallow(_no_utf8.sub(_BAD, body.decode("utf-8", "surrogateescape")))
    found = json.loads(text, parse_constant=_bad, parse_int=_whole_number, strict=False)
    if found is None or isinstance(found, str | float):
        raise ValueError("no answer is a single value")
    return _readable(found)


def _shallow(text: str) -> str:
    """The text with every value that is nested too deep replaced by a mark."""
    pieces, kept_to, level = [], 0, 0
    for found in _brackets.finditer(text):
        mark = text[found.start()]
        if mark in "[{":
            level += 1
            if level == _MOST_LEVELS + 1:
                pieces.append(text[kept_to : found.start()])
        elif mark in "]}":
            if level == _MOST_LEVELS + 1:
                pieces.append(f'"{_BAD}"')
                kept_to = found.end()
            level -= 1
    if level > 0:
        raise ValueError("the brackets are not closed")
    return "".join([*pieces, text[kept_to:]])


def _bad(_: str) -> str:
    return _BAD


def _whole_number(digits: str) -> int | str:
    # Longer ones cost quadratic time, and no field has any.
    return int(digits) if len(digits) <= _MOST_DIGITS else digits[:_MOST_DIGITS]


def _readable(value: Any) -> Any:
    if isinstance(value, str):
        return None if _BAD in value else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_entry(entry) for entry in value]
    if isinstance(value, dict):
        return {_name(name): _readable(entry) for name, entry in value.items()}
    return value


def _entry(entry: Any) -> Any:
    readable = _readable(entry)
    if not _has_bad(entry):
        return readable
    return UnreadableRecord(readable) if isinstance(readable, dict) else UnreadableRecord()


def _name(name: str) -> str:
    return name.replace(_BAD, "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _has_bad(value: Any) -> bool:
    if isinstance(value, str):
        return _BAD in value
    if isinstance(value, list):
        return any(map(_has_bad, value))
    return isinstance(value, dict) and (any(map(_has_bad, value)) or any(map(_has_bad, value.values())))
