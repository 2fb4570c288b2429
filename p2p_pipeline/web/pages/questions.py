"""`/questions` and `/questions/{name}`: the ready questions to the warehouse, with form, answer and SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.p2p.answers.swept_markets import PATIENCE_SECONDS
from p2p_pipeline.p2p.answers.warehouse_questions import ask_warehouse
from p2p_pipeline.p2p.warehouse.questions.catalogue import (
    Answer,
    Question,
    QuestionError,
    all_questions,
    question_named,
)
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.cells import Cell, cells_of
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.problems import STATUS, Code
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.question_texts import question_texts
from p2p_pipeline.web.workers import Lane

router = APIRouter(include_in_schema=False)

MOST_ROWS = 100
"""On the page; a file has all."""
SIDES = ("BUY", "SELL")


@dataclass(frozen=True, slots=True)
class QuestionView:
    """The page's values."""

    question: Question
    given: Mapping[str, str]
    notices: tuple[str, ...]
    answer: Answer | None
    mistake: str = ""
    missing: str = ""

    @property
    def status(self) -> int:
        """Of the HTTP answer."""
        return 400 if self.mistake else 200

    def value_of(self, name: str, default: str) -> str:
        """What stands in a field: what was given, else what is asked without."""
        return self.given.get(name) or ("" if default == "NULL" else default.strip("'{}"))


@router.get("/questions")
async def questions_page(request: Request) -> Response:
    """All of them."""
    edges = edges_of(request)
    words = Words(reader_of(request, edges.settings.timezone).language)
    return render(request, "questions.html", questions=all_questions(), texts=question_texts(words))


@router.get("/questions/{name}")
async def question_page(request: Request, name: str) -> Response:
    """One of them, answered with what stands in the address, else with its usual values."""
    edges = edges_of(request)
    reader = reader_of(request, edges.settings.timezone)
    words = Words(reader.language)
    try:
        question = question_named(name)
    except QuestionError as error:
        return render(
            request,
            "not_here.html",
            status=STATUS[Code.NOT_FOUND],
            title=words.text("There is no such question"),
            told=str(error),
            back="/questions",
            back_name=words.text("All questions"),
        )
    known = {parameter.name for parameter in question.parameters}
    values = {key: value.strip() for key, value in request.query_params.items() if value.strip()}
    notices = tuple(sorted(values.keys() - known))
    view = await _answered(edges, question, {key: values[key] for key in values if key in known}, notices)
    figures, now = Figures(words, reader.zone), edges.now()
    rows: list[list[Cell]] = []
    if view.answer is not None:
        rows = [cells_of(view.answer.columns, row, figures, now) for row in view.answer.rows[:MOST_ROWS]]
    return render(
        request,
        "question.html",
        status=view.status,
        view=view,
        rows=rows,
        texts=question_texts(words),
        sides=SIDES,
        source=address(f"/api/v1/questions/{name}", dict(view.given)),
    )


async def _answered(edges: Edges, question: Question, given: dict[str, str], notices: tuple[str, ...]) -> QuestionView:
    asked = ("question page", question.name, *sorted(given.items()))
    try:
        found = await edges.workers.ask(
            asked,
            lambda: ask_warehouse(edges.paths, question.name, given, patience_seconds=PATIENCE_SECONDS),
            lane=Lane.WAREHOUSE,
        )
    except QuestionError as error:
        return QuestionView(question, given, notices, None, mistake=str(error))
    except ClearError as error:
        return QuestionView(question, given, notices, None, missing=str(error))
    return QuestionView(question, given, notices, found)
