"""YAML values together with the line each stands on, so that a settings error can name it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.settings_words import sentence
from p2p_pipeline.kernel.told import Told

_DEEPEST = 30
_MOST_VALUES = 100_000
"""Aliases of aliases can stand for billions of values in a few lines."""


class UnreadableYaml(ClearError):
    """The text is no YAML that settings can be read from; says what is wrong, and has the line."""

    def __init__(self, told: str, line: int) -> None:
        super().__init__(told)
        self.line = line


@dataclass(frozen=True, slots=True)
class SettingsDocument:
    """A parsed YAML file that remembers its lines."""

    value: Any
    root: yaml.Node | None

    @classmethod
    def parse(cls, text: str | bytes) -> SettingsDocument:
        """Read one YAML document. Raises UnreadableYaml, also for a key given twice."""
        text = text if isinstance(text, str) else _decoded(text)
        try:
            return cls._read(text, _QuickLoader)
        except (yaml.YAMLError, UnreadableYaml):
            # The slower one says better what is wrong.
            pass
        try:
            return cls._read(text, _Loader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise UnreadableYaml(Told("{reason}; mend the YAML there", reason=error.problem), line) from None
        except yaml.reader.ReaderError as error:
            line = text[: error.position].count("\n") + 1
            found = f"U+{error.character:04X}" if isinstance(error.character, int) else repr(error.character)
            raise UnreadableYaml(
                Told("the control character {found} is not allowed in YAML; delete it", found=found), line
            ) from None

    @classmethod
    def _read(cls, text: str, loader: Any) -> SettingsDocument:
        _refuse_deep_nesting(text, loader)
        root = yaml.compose(text, Loader=loader)
        if root is not None:
            _Checked().look(root)
        return cls(yaml.load(text, Loader=loader), root)  # noqa: S506 - a SafeLoader

    def line_of(self, place: Sequence[int | str]) -> int:
        """The line (from 1) of the deepest part of `place` that is in the file."""
        node, line = self.root, 1
        for step in place:
            found = _child(node, step)
            if found is None:
                break
            node, line = found
        return line


class _Values:
    """A value that can't be what it looks like (2026-02-30 is no date) is told with its line."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)  # type: ignore[misc]  # a loader's
        except (ValueError, TypeError, OverflowError, KeyError) as error:
            if isinstance(error, yaml.YAMLError) or not isinstance(node, yaml.ScalarNode):
                raise
            kind = {"tag:yaml.org,2002:timestamp": "date", "tag:yaml.org,2002:int": "number"}.get(node.tag, "value")
            problem = f"{node.value[:80]!r} is no {kind} that exists"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None


class _Loader(_Values, yaml.SafeLoader):
    """Python's."""


class _QuickLoader(_Values, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """libyaml's, where PyYAML has it: a sixth of the time, of which a price has little."""


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        told = f"the byte 0x{text[error.start]:02x} is no UTF-8 text; save the file as UTF-8"
        raise UnreadableYaml(told, line) from None


def _refuse_deep_nesting(text: str, loader: Any) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            mark = event.start_mark
            raise UnreadableYaml(
                Told("values are nested more than {deepest} deep", deepest=_DEEPEST), mark.line + 1 if mark else 1
            )


def _child(node: yaml.Node | None, step: int | str) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item, item.start_mark.line + 1
    return None


class _Checked:
    """Looks at every node once: keys that are no words or given twice, and aliases that never end or stand for more."""

    def __init__(self) -> None:
        self._sizes: dict[int, int | None] = {}

    def look(self, node: yaml.Node) -> int:
        """How many values a node stands for; raises MarkedYAMLError."""
        known = self._sizes.get(id(node), 0)
        if known is None:
            raise yaml.MarkedYAMLError(problem="an alias stands within its own value", problem_mark=node.start_mark)
        if known:
            return known
        self._sizes[id(node)] = None
        size = 1
        if isinstance(node, yaml.MappingNode):
            _refuse_bad_keys(node)
            size += sum(self.look(value) for _, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            size += sum(self.look(item) for item in node.value)
        if size > _MOST_VALUES:
            problem = f"aliases make more than {_MOST_VALUES:,} values of it"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        self._sizes[id(node)] = size
        return size


def _refuse_bad_keys(node: yaml.MappingNode) -> None:
    # YAML's loader lets the last of two equal keys win in silence: a market's setting would vanish.
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a name must be one word, not a list", problem_mark=key.start_mark)
        if key.value in seen:
            raise yaml.MarkedYAMLError(problem=f"{key.value!r} is given twice", problem_mark=key.start_mark)
        seen.add(key.value)


def explain(
    error: ValidationError, document: SettingsDocument, file_name: str, printed_by: str = "p2p settings"
) -> str:
    """Every mistake of a settings file in a line each: where it stands, what it was, what to write instead.

    `printed_by` is the command that prints such a file with every default.
    """
    lines = []
    for problem in error.errors():
        place: tuple[int | str, ...] = problem["loc"]
        where = f"{file_name} line {document.line_of(place)}"
        name = ".".join(str(step) for step in place) or "settings"
        lines.append(f"{where}: {name}: {sentence(problem, place, printed_by)}")
    return "\n".join(lines)


class Section(BaseModel):
    """Some settings that belong together: an unknown name is a mistake, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
