"""Every rule has a test that breaks when the rule is changed: each is changed once, and its test must break."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from p2p_pipeline_tests.paper.changing import FOLDER, Change, RuleRewritten, changed, changes_of

FILES = sorted(FOLDER.glob("*.txt"))


def breaks(caught_by: str) -> bool:
    """Whether a test fails, with any of its parameters."""
    module, name = caught_by.split(".")
    test = getattr(importlib.import_module(f"p2p_pipeline_tests.paper.machine.test_{module}"), f"test_{name}")
    return any(fails(test, given) for given in parameters(test))


def fails(test: Callable[..., None], given: dict[str, Any]) -> bool:
    try:
        test(**given)
    except (AssertionError, IndexError):
        # any other exception is no broken promise: the change itself would be nonsense
        return True
    return False


def parameters(test: Callable[..., None]) -> Iterator[dict[str, Any]]:
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    if not marks:
        yield {}
    for mark in marks:
        names, rows = mark.args
        one = isinstance(names, str)
        yield from ({names: row} if one else dict(zip(names, row, strict=True)) for row in rows)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_changed_rule_breaks_its_test(path: Path) -> None:
    changes = changes_of(path)
    survived = []
    for change in changes:
        with changed(change):
            if not breaks(change.caught_by):
                survived.append(change)
    assert not survived
    # and by the rules as they are they all pass
    assert [name for name in {change.caught_by for change in changes} if breaks(name)] == []


def test_there_is_a_changed_rule_for_each_room_of_the_machine() -> None:
    assert len(FILES) >= 14
    assert sum(len(changes_of(path)) for path in FILES) > 230


def test_a_rule_that_was_rewritten_needs_its_change_written_anew() -> None:
    with pytest.raises(RuleRewritten, match="0 times"), changed(Change("machine.steps", "is not there", "", "")):
        pass
