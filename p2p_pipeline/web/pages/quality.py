"""`/quality`: was everything collected, and what could not be trusted, back to its bytes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.quarantine import MOST_SHOWN, QuarantinedRecord, quarantined, quarantined_record
from p2p_pipeline.p2p.answers.slots import SlotLine, slot_lines
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

MOST_BODY_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class QualityView:
    """The page's values."""

    lines: list[SlotLine]
    rows: list[dict[str, Any]]
    reasons: list[tuple[str, int]]
    """How often each, most often first."""


@router.get("/quality")
async def quality_page(request: Request) -> Response:
    """The page."""
    edges = edges_of(request)
    view = await edges.workers.ask("quality page", lambda: _view(edges))
    return render(request, "quality.html", view=view)


@router.get("/quality/quarantine/{capture_id:path}/{ordinal:int}")
async def record_page(request: Request, capture_id: str, ordinal: int) -> Response:
    """One record with its reason, and the answer it came in."""
    edges = edges_of(request)
    found = await edges.workers.ask(
        ("quarantine", capture_id, ordinal), lambda: quarantined_record(edges.lake, edges.reader, capture_id, ordinal)
    )
    return render(request, "quarantined.html", found=found, body=_body_text(found))


def _view(edges: Edges) -> QualityView:
    rows = list(islice(quarantined(edges.lake, edges.now().date()), MOST_SHOWN))
    reasons = Counter(str(row["reason"]) for row in rows)
    return QualityView(slot_lines(edges.reader, edges.lake, edges.settings, edges.now()), rows, reasons.most_common())


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
