"""Every folder says what belongs there and what doesn't, and no text names a file or a folder that is gone."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2p_pipeline_tests.shared_files import REPOSITORY

PACKAGE, TESTS = REPOSITORY / "p2p_pipeline", REPOSITORY / "p2p_pipeline_tests"
NAMED = re.compile(
    r"(?<![\w/`.<>}…-])((?:[a-z_]+/)+(?:[a-z_0-9]+\.(?:py|sql|yaml))?(?![\w.<{])|[a-z_0-9]+\.py\b)"  # in prose
)
NAMED_IN_PAGES = re.compile(r"`([a-z_0-9/]+\.(?:py|sql|yaml))`|(p2p_pipeline(?:_tests)?/[a-z_0-9/]+(?:\.py)?)")
PAGES = sorted([*(REPOSITORY / "docs").glob("*.md"), REPOSITORY / "README.md", REPOSITORY / "data" / "README.md"])
FILES = sorted(PACKAGE.rglob("*.py"))
ALL_TESTS = {file.name for file in TESTS.rglob("*.py")}


def words_of(file: Path) -> Iterator[str]:
    """A file's docstrings and comments."""
    text = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def is_there(name: str, near: Path) -> bool:
    """Whether something of that name lies beside a file, above it, in a trade's room, or among the tests."""
    above = [folder for folder in near.parents if PACKAGE in (folder, *folder.parents)]
    places = [*above, PACKAGE, PACKAGE / "p2p", PACKAGE / "exchanges", REPOSITORY]
    return any((place / name).exists() for place in places) or (name.startswith("test_") and name in ALL_TESTS)


@pytest.mark.parametrize("folder", [f.parent for f in FILES if f.name == "__init__.py"], ids=lambda f: f.name)
def test_a_folder_says_what_belongs_elsewhere(folder: Path) -> None:
    charter = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    assert charter
    assert "Not here:" in charter


def test_docstrings_and_comments_name_files_and_folders_that_are_there() -> None:
    gone = [
        f"{file.relative_to(REPOSITORY)}: {name}"
        for file in FILES
        # Taking a file's words apart takes ten times as long as seeing that nothing in it could name what is gone.
        if any(not is_there(name, file) for name in NAMED.findall(file.read_text(encoding="utf-8")))
        for words in words_of(file)
        for name in NAMED.findall(words)
        if not is_there(name, file)
    ]
    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_files_that_are_there(page: Path) -> None:
    found = {one or other for one, other in NAMED_IN_PAGES.findall(page.read_text(encoding="utf-8"))}
    assert [name for name in sorted(found) if not is_there(name, page)] == []
