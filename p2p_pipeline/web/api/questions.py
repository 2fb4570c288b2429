"""`/api/v1/questions`: the ready questions about all of a venue, from the warehouse."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.warehouse_questions import ask_warehouse
from p2p_pipeline.p2p.warehouse.questions.catalogue import all_questions
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.shapes.questions import QuestionAnswer, ReadyQuestions
from p2p_pipeline.web.bodies import ExactJson
from p2p_pipeline.web.downloads import AS_FILES, Format, file_of

router = APIRouter(tags=["markets"])

LIMIT, MOST = 100, 1000


@router.get("/questions", response_model=ReadyQuestions, summary="The ready questions, with their parameters")
async def list_questions(request: Request) -> Response:
    """What can be asked of all of a venue, from the warehouse; a parameter without a default finds its value itself."""
    return await answer(
        request,
        lambda: "catalogue",
        lambda: {
            "items": [
                {
                    "name": one.name,
                    "question": one.title,
                    "parameters": [
                        {"name": each.name, "default": each.default, "meaning": each.meaning} for each in one.parameters
                    ],
                }
                for one in all_questions()
            ]
        },
        is_kept=True,
    )


@router.get("/questions/{name}", response_model=QuestionAnswer, responses=AS_FILES, summary="The answer to one of them")
async def ask_question(request: Request, name: Annotated[str, Path(max_length=80)]) -> Response:
    """Its parameters stand in the address as `/api/v1/questions` lists them; `limit` rows, `format` json, csv, parquet.

    `is_cut` says that there are more rows than `limit` let through.
    """
    edges, given = edges_of(request), dict(request.query_params)
    limit, wanted = _limit(given.pop("limit", str(LIMIT))), _format(given.pop("format", Format.JSON.value))
    asked = ("question", name, *sorted(given.items()))
    found = await edges.workers.ask(asked, lambda: ask_warehouse(edges.paths, name, given))
    rows: list[dict[str, Any]] = [dict(zip(found.columns, row, strict=True)) for row in found.rows[:limit]]
    if wanted is not Format.JSON:
        return file_of(rows, wanted, name)
    return ExactJson({"columns": found.columns, "items": rows, "is_cut": len(found.rows) > limit})


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST:
        raise InvalidInput(f"limit was {text[:40]!r}; it is a whole number from 1 to {MOST}")
    return int(text)


def _format(text: str) -> Format:
    if text not in list(Format):
        raise InvalidInput(f"format was {text[:40]!r}; it is one of {', '.join(Format)}")
    return Format(text)
