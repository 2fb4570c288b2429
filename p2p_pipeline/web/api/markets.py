"""`/api/v1/markets`: which markets are watched, and what each amount costs there now."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.board import board_rows
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import raw_version
from p2p_pipeline.web.api.shapes.markets import Board, WatchedMarkets

router = APIRouter(tags=["now"])


@router.get("/markets", response_model=WatchedMarkets, summary="Watched markets, with profiles")
async def list_markets(request: Request) -> Response:
    """The markets of the settings and the names of the profiles."""
    edges = edges_of(request)

    def found() -> dict[str, Any]:
        watched = [one.market for one in edges.settings.markets]
        return {
            "items": [
                {"market_key": one.key, "venue": one.venue, "asset": one.asset, "fiat": one.fiat} for one in watched
            ],
            "profiles": [profile.name for profile in edges.settings.all_profiles()],
        }

    return await answer(request, lambda: "settings", found)


@router.get("/board", response_model=Board, summary="Every watched market side at a usual amount")
async def get_board(request: Request) -> Response:
    """For each market side: what a usual amount costs, spread, depth within 1 %, and whether the data is sound."""
    edges = edges_of(request)

    def found() -> dict[str, Any]:
        now, stale_after = edges.now(), edges.settings.quality.stale_after_seconds
        rows = board_rows(edges.desk, edges.reader, edges.settings, now)
        return {"asked_at": now, "rows": [row.to_json(stale_after) for row in rows]}

    return await answer(request, lambda: raw_version(edges), found)
