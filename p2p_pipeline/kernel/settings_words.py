"""What is wrong with a setting's value, in our words: what it was, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_SHOWN_CHARACTERS = 80
_WRITE: Mapping[str, str] = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "finite_number": "a number",
    "bool": "true or false",
    "string": "text",
    "date": "a date such as 2026-11-30",
    "tuple": "a list such as [1, 2]",
    "list": "a list such as [1, 2]",
    "dict": "lines of `name: value` below it",
    "model": "lines of `name: value` below it",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "literal": "one of {expected}",
    "string_pattern_mismatch": "text that fits {pattern}",
}
"""By the beginning of the kind of mistake; the longest one counts."""


def sentence(problem: Mapping[str, Any], place: Sequence[int | str]) -> str:
    """One mistake that pydantic found, without pydantic's words."""
    kind = str(problem["type"])
    if kind == "extra_forbidden":
        return f"{place[-1]!r} is no setting; remove it or correct its spelling (`p2p settings` prints them all)"
    if kind == "value_error":
        return str(problem["ctx"]["error"])
    if kind == "invalid_key":
        return f"{place[-1]!r} is no name of a setting; a name is a word"
    if kind == "missing":
        return "is missing; add it"
    shown = repr(problem["input"])
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[: _SHOWN_CHARACTERS - 1] + "…"
    wanted = next((_WRITE[name] for name in sorted(_WRITE, key=len, reverse=True) if kind.startswith(name)), None)
    if wanted is None:
        return f"was {shown}, which can't be used here (see settings.yaml in the repository)"
    return f"was {shown}; write {wanted.format(**problem.get('ctx', {}))}"
