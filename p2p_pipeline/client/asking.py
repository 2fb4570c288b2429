"""One question to the service: where it is asked, with what, and what its answer holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

Answer = TypeVar("Answer", bound=BaseModel)
Amount = Decimal | int | str
Bound = date | datetime
"""A day of the zone, or a moment."""
Value = str | int | float | bool | Decimal | date | datetime | None
"""None leaves the parameter to the service."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[Answer]):
    """One question."""

    path: str
    shape: type[Answer]
    parameters: dict[str, str]
    body: dict[str, Any] | None = None
    """What is sent: it is a POST that changes something. None asks only."""


def asked(path: str, shape: type[Answer], **values: Value) -> Ask[Answer]:
    """The question with those of the parameters that were given. Names that Python keeps for itself end in `_`."""
    given = {name.rstrip("_"): _text(name, value) for name, value in values.items() if value is not None}
    return Ask(path, shape, given)


def sent(path: str, shape: type[Answer], **values: Any) -> Ask[Answer]:
    """The same of what changes something: those values that were given are its body."""
    return Ask(path, shape, {}, {name: value for name, value in values.items() if value is not None})


def path_part(name: str) -> str:
    """A name as a part of a path, whatever is in it."""
    return quote(name, safe="")


def _text(name: str, value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    if not isinstance(value, datetime):
        return str(value)
    if value.tzinfo is None:
        raise ValueError(f"{name} was {value}, a time of no zone; give it one, such as tzinfo=UTC")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
