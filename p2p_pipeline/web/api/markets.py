"""`/api/v1/markets`: all markets that are known here, one of them, and what a usual amount costs in those watched."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from p2p_pipeline.p2p.answers.asked import asked_market
from p2p_pipeline.p2p.answers.board import board_rows
from p2p_pipeline.p2p.metrics.markets.figures import MarketFigures
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.data_versions import raw_version
from p2p_pipeline.web.api.paging import Key, Page, PageAsked, answer_page, cursors_of, page_of
from p2p_pipeline.web.api.shapes.market import MarketInFull
from p2p_pipeline.web.api.shapes.markets import Board, KnownMarkets
from p2p_pipeline.web.downloads import AS_FILES, Format, file_of
from p2p_pipeline.web.listed_markets import listed_markets
from p2p_pipeline.web.market_told import market_told
from p2p_pipeline.web.markets_asked import MarketFilter

router = APIRouter(tags=["markets"])


class MarketsAsked(PageAsked, MarketFilter):
    """Which of the markets."""

    format: Format = Field(Format.JSON, description="`csv` and `parquet` are files of all of them.")


@router.get(
    "/markets",
    response_model=KnownMarkets,
    responses=AS_FILES,
    summary="All known markets in figures, and the profiles",
)
async def list_markets(request: Request, asked: Annotated[MarketsAsked, Query()]) -> Response:
    """By key: both sides' best prices and depth, spread, premium, how many offers and advertisers, how old it is.

    `known_from` is `sweep` (the warehouse), `book` (the newest books) or `nowhere` (watched, nothing collected yet).
    `missing` says why there is nothing of sweeps.
    """
    edges = edges_of(request)
    cursor = cursors_of(request).read(asked.cursor)
    listed = await listed_markets(edges)
    shown = [one for one in listed.markets if asked.admits(one.market)]
    if asked.format is not Format.JSON:
        return file_of([one.to_row() for one in shown], asked.format, "markets").answer()

    def found() -> tuple[Page[Any], dict[str, Any]]:
        page = page_of(shown, _key, asked.limit, cursor)
        told = {
            "profiles": [profile.name for profile in edges.settings.all_profiles()],
            "missing": listed.missing or None,
        }
        return Page([listed.to_json(one) for one in page.items], page.next), told

    return await answer_page(request, lambda: listed.version, found)


def _key(one: MarketFigures) -> Key:
    return (one.market.key,)


@router.get("/markets/{market_key}", response_model=MarketInFull, summary="One market in full")
async def get_market(request: Request, market_key: Annotated[str, Path(max_length=40)]) -> Response:
    """Its figures and places among others, its newest books in short, and its last weeks hour by hour."""
    told = await market_told(edges_of(request), asked_market(market_key))
    return await answer(request, lambda: told.version, told.to_json)


@router.get("/board", response_model=Board, summary="Every watched market side at a usual amount", tags=["now"])
async def get_board(request: Request) -> Response:
    """For each market side: what a usual amount costs, spread, depth within 1 %, and whether the data is sound."""
    edges = edges_of(request)

    def found() -> dict[str, Any]:
        now, stale_after = edges.now(), edges.settings.quality.stale_after_seconds
        rows = board_rows(edges.desk, edges.reader, edges.settings, now)
        return {"asked_at": now, "rows": [row.to_json(stale_after) for row in rows]}

    return await answer(request, lambda: raw_version(edges), found)
