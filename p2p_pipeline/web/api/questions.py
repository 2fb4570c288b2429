"""`/api/v1/questions`: the ready questions about all of a venue, from the warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.swept_markets import PATIENCE_SECONDS
from p2p_pipeline.p2p.answers.warehouse_questions import ask_warehouse
from p2p_pipeline.p2p.warehouse.questions.catalogue import all_questions
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.paging import MOST, USUAL, Page, answer_page, cursors_of, page_of_answer
from p2p_pipeline.web.api.shapes.questions import QuestionAnswer, ReadyQuestions
from p2p_pipeline.web.downloads import AS_FILES, Format, file_of
from p2p_pipeline.web.listed_markets import warehouse_version
from p2p_pipeline.web.workers import Lane

router = APIRouter(tags=["markets"])


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
    """Its parameters stand in the address as `/api/v1/questions` lists them; `limit` rows from `cursor` on.

    `format` is json, csv or parquet; a file has all rows.
    """
    edges, given = edges_of(request), dict(request.query_params)
    limit, wanted = _limit(given.pop("limit", str(USUAL))), _format(given.pop("format", Format.JSON.value))
    place = cursors_of(request).read(given.pop("cursor", ""))

    def rows() -> tuple[tuple[str, ...], list[Mapping[str, Any]]]:
        answered = ask_warehouse(edges.paths, name, given, patience_seconds=PATIENCE_SECONDS)
        return answered.columns, [dict(zip(answered.columns, row, strict=True)) for row in answered.rows]

    if wanted is not Format.JSON:
        asked = (request.url.path, str(request.query_params))
        made = await edges.workers.ask(asked, lambda: file_of(rows()[1], wanted, name), lane=Lane.WAREHOUSE)
        return made.answer()

    def found() -> tuple[Page[Any], dict[str, Any]]:
        columns, told = rows()
        return page_of_answer(told, limit, place), {"columns": columns}

    return await answer_page(request, lambda: warehouse_version(edges), found, Lane.WAREHOUSE)


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST:
        raise InvalidInput("limit was {text!r}; it is a whole number from 1 to {most}", text=text[:40], most=MOST)
    return int(text)


def _format(text: str) -> Format:
    if text not in list(Format):
        raise InvalidInput("format was {text!r}; it is one of {format}", text=text[:40], format=", ".join(Format))
    return Format(text)
