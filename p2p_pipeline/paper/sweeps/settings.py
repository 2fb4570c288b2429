"""What a sweep is told: which values to try, on which days, how to choose. Refused with its line when it can't be."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.settings_file import Section, SettingsDocument, UnreadableYaml, explain

MOST_COMBINATIONS = 10_000
Judge = Literal["net", "sharpe"]
"""By the mean of the days, or by that and how much they differ."""


class SweepError(ClearError):
    """A mistake in a sweep's file; the text has the line and what to write."""


class WalkForward(Section):
    """How often is chosen anew."""

    train_days: Annotated[int, Field(ge=1, le=10_000)] = 5
    test_days: Annotated[int, Field(ge=1, le=10_000)] = 1
    rolling: bool = True
    """False: on all days before, not on the last `train_days`."""


class SweepSettings(Section):
    """A sweep. `base` is a session's configuration, `vary` lists of values by the paths of its fields."""

    base: dict[str, Any] = Field(default_factory=dict)
    vary: Annotated[dict[str, Annotated[list[Any], Field(min_length=1)]], Field(min_length=1)]
    first_day: date | None = None
    last_day: date | None = None
    least_hours: Annotated[float, Field(ge=0, le=24)] = 1.0
    """Days of which less was recorded are left out: an hour says nothing about a day."""
    recordings: Annotated[list[str], Field(min_length=1)] | None = None
    """Files or folders of frames; without it everything that was recorded below the data folder's paper/."""
    judge: Judge = "net"
    walk_forward: WalkForward = WalkForward()
    resamples: Annotated[int, Field(ge=100, le=100_000)] = 2_000
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 1

    @field_validator("vary")
    @classmethod
    def _each_once(cls, value: dict[str, list[Any]]) -> dict[str, list[Any]]:
        for path, values in value.items():
            told = [repr(one) for one in values]
            doubles = sorted({one for one in told if told.count(one) > 1})
            if doubles:
                raise ValueError(f"{path} lists {', '.join(doubles)} twice; each would count as a try of its own")
        return value


def read_sweep(path: Path) -> SweepSettings:
    """A sweep's file. Raises SweepError."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise SweepError("{path} can't be read: {why}", path=path, why=error.strerror or str(error)) from None
    return parse_sweep(text, path.name)


def parse_sweep(text: str | bytes, file_name: str) -> SweepSettings:
    """The same from YAML text."""
    try:
        document = SettingsDocument.parse(text)
    except UnreadableYaml as error:
        raise SweepError("{file} line {line}: {error}", file=file_name, line=error.line, error=error) from None
    if not isinstance(document.value, dict):
        raise SweepError(
            "{file} line 1: a sweep has at least `vary:` with lists of values, such as `rearm_seconds: [1, 5]`",
            file=file_name,
        )
    _refuse_unknown(document, file_name, (), SweepSettings)
    _refuse_unknown(document, file_name, ("walk_forward",), WalkForward)
    try:
        return SweepSettings.model_validate(document.value)
    except ValidationError as error:
        raise SweepError("{mistakes}", mistakes=explain(error, document, file_name)) from None


def _refuse_unknown(document: SettingsDocument, file_name: str, place: tuple[str, ...], section: type[Section]) -> None:
    inside = document.value
    for name in place:
        inside = inside.get(name)
    if not isinstance(inside, dict):
        return
    unknown = next((name for name in inside if name not in section.model_fields), None)
    if unknown is not None:
        raise SweepError(
            "{file} line {line}: {unknown!r} is no field of {of}; its fields are {fields}",
            file=file_name,
            line=document.line_of((*place, unknown)),
            unknown=unknown,
            of=".".join(place) or "a sweep",
            fields=", ".join(section.model_fields),
        )
