"""`/api/v1/questions`: the ready questions about all of a venue, from the warehouse."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.warehouse_questions import ask_warehouse
from p2p_pipeline.p2p.warehouse.questions.catalogue import all_questions
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.bodies import ExactJson
from p2p_pipeline.web.downloads import Format, file_of

router = APIRouter(tags=["markets"])

LIMIT, MOST = 100, 1000


@router.get("/questions", summary="The ready questions to the warehouse, with their parameters")
async def list_questions() -> ExactJson:
    """What can be asked of all of a venue; a parameter without a default finds its value by itself."""
    return ExactJson(
        {
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
        }
    )


@router.get("/questions/{name}", summary="The answer to one of them")
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
        raise InvalidInput("limit was {text!r}; it is a whole number from 1 to {most}", text=text[:40], most=MOST)
    return int(text)


def _format(text: str) -> Format:
    if text not in list(Format):
        raise InvalidInput("format was {text!r}; it is one of {format}", text=text[:40], format=", ".join(Format))
    return Format(text)
