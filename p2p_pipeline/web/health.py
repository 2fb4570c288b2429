"""`/health/live` and `/health/ready`: whether the service runs, and whether what it would say is of now."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from p2p_pipeline.exchanges.answers.health import summed
from p2p_pipeline.p2p.answers.board import board_rows
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.api.document import API
from p2p_pipeline.web.api.shapes.health import Live, Ready
from p2p_pipeline.web.bodies import ExactJson
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.scanned import Scanned, scanned

router = APIRouter(tags=["health"])
"""Whether it lives, which is no secret: a balancer asks without a token."""
known = APIRouter(tags=["health"])
"""What it says of markets and venues is for those who may ask."""


@router.get("/health/live", response_model=Live, summary="Whether the service runs")
async def live() -> ExactJson:
    """Always 200 while the service answers at all."""
    return ExactJson({"status": "live"})


@known.get("/health", summary="The same as /health/ready", include_in_schema=False)
@known.get(f"{API}/health", summary="The same as /health/ready", include_in_schema=False)
@known.get(
    "/health/ready",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "Not of now: a reason for each market side."}},
    summary="Whether the data is of now, with reasons when not",
)
async def ready(request: Request) -> ExactJson:
    """200 when every watched market side is sound; 503 with a reason for each that isn't; and how the exchanges are."""
    edges = edges_of(request)
    reasons = await edges.workers.ask("ready", lambda: _reasons(edges))
    status = "ready" if not reasons else "not_ready"
    exchanges = _exchanges(await run_in_threadpool(scanned, edges))
    told = {"status": status, "reasons": reasons, "exchanges": exchanges}
    return ExactJson(told, status_code=200 if not reasons else 503)


def _exchanges(now: Scanned) -> dict[str, Any]:
    board = now.board
    return {
        "is_going_on": board is not None and not now.is_stale,
        "as_of": board.scan.at if board else None,
        "age_seconds": round(now.age_seconds, 3) if board else None,
        "working": summed(board).live if board else 0,
        "states": {one.name: one.state for one in board.exchanges} if board else {},
    }


def _reasons(edges: Edges) -> list[dict[str, Any]]:
    rows = board_rows(edges.desk, edges.reader, edges.settings, edges.now())
    return [{"of": str(row.market_side), "reason": row.trouble} for row in rows if not row.is_sound]
