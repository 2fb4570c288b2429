"""YAML values together with the line each stands on, so that a settings error can name it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError


@dataclass(frozen=True, slots=True)
class SettingsDocument:
    """A parsed YAML file that remembers its lines."""

    value: Any
    root: yaml.Node | None

    @classmethod
    def parse(cls, text: str) -> SettingsDocument:
        """Read one YAML document. Raises yaml.MarkedYAMLError, also for a key given twice."""
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            _refuse_doubled_keys(root)
        return cls(yaml.safe_load(text), root)

    def line_of(self, place: Sequence[int | str]) -> int:
        """The line (from 1) of the deepest part of `place` that is in the file."""
        node, line = self.root, 1
        for step in place:
            found = _child(node, step)
            if found is None:
                break
            node, line = found
        return line


def _child(node: yaml.Node | None, step: int | str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item, item.start_mark.line + 1
    return None


def _refuse_doubled_keys(node: yaml.Node) -> None:
    # YAML's loader lets the last of two equal keys win in silence: a market's setting would vanish.
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value!r} is given twice", problem_mark=key.start_mark)
            seen.add(key.value)
            _refuse_doubled_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_doubled_keys(item)


def explain(error: ValidationError, document: SettingsDocument, file_name: str) -> str:
    """Every mistake of a settings file in a line each: where it stands, what it was, what to write instead."""
    lines = []
    for problem in error.errors():
        place: tuple[int | str, ...] = problem["loc"]
        where = f"{file_name} line {document.line_of(place)}"
        name = ".".join(str(step) for step in place) or "settings"
        lines.append(f"{where}: {name}: {_sentence(problem, place)}")
    return "\n".join(lines)


def _sentence(problem: Mapping[str, Any], place: tuple[int | str, ...]) -> str:
    if problem["type"] == "extra_forbidden":
        return f"{place[-1]!r} is no setting; remove it or correct its spelling (`p2p settings` prints them all)"
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    shown = problem["input"]
    return f"was {shown!r}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


class Section(BaseModel):
    """Some settings that belong together: an unknown name is a mistake, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
