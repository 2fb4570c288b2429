"""Every text that a page may show, as it stands in templates and code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir

from p2p_pipeline.p2p.quality.properties import PROPERTIES
from p2p_pipeline.p2p.warehouse.questions.catalogue import all_questions
from p2p_pipeline.paper.configuration.parameters import parameters
from p2p_pipeline.paper.configuration.presets import presets
from p2p_pipeline_tests.shared_files import REPOSITORY

Message = str | tuple[str, str]
"""A text, or its two forms of a number."""
PROGRAM = REPOSITORY / "p2p_pipeline"
NO_PAGE_SHOWS = {
    "client": "tells programs",
    "commands": "prints in English",
    "orchestration": "tells Dagster's pages, which are English",
    "monitoring": "tells logs and tools",
    "p2p/actions": "is started by commands and Dagster",
    "p2p/capture": "collects; what pages tell of it are its outcomes",
    "p2p/plots": "draws for commands",
    "p2p/simulator": "is asked by nobody but tests and demos",
    "p2p/raw/recordings.py": "imports, for a command",
    "p2p/raw/recording_lines.py": "imports, for a command",
    "p2p/metrics/history/series_file.py": "imports, for a command",
    "p2p/metrics/history/settling.py": "imports, for a command",
    "p2p/steps/import_series.py": "imports, for a command",
    "p2p/steps/each_market.py": "tells of making tables, which no page starts",
    "p2p/offers/payment_methods.py": "reads the map that is in the package; a mistake in it is ours",
    "p2p/quality/warehouse": "verifies, for commands and Dagster",
    "p2p/warehouse/load.py": "loads, which no page starts",
    "p2p/warehouse/pending.py": "loads, which no page starts",
    "p2p/warehouse/rebuild.py": "loads, which no page starts",
    "p2p/warehouse/retention.py": "drops days, which no page starts",
    "p2p/warehouse/subworkers": "load, which no page starts",
    "kernel/settings_file.py": "reads the settings, before there are pages",
    "lake/sql.py": "answers `p2p sql`",
    "lake/reading_only.py": "answers `p2p sql`",
    "p2p/raw/stored.py": "writes, which no page does",
    "p2p/raw/store.py": "writes, which no page does",
    "p2p/raw/folder.py": "writes, which no page does",
    "exchanges/answers/checkup.py": "answers `p2p doctor`",
    "exchanges/venues": "are read by the service",
    "exchanges/settings.py": "reads the settings, before there are pages",
    "exchanges/frames": "are kept and read by the service and commands",
    "exchanges/books": "are made by the service",
    "exchanges/identity": "is worked out by the service",
    "exchanges/scan": "is the service's",
    "exchanges/simulator": "is asked by nobody but tests and demos",
    "exchanges/tables": "are written by the service",
    "exchanges/hot_store": "gives no board where it can't be read",
    "exchanges/execution": "is used by nobody yet",
    "exchanges/replay": "answers commands",
    "exchanges/backtest": "answers commands and Dagster",
    "exchanges/connections": "are the service's, which tells of an exchange by its last error",
    "exchanges/funnel": "is the service's",
    "exchanges/service": "runs, which no page does",
    "exchanges/actions": "run, which no page does",
    "paper/wire": "reads frames, which no page does",
    "paper/machine": "decides; what it says stands in the log",
    "paper/log": "answers `p2p paper verify`",
    "paper/replay": "answers `p2p paper replay`",
    "paper/columns": "answers sweeps",
    "paper/sweeps": "answer Dagster",
    "paper/actions/recorded_days.py": "cuts days for sweeps",
    "paper/actions/recordings.py": "finds recordings for sweeps",
    "paper/actions/sweeping.py": "runs sweeps, for a command and Dagster",
    "paper/live": "runs, which no page does",
    "paper/actions/replaying.py": "answers `p2p paper replay`",
    "paper/sessions/recorded.py": "finds what `p2p paper replay` is told of",
    "paper/actions/resuming.py": "answers `p2p paper resume`",
    "paper/settings.py": "tells a mistake by its line; the form has words of its own",
    "web/live": "tells programs why a socket was closed",
    "web/guard/access.py": "refuses before there is a page",
    "p2p/proxies.py": "is asked where venues are",
}
"""Rooms and files whose sentences reach no page, each with its reason."""


def shown_files() -> Iterator[Path]:
    """The program's files whose sentences a page may show."""
    for file in sorted(PROGRAM.rglob("*.py")):
        name = file.relative_to(PROGRAM).as_posix()
        if not any(name == room or name.startswith(f"{room}/") for room in NO_PAGE_SHOWS):
            yield file


@cache
def told_kinds() -> frozenset[str]:
    """Told and the errors written for people, by name: what takes a template and its values."""
    bases = {
        name: set(re.findall(r"\w+", above))
        for file in PROGRAM.rglob("*.py")
        for name, above in re.findall(r"^class (\w+)\(([^)]*)\):", file.read_text("utf-8"), re.MULTILINE)
    }
    found = {"ClearError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return frozenset(found)


@cache
def messages() -> tuple[tuple[str, Message], ...]:
    """Each text with the file that has it."""
    return tuple(_messages())


def _messages() -> Iterator[tuple[str, Message]]:
    found = extract_from_dir(
        PROGRAM / "web",
        method_map=[("**.py", "python"), ("**.html", "jinja2")],
        options_map={"**.html": {"trimmed": "false", "newstyle_gettext": "true"}},
        keywords={"text": None, "many": (1, 2), "_": None, "gettext": None, "ngettext": (1, 2)},
    )
    for name, _, message, *_ in found:
        yield name, message if isinstance(message, str) else (message[0], message[1])
    for question in all_questions():
        texts = [question.title, question.notes, *(parameter.meaning for parameter in question.parameters)]
        yield from ((f"the question {question.name}", str(text)) for text in texts if text)
    yield from (("the list of checks", one.description) for one in PROPERTIES)
    for one in parameters().values():
        yield from (
            (f"the parameter {one.path}", text) for text in (one.title, one.meaning, one.unit) if text.strip("%USDT")
        )
    yield from ((f"the preset {one.name}", text) for one in presets().values() for text in (one.title, one.meaning))
    for file in shown_files():
        for call in told_calls(file):
            # The first of an UntrustedError is its code.
            args = call.args[1:] if name_of(call) == "UntrustedError" else call.args
            texts = [one.value for one in args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if texts and texts[0]:
                is_plural = name_of(call) == "Told" and len(texts) > 1
                yield str(file.relative_to(PROGRAM)), (texts[0], texts[1]) if is_plural else texts[0]


@cache
def told_calls(file: Path) -> tuple[ast.Call, ...]:
    """Where a file makes a sentence for people: a Told, an error, or what an error's own class makes of its values."""
    kinds, text = told_kinds() | {"Told", "UntrustedError"}, file.read_text("utf-8")
    if kinds.isdisjoint(re.findall(r"\w+", text)):
        return ()
    nodes = list(ast.walk(ast.parse(text)))
    own = [node for node in nodes if isinstance(node, ast.ClassDef) and node.name in told_kinds()]
    within = {id(node) for one in own for node in ast.walk(one) if isinstance(node, ast.Call) and _is_base(node)}
    return tuple(
        node for node in nodes if isinstance(node, ast.Call) and (name_of(node) in kinds or id(node) in within)
    )


def name_of(call: ast.Call) -> str:
    """What is called."""
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _is_base(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and ast.unparse(call.func) == "super().__init__"
