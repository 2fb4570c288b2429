"""A second life of books at a moment, so that a mutation needs no replay from the start."""

from __future__ import annotations

from collections import deque
from enum import Enum
from random import Random
from types import FunctionType, MethodType, ModuleType
from typing import Any

from p2p_pipeline.exchanges.books.book import Side

_ATOMS = (int, float, str, bytes, bool, type(None), tuple, frozenset, Enum, type, ModuleType, FunctionType)


def fork(value: Any, known: dict[int, Any] | None = None) -> Any:
    """A copy that shares nothing that changes; tuples (events, levels) never do. Many times as quick as deepcopy."""
    if isinstance(value, _ATOMS):
        return value
    known = {} if known is None else known
    if id(value) in known:
        return known[id(value)]
    made = known[id(value)] = _empty_like(value)
    if isinstance(value, Side):
        made._sign, made.levels, made.ranks = value._sign, dict(value.levels), list(value.ranks)
    elif isinstance(value, dict):
        made.update({key: fork(one, known) for key, one in value.items()})
    elif isinstance(value, list | deque | set):
        (made.update if isinstance(value, set) else made.extend)([fork(one, known) for one in value])
    elif isinstance(value, Random):
        made.setstate(value.getstate())
    elif isinstance(value, MethodType):
        raise TypeError("a bound method would still be the original's")
    else:
        for name in _fields(value):
            if hasattr(value, name):
                object.__setattr__(made, name, fork(getattr(value, name), known))
    return made


def _empty_like(value: Any) -> Any:
    if isinstance(value, deque):
        return deque(maxlen=value.maxlen)
    if isinstance(value, dict | list | set):
        return type(value)()
    return Random() if isinstance(value, Random) else object.__new__(type(value))


def _fields(value: Any) -> list[str]:
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    return [*slots, *getattr(value, "__dict__", {})]
