"""Good frames made bad: bytes flipped, cut, doubled; a value of its JSON replaced by what no exchange should send."""

from __future__ import annotations

import gzip
import json
import zlib
from random import Random
from typing import Any

_NAN, _INFINITY = "\x00nan\x00", "\x00infinity\x00"
"""Stand for tokens that JSON does not have and Python's reader takes."""

HOSTILE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e308,
    10**30,
    10**400,
    "",
    "0",
    "-1",
    "NaN",
    "Infinity",
    "1e999999999",
    "1e-999999999",
    "1_0",
    "٣",
    "9" * 400,
    "0." + "1" * 400,
    "12",
    "\ud800",
    "\x00",
    "x" * 10_000,
    [],
    {},
    [[]],
    [None],
    [["1"]],
    [[1, 2]],
    [["1", "2"], "12"],
    {"a": None},
    _NAN,
    _INFINITY,
)


def spoiled(frame: bytes, chance: Random) -> bytes:
    """One good frame, made bad one way (or, rarely, left readable)."""
    packed = frame.startswith(b"\x1f\x8b")
    body = zlib.decompress(frame, wbits=31) if packed else frame
    try:
        value = json.loads(body)
    except ValueError:
        return _in_bytes(frame, chance)
    if chance.random() < 0.3:
        return _in_bytes(frame, chance)
    made = _in_json(value, chance)
    return gzip.compress(made, compresslevel=1) if packed else made


def _in_bytes(frame: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(frame) + 1)
    return chance.choice(
        (
            frame[:at],
            frame[at:],
            frame + frame[:at],
            frame[:at] + bytes([chance.randrange(256)]) + frame[at + 1 :],
            frame[:at] + frame[at + 1 :],
            frame[:at] + b"[" * 2_000 + frame[at:],
            b"\xff\xfe" + frame,
        )
    )


def _in_json(value: Any, chance: Random) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 3))):
        value = _with_one_replaced(value, chance)
    return json.dumps(value).replace(json.dumps(_NAN), "NaN").replace(json.dumps(_INFINITY), "-Infinity").encode()


def _with_one_replaced(value: Any, chance: Random) -> Any:
    """A copy with one value replaced, taken away, doubled or buried in lists, anywhere in it."""
    if not isinstance(value, list | dict) or not value or chance.random() < 0.1:
        return _buried(value) if chance.random() < 0.05 else chance.choice(HOSTILE)
    if isinstance(value, dict):
        name = chance.choice(list(value))
        if chance.random() < 0.15:
            return {key: one for key, one in value.items() if key != name}
        return {**value, name: _with_one_replaced(value[name], chance)}
    at = chance.randrange(len(value))
    if chance.random() < 0.1:
        return [*value[:at], value[at], *value[at:]]
    return [*value[:at], _with_one_replaced(value[at], chance), *value[at + 1 :]]


def _buried(value: Any) -> Any:
    for _ in range(300):
        value = [value]
    return value
