"""A rule of the package changed for the length of a `with`: its functions get the code of the changed source.

Nothing is imported anew, so that every test finds the changed rule where it always is. The changes stand in
changed_rules/, a file a module: the test that must break, the lines as they are, the lines as they would be.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

FOLDER = Path(__file__).with_name("changed_rules")


class Change(NamedTuple):
    """One rule made another one."""

    module: str
    """Below p2p_pipeline.paper."""
    old: str
    """As it is written there, once."""
    new: str
    caught_by: str
    """The test that breaks: its module without test_, and its name without test_."""


class RuleRewritten(Exception):
    """The rule is written otherwise by now."""


def changes_of(path: Path) -> list[Change]:
    """Those of one module's file."""
    found = []
    for block in path.read_text(encoding="utf-8").strip("\n").split("\n\n"):
        lines = block.split("\n")
        old = [line[2:] for line in lines if line.startswith("-")]
        new = [line[2:] for line in lines if line.startswith("+")]
        assert lines[0].startswith("@ "), block
        assert old, block
        assert len(old) + len(new) == len(lines) - 1, block
        # without lines of its own the old ones go, and their end with them
        end = "" if new else "\n"
        found.append(Change(path.stem, "\n".join(old) + end, "\n".join(new), lines[0][2:]))
    return found


@contextmanager
def changed(change: Change) -> Iterator[None]:
    """Work by the changed rule."""
    module = importlib.import_module(f"p2p_pipeline.paper.{change.module}")
    source = _source(module)
    if source.count(change.old) != 1:
        times = source.count(change.old)
        raise RuleRewritten(f"{change.module} has {change.old!r} {times} times: write its change anew")
    new_codes = dict(_codes(compile(source.replace(change.old, change.new), str(module.__file__), "exec")))
    before = [(function, function.__code__) for function in _functions(vars(module), module.__name__)]
    different = [(function, code) for function, code in before if code != new_codes[code.co_qualname]]
    if not different:
        raise RuleRewritten(f"{change.module}: {change.new!r} stands in no function")
    try:
        for function, code in different:
            function.__code__ = new_codes[code.co_qualname]
        yield
    finally:
        for function, code in different:
            function.__code__ = code


@cache
def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one.co_qualname, one
            yield from _codes(one)


def _functions(names: dict[str, Any], module: str) -> Iterator[FunctionType]:
    for value in list(names.values()):
        one = getattr(value, "__func__", value)
        one = getattr(one, "__wrapped__", one)
        if isinstance(one, property):
            one = one.fget
        if getattr(one, "__module__", None) != module:
            continue
        if isinstance(one, type):
            yield from _functions(dict(vars(one)), module)
        elif isinstance(one, FunctionType) and not one.__code__.co_filename.startswith("<"):
            yield one
