"""List the questions and ask them: `answer(connection, question_named("teasers"), fiat="VND")`."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from psycopg import Connection

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.told import Told

_PARAMETER = re.compile(r"(?P<name>\w+) (?P<type>[\w\[\] ]+) = (?P<default>'[^']*'|[^\s:]+): (?P<meaning>.+)")
_RELIANCE = re.compile(r"(?P<table>\w+): (?P<access>\w+)(?:, at most (?P<partitions>\d+) partitions?)?")


class QuestionError(ClearError):
    """The question can't be asked so; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a question can be asked with."""

    name: str
    type_name: str
    """PostgreSQL's name of the type."""
    default: Any
    """None where the question finds a value by itself."""
    default_text: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Reliance:
    """How a table is read when the question is fast; a test holds the plan to it."""

    table: str
    index: str | None
    """None for a small table that is read as a whole."""
    most_partitions: int | None
    """How many of the table's partitions are looked into, over a month."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    name: str
    title: str
    notes: str
    """More than the title says; may be empty."""
    parameters: tuple[Parameter, ...]
    reliances: tuple[Reliance, ...]
    sql: str

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters, those not given with their defaults. Raises QuestionError for one it doesn't have."""
        known = {parameter.name: parameter.default for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise QuestionError(
                    "{question} has no parameter {name!r}; it has {known}",
                    question=self.name,
                    name=name,
                    known=", ".join(known) or Told("none"),
                )
        return known | dict(given)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the warehouse says."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@cache
def all_questions() -> tuple[Question, ...]:
    """In their order."""
    folder = resources.files("p2p_pipeline.p2p.warehouse.questions")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(read_question(name[3:-4], (folder / name).read_text(encoding="utf-8")) for name in names)


def question_named(name: str) -> Question:
    """One of them; raises QuestionError with the names there are."""
    for question in all_questions():
        if question.name == name:
            return question
    names = ", ".join(question.name for question in all_questions())
    raise QuestionError("there is no question {name!r}; there are {names}", name=name, names=names)


def answer(connection: Connection[Any], question: Question, **given: Any) -> Answer:
    """Ask a question; what is not given has its default."""
    values = question.values(given)
    with connection.transaction():
        # Each reads little: starting workers takes longer than they save (63 ms against 8 for offers_of_a_batch).
        connection.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        cursor = connection.execute(question.sql, values)
    return Answer(tuple(column.name for column in cursor.description or ()), cursor.fetchall())


def read_question(name: str, text: str) -> Question:
    """Read a file: a header of comments, then SQL. Raises ValueError where the header is not as it should be."""
    lines = text.splitlines()
    end = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    header = [line.removeprefix("--").removeprefix(" ") for line in lines[:end]]
    parameters_at, reliances_at = header.index("Parameters:"), header.index("Relies on:")
    title, *notes = "\n".join(header[:parameters_at]).strip().split("\n\n", 1)
    return Question(
        name,
        Told(title.replace("\n", " ")),
        Told(notes[0].replace("\n", " ") if notes else ""),
        tuple(_parameter(line) for line in header[parameters_at + 1 : reliances_at] if line.strip()),
        tuple(_reliance(line) for line in header[reliances_at + 1 :] if line.strip()),
        "\n".join(lines[end:]) + "\n",
    )


def _parameter(line: str) -> Parameter:
    found = _PARAMETER.fullmatch(line.strip())
    if found is None:
        raise ValueError(f"a parameter was {line.strip()!r}; write it as `name type = default: meaning`")
    text = found["default"]
    default = None if text == "NULL" else ast.literal_eval(text)
    return Parameter(found["name"], found["type"], default, text, Told(found["meaning"]))


def _reliance(line: str) -> Reliance:
    found = _RELIANCE.fullmatch(line.strip())
    if found is None:
        raise ValueError(f"a reliance was {line.strip()!r}; write it as `table: index, at most n partitions`")
    partitions = found["partitions"]
    index = None if found["access"] == "whole" else found["access"]
    return Reliance(found["table"], index, int(partitions) if partitions else None)
