"""`/metrics`: how the program is, in Prometheus' words; the same numbers as `p2p metrics print`, but Dagster's."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from p2p_pipeline.monitoring.exposition import build_registry
from p2p_pipeline.p2p.warehouse.existing import existing_warehouse
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.workers import Lane

AS_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"description": "In Prometheus' words.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}
router = APIRouter(tags=["health"])


@router.get("/metrics", summary="Prometheus metrics", response_class=Response, responses=AS_TEXT)
async def metrics(request: Request) -> Response:
    """Everything is read when it is asked for."""
    edges = edges_of(request)
    text = await edges.workers.ask("metrics", lambda: _text(edges), lane=Lane.WAREHOUSE)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _text(edges: Edges) -> bytes:
    registry = build_registry(edges.paths, lambda: existing_warehouse(edges.paths), None, keeps_totals=False)
    return generate_latest(registry)
