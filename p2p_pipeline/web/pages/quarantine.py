"""`/quality/quarantine`: what could not be trusted, page by page, back to its bytes."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request
from pydantic import Field, ValidationError
from starlette.responses import Response

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.quarantine import QuarantinedRecord, QuarantinePage, quarantine_page, quarantined_record
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.api.data_versions import lake_version
from p2p_pipeline.web.asked import Asked, sentence_of
from p2p_pipeline.web.pages.rendering import address, render

router = APIRouter(include_in_schema=False)

MOST_BODY_CHARACTERS = 20_000
PATH = "/quality/quarantine"


class QuarantineAsked(Asked):
    """Which records."""

    market: str = Field("", max_length=40)
    reason: str = Field("", max_length=60)
    page: int = Field(1, ge=1, le=1_000_000)


@router.get(PATH)
async def list_page(request: Request) -> Response:
    """The records of the last week; its address is its whole state."""
    edges = edges_of(request)
    given = {name: value for name, value in request.query_params.items() if name in QuarantineAsked.model_fields}
    try:
        asked = QuarantineAsked.model_validate({name: value for name, value in given.items() if value})
    except ValidationError as error:
        raise InvalidInput(sentence_of(error.errors())) from None
    view: QuarantinePage = await edges.workers.ask_once(
        ("quarantine page", *sorted(given.items())),
        lake_version(edges),
        lambda: quarantine_page(edges.lake, edges.now().date(), asked.market, asked.reason, asked.page),
    )

    def with_values(**values: object) -> str:
        chosen = {"market": asked.market, "reason": asked.reason, "page": "", **values}
        return address(PATH, {name: "" if value == 1 else value for name, value in chosen.items()})

    return render(request, "quarantine.html", view=view, asked=asked, with_values=with_values)


@router.get(PATH + "/{capture_id:path}/{ordinal:int}")
async def record_page(request: Request, capture_id: str, ordinal: int) -> Response:
    """One record with its reason, and the answer it came in."""
    edges = edges_of(request)
    found = await edges.workers.ask(
        ("quarantine", capture_id, ordinal), lambda: quarantined_record(edges.lake, edges.reader, capture_id, ordinal)
    )
    return render(request, "quarantined.html", found=found, body=_body_text(found))


def _body_text(found: QuarantinedRecord) -> str:
    """The record alone where the answer is a list that has it; else the whole answer, cut."""
    body = found.capture.body
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")[:MOST_BODY_CHARACTERS]
    record = _record_in(told, found.row["ordinal"])
    return orjson.dumps(told if record is None else record, option=orjson.OPT_INDENT_2).decode()[:MOST_BODY_CHARACTERS]


def _record_in(told: Any, ordinal: int) -> Any:
    result = told.get("result") if isinstance(told, dict) else None
    lists = [told.get("data") if isinstance(told, dict) else None]
    lists += [result.get("items")] if isinstance(result, dict) else []
    return next((one[ordinal] for one in lists if isinstance(one, list) and 0 <= ordinal < len(one)), None)
