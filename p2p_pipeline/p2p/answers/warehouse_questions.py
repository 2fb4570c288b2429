"""A ready question to the warehouse, asked with what a person wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.markets import parse_time
from p2p_pipeline.p2p.warehouse.existing import existing_warehouse
from p2p_pipeline.p2p.warehouse.questions.catalogue import Answer, Parameter, QuestionError, answer, question_named
from p2p_pipeline.p2p.warehouse.revisions import require_current
from p2p_pipeline.postgres.connection import connected

_CODES = ("fiat", "asset", "reference_fiat", "to_fiat", "side")
"""Parameters that are codes, which are capital letters everywhere here."""


def ask_warehouse(paths: DataPaths, name: str, given: Mapping[str, str], *, patience_seconds: float = 120.0) -> Answer:
    """The answer to a question of that name; values as texts, those not given have their defaults.

    Raises QuestionError for a name or value that can't be, WarehouseError where there is no warehouse to ask.
    """
    question = question_named(name)
    question.values(given)
    parameters = {parameter.name: parameter for parameter in question.parameters}
    values = {key: _value(parameters[key], text) for key, text in given.items()}
    with connected(existing_warehouse(paths), program="p2p ask", patience_seconds=patience_seconds) as connection:
        require_current(connection)
        return answer(connection, question, **values)


def read_values(words: Iterable[str]) -> dict[str, str]:
    """Values as they stand in a command: `--fiat RUB`, `--fiat=RUB` or `fiat=RUB`. Raises QuestionError for others."""
    found: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        name, has_value, value = word.removeprefix("--").partition("=")
        if not has_value:
            value = next(rest, "") if word.startswith("--") else ""
            if not value:
                raise QuestionError(
                    "a parameter was {word!r}; write it as {name}=value or --name value", word=word, name=name or "name"
                )
        found[name.replace("-", "_")] = value
    return found


def _value(parameter: Parameter, text: str) -> Any:
    kind = parameter.type_name
    try:
        if kind in {"integer", "bigint"}:
            return int(text)
        if kind == "numeric":
            return _number(text)
        if kind == "numeric[]":
            return [_number(part) for part in text.strip("{}").split(",")]
        if kind == "timestamptz":
            return parse_time(text)
    except (ValueError, InvalidOperation):
        wanted = {
            "numeric[]": Told("numbers with commas between them"),
            "timestamptz": Told("a time such as 2026-09-01T12:00Z"),
        }
        raise QuestionError(
            "{parameter} was {text!r}; it is {meaning}: write {wanted}",
            parameter=parameter.name,
            text=text,
            meaning=parameter.meaning,
            wanted=wanted.get(kind, Told("a number")),
        ) from None
    return text.upper() if parameter.name in _CODES else text


def _number(text: str) -> Decimal:
    found = Decimal(text.strip())
    if not found.is_finite():
        raise InvalidOperation
    return found
