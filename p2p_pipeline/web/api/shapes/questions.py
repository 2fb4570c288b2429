"""`/questions`: the ready questions about all of a venue."""

from __future__ import annotations

from pydantic import JsonValue

from p2p_pipeline.web.api.shapes.units import Paged, Shape


class QuestionParameter(Shape):
    """What a question takes in the address."""

    name: str
    default: JsonValue
    """Null: it finds its value by itself."""
    meaning: str


class ReadyQuestion(Shape):
    """One question that can be asked."""

    name: str
    question: str
    parameters: list[QuestionParameter]


class ReadyQuestions(Shape):
    """All of them."""

    items: list[ReadyQuestion]


class QuestionAnswer(Paged):
    """A table: each row has the columns by name. Money is text, statistics are numbers, spans of time are seconds."""

    columns: list[str]
    items: list[dict[str, JsonValue]]
