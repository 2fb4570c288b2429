"""Every combination of the values that a sweep tries, as a session's configuration. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import prod
from typing import Any, NamedTuple

from pydantic import ValidationError

from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.sweeps.settings import MOST_COMBINATIONS, SweepError, SweepSettings


class Combination(NamedTuple):
    """One of the tries."""

    number: int
    """Counts from 1, the last of the varied fields fastest."""
    values: Mapping[str, Any]
    """By the paths of the fields that vary."""
    settings: PaperSettings

    @property
    def told(self) -> str:
        """For a person."""
        return ", ".join(f"{path} {'off' if value is None else value}" for path, value in self.values.items())


def combinations_of(sweep: SweepSettings) -> tuple[Combination, ...]:
    """All of them, each a configuration that a session can have. Raises SweepError for one that none can."""
    count = prod(len(values) for values in sweep.vary.values())
    if count > MOST_COMBINATIONS:
        raise SweepError(
            "this is {count} combinations; at most {most} are tried: the more there are, the better the luckiest looks",
            count=f"{count:,}",
            most=f"{MOST_COMBINATIONS:,}",
        )
    found = []
    for number, values in enumerate(product(*sweep.vary.values()), 1):
        chosen = dict(zip(sweep.vary, values, strict=True))
        found.append(Combination(number, chosen, _settings_of(sweep.base, chosen)))
    return tuple(found)


def _settings_of(base: Mapping[str, Any], values: Mapping[str, Any]) -> PaperSettings:
    config = _copied(base)
    for path, value in values.items():
        _set(config, path, value)
    try:
        return PaperSettings.model_validate(config)
    except ValidationError as error:
        first = error.errors()[0]
        raise SweepError(
            "{path} was {value!r}: {reason}; a sweep varies fields of a session's configuration by their paths, such "
            "as exit.take_profit_pct",
            path=".".join(str(one) for one in first["loc"]),
            value=first["input"],
            reason=first["msg"].removeprefix("Value error, "),
        ) from None


def _set(config: dict[str, Any], path: str, value: Any) -> None:
    *sections, name = path.split(".")
    for section in sections:
        inside = config.setdefault(section, {})
        if not isinstance(inside, dict):
            raise SweepError(
                "vary has {path}, but base sets {section} to {inside!r}: a value and a field of it can't both be given",
                path=path,
                section=section,
                inside=inside,
            )
        config = inside
    config[name] = value


def _copied(value: Any) -> Any:
    return {name: _copied(one) for name, one in value.items()} if isinstance(value, Mapping) else value
