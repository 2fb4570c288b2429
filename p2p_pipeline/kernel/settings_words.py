"""What is wrong with a setting's value, in our words: what it was, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from p2p_pipeline.kernel.told import Told

_SHOWN_CHARACTERS = 80
_WRITE: Mapping[str, Told] = {
    "int": Told("a whole number"),
    "float": Told("a number"),
    "decimal": Told("a number"),
    "finite_number": Told("a number"),
    "bool": Told("true or false"),
    "string": Told("text"),
    "string_too_long": Told("at most {max_length} characters"),
    "enum": Told("one of {expected}"),
    "date": Told("a date such as 2026-11-30"),
    "tuple": Told("a list such as [1, 2]"),
    "list": Told("a list such as [1, 2]"),
    "dict": Told("lines of `name: value` below it"),
    "model": Told("lines of `name: value` below it"),
    "greater_than": Told("a number above {gt}"),
    "greater_than_equal": Told("a number of at least {ge}"),
    "less_than": Told("a number below {lt}"),
    "less_than_equal": Told("a number of at most {le}"),
    "literal": Told("one of {expected}"),
    "string_pattern_mismatch": Told("text that fits {pattern}"),
}
"""By the beginning of the kind of mistake; the longest one counts."""


def sentence(problem: Mapping[str, Any], place: Sequence[int | str], printed_by: str = "p2p settings") -> str:
    """One mistake that pydantic found, without pydantic's words."""
    kind = str(problem["type"])
    if kind == "extra_forbidden":
        return f"{place[-1]!r} is no setting; remove it or correct its spelling (`{printed_by}` prints them all)"
    if kind == "value_error":
        return str(problem["ctx"]["error"])
    if kind == "invalid_key":
        return f"{place[-1]!r} is no name of a setting; a name is a word"
    if kind == "missing":
        return "is missing; add it"
    shown = repr(problem["input"])
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[: _SHOWN_CHARACTERS - 1] + "…"
    wanted = wanted_of(problem)
    if wanted is None:
        return f"was {shown}, which can't be used here (`{printed_by}` prints what can)"
    return f"was {shown}; write {wanted}"


def wanted_of(problem: Mapping[str, Any]) -> Told | None:
    """What to write instead of a value that pydantic refused; None where there is no word for it."""
    kind, limits = str(problem["type"]), dict(problem.get("ctx", {}))
    found = next((_WRITE[name] for name in sorted(_WRITE, key=len, reverse=True) if kind.startswith(name)), None)
    limits = {name: int(one) if isinstance(one, float) and one.is_integer() else one for name, one in limits.items()}
    if "expected" in limits:
        limits["expected"] = str(limits["expected"]).replace(" or ", ", ")
    return None if found is None else Told(found, **limits)
