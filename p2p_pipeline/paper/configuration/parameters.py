"""Every parameter of a session with what is told of it: unit, default, what is allowed, what it means.

From the fields of settings.py alone, so that the form, `p2p paper config` and the settings' own refusals agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from p2p_pipeline.kernel.settings_file import Section
from p2p_pipeline.kernel.told import Told, joined
from p2p_pipeline.paper.log.lines import decimal_text
from p2p_pipeline.paper.settings import PaperSettings, not_zero, whole_milliseconds


class Kind(StrEnum):
    """How a value is given."""

    NUMBER = "number"
    COUNT = "count"
    CHOICE = "choice"
    FLAG = "flag"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter."""

    path: str
    """`entry.notional`, as in YAML from section to name."""
    kind: Kind
    title: str
    meaning: str
    unit: str
    default: str
    """As it is written in YAML."""
    allowed: Told
    """What can be written."""
    choices: tuple[str, ...] = ()

    @property
    def section(self) -> str:
        """The section that it stands in; empty for none."""
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        """Within its section."""
        return self.path.rpartition(".")[2]


@cache
def parameters() -> dict[str, Parameter]:
    """All of them by path, in the order of the configuration."""
    return {one.path: one for one in _below(PaperSettings, "")}


_OF_LIMITS = {
    "gt": Told("above {limit:,}"),
    "ge": Told("at least {limit:,}"),
    "lt": Told("below {limit:,}"),
    "le": Told("at most {limit:,}"),
}
_LOWER = ("gt", "ge")
_OF_VALIDATORS: dict[Any, Told] = {
    not_zero: Told("above or below 0"),
    whole_milliseconds: Told("with at most three decimals"),
}
DIRECTIONS = ("long", "short")
"""Sections that may be null: the direction is switched off."""


def _below(section: type[Section], before: str) -> Iterator[Parameter]:
    for name, field in section.model_fields.items():
        inner = section_of(field)
        path = f"{before}{name}"
        yield from _below(inner, f"{path}.") if inner else (_parameter(path, field),)


def section_of(field: FieldInfo) -> type[Section] | None:
    """The section that a field holds; None for a value."""
    kinds = (field.annotation, *get_args(field.annotation))
    return next((one for one in kinds if isinstance(one, type) and issubclass(one, Section)), None)


def _parameter(path: str, field: FieldInfo) -> Parameter:
    extra = field.json_schema_extra
    assert isinstance(extra, dict)  # noqa: S101 - each field says its unit; a test walks them
    choices = tuple(str(one) for one in get_args(field.annotation)) if get_origin(field.annotation) is Literal else ()
    kind = _kind(field, choices)
    return Parameter(
        path,
        kind,
        str(field.title),
        str(field.description),
        str(extra["unit"]),
        value_text(field.default),
        _allowed(kind, field, choices),
        choices,
    )


def _kind(field: FieldInfo, choices: tuple[str, ...]) -> Kind:
    if choices:
        return Kind.CHOICE
    if field.annotation is bool:
        return Kind.FLAG
    return {Decimal: Kind.NUMBER, int: Kind.COUNT}.get(field.annotation, Kind.NAMES)  # type: ignore[arg-type]


def _allowed(kind: Kind, field: FieldInfo, choices: tuple[str, ...]) -> Told:
    if kind is Kind.CHOICE:
        return Told("one of {choices}", choices=", ".join(choices))
    if kind is Kind.FLAG:
        return Told("true or false")
    if kind is Kind.NAMES:
        return Told("null for all, or a list such as [BTCUSDT, ETHUSDT]")
    kinds = Told("a whole number") if kind is Kind.COUNT else Told("a number")
    return joined(", ", [kinds, *_bounds(field), *_by_validators(field)])


def _bounds(field: FieldInfo) -> list[Told]:
    """The narrowest of each side: a kind of number and its field may both have one."""
    found = [(getattr(one, name), name) for one in field.metadata for name in _OF_LIMITS if hasattr(one, name)]
    below = max((one for one in found if one[1] in _LOWER), key=lambda one: (one[0], one[1] == "gt"), default=None)
    above = min((one for one in found if one[1] not in _LOWER), key=lambda one: (one[0], one[1] != "lt"), default=None)
    return [Told(_OF_LIMITS[one[1]], limit=one[0]) for one in (below, above) if one is not None]


def _by_validators(field: FieldInfo) -> list[Told]:
    found = [_OF_VALIDATORS.get(one.func) for one in field.metadata if isinstance(one, AfterValidator)]
    return [one for one in found if one is not None]


def value_text(value: Any) -> str:
    """A value as it is written in YAML."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return decimal_text(value)
    return f"[{', '.join(value)}]" if isinstance(value, tuple) else str(value)


def value_at(settings: PaperSettings, path: str) -> Any:
    """What a configuration has at a path; None within a direction that is off."""
    found: Any = settings
    for name in path.split("."):
        found = None if found is None else getattr(found, name)
    return found


def texts_of_settings(settings: PaperSettings) -> dict[str, Any]:
    """A configuration as JSON, amounts as texts: `paper_settings_of` takes it back."""

    def text(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: text(one) for name, one in value.items()}
        if isinstance(value, tuple):
            return list(value)
        return decimal_text(value) if isinstance(value, Decimal) else value

    found: dict[str, Any] = text(settings.model_dump())
    return found
