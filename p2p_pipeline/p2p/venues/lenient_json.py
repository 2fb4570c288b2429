"""Read JSON that is valid by its grammar although no strict reader takes it.

A nickname cut in the middle of an emoji leaves half a character, and a number may be larger than any machine's: one
advertiser could make a whole page unreadable. Half characters become U+FFFD; a number stays what it says, for whoever
reads the field to doubt.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

import orjson

_MOST_DIGITS = 400


def loads(body: bytes) -> Any:
    """The value of a JSON text, by orjson wherever that reads it; raises orjson.JSONDecodeError where it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            text = body.decode("utf-8")
            found = json.loads(text, parse_constant=_refuse, parse_int=_whole_number)
        except (ValueError, RecursionError):
            found = None
        if found is None:
            raise
    return _whole_text(found)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _whole_number(digits: str) -> int | str:
    # Longer ones cost quadratic time, and no field has any.
    return int(digits) if len(digits) <= _MOST_DIGITS else digits[:_MOST_DIGITS]


def _whole_text(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole_text(entry) for entry in value]
    if isinstance(value, dict):
        return {_whole_text(name): _whole_text(entry) for name, entry in value.items()}
    return value
