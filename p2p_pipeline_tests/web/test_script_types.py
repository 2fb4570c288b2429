"""Our JavaScript is typed by its comments, checked where there is a TypeScript compiler, and stays small.

No node is in the repository and none is needed to install or run. CONTRIBUTING.md says how to have one for this test.
"""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from p2p_pipeline.web.static_files import STATIC

MOST_LINES = 1_900
"""A half of them move tables, logs and forms of paper sessions."""
COMPILER = shutil.which("tsc")
OPTIONS = (
    "--noEmit", "--allowJs", "--checkJs", "--strict", "--target", "es2023", "--module", "es2022",
    "--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable",
)  # fmt: skip
SCRIPTS = sorted((STATIC / "js").glob("*.js"))


@pytest.mark.skipif(COMPILER is None, reason="no tsc here; see CONTRIBUTING.md for how to run this test with one")
def test_the_types_of_our_scripts_hold() -> None:
    assert COMPILER is not None
    done = subprocess.run(
        [COMPILER, *OPTIONS, *map(str, SCRIPTS)], check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout


def test_our_scripts_are_few_lines_and_make_no_markup_or_code_of_text() -> None:
    texts = {file.name: file.read_text("utf-8") for file in SCRIPTS}
    assert sum(text.count("\n") for text in texts.values()) <= MOST_LINES
    unsafe = re.compile(r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function|\.style\s*=")
    assert {name: unsafe.findall(text) for name, text in texts.items() if unsafe.search(text)} == {}


def test_every_function_of_a_script_says_what_it_takes() -> None:
    """A function with parameters has a comment with their types; the compiler would take them for anything."""
    untyped = []
    for file in SCRIPTS:
        lines = file.read_text("utf-8").splitlines()
        for place, line in enumerate(lines):
            named = re.match(r"(?:export )?(?:async )?function (\w+)\((\w[^)]*)\)", line)
            if named and "@param" not in "\n".join(lines[max(0, place - 6) : place]):
                untyped.append(f"{file.name}: {named[1]}")
    assert untyped == []
