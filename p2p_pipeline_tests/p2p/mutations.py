"""Answers broken in the ways the wire, a proxy or a careless release breaks them; seeded."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import orjson

Container = dict[str, Any] | list[Any]

_MONSTERS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, -0.0, 2**63, "", " ", "NaN", "Infinity", "1e999999", "-5", "1,000.00", "0x10",
    "9" * 400, "0." + "0" * 400 + "1", "\u0000", "\u202e", "тест", "💰" * 50, [], {}, [[]], [None], {"a": {"b": []}},
    "2024-10-25", "free", "１２３",
)  # fmt: skip


def mutate(body: bytes, source: random.Random) -> bytes:
    """Break an answer in one to three ways."""
    for _ in range(source.randint(1, 3)):
        body = source.choice(_WAYS)(body, source)
    return body


def _places(value: Any) -> list[tuple[Container, Any]]:
    found: list[tuple[Container, Any]] = []
    waiting = [value]
    while waiting:
        container = waiting.pop()
        if isinstance(container, dict):
            entries: list[tuple[Any, Any]] = list(container.items())
        elif isinstance(container, list):
            entries = list(enumerate(container))
        else:
            continue
        found += [(container, key) for key, _ in entries]
        waiting += [child for _, child in entries]
    return found


def _in_json(change: Callable[[Container, Any, random.Random], None]) -> Callable[[bytes, random.Random], bytes]:
    def way(body: bytes, source: random.Random) -> bytes:
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            return body
        places = _places(value)
        if not places:
            return body
        container, key = source.choice(places)
        change(container, key, source)
        # Not orjson: a retyped number may be longer than 64 bits.
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    return way


def _monster(container: Container, key: Any, source: random.Random) -> None:
    container[key] = copy.deepcopy(source.choice(_MONSTERS))


def _remove(container: Container, key: Any, _: random.Random) -> None:
    del container[key]


def _rename(container: Container, key: Any, source: random.Random) -> None:
    if isinstance(container, dict):
        container[f"{key}{source.choice(('New', '_', 'V2'))}"] = container.pop(key)


def _retype(container: Container, key: Any, _: random.Random) -> None:
    value = container[key]
    if isinstance(value, str):
        try:
            container[key] = float(value) if "." in value else int(value)
        except ValueError:
            container[key] = [value]
    elif isinstance(value, int | float):
        container[key] = str(value)
    else:
        container[key] = [value]


def _repeat(container: Container, key: Any, _: random.Random) -> None:
    if isinstance(container, list):
        container.append(copy.deepcopy(container[key]))


def _cut(body: bytes, source: random.Random) -> bytes:
    return body[: source.randrange(len(body) + 1)]


def _flip(body: bytes, source: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(source.randint(1, 4)):
        if changed:
            changed[source.randrange(len(changed))] = source.randrange(256)
    return bytes(changed)


def _insert(body: bytes, source: random.Random) -> bytes:
    place = source.randrange(len(body) + 1)
    return body[:place] + source.randbytes(source.randint(1, 20)) + body[place:]


def _replace_whole(_: bytes, source: random.Random) -> bytes:
    return source.choice((b"", b"null", b"[]", b"{}", b"<html>Just a moment...</html>", b"[" * 5000, b"\xff\xfe", b"0"))


_WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_in_json(_monster),) * 4,
    *(_in_json(_remove),) * 2,
    *(_in_json(_rename),) * 2,
    *(_in_json(_retype),) * 3,
    _in_json(_repeat),
    _cut,
    _flip,
    _insert,
    _replace_whole,
)
