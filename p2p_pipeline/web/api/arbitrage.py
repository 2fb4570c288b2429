"""`/api/v1/opportunities`, `/matrix`, `/exchanges`, `/cycles`: the newest scan of the exchanges' order books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, WithJsonSchema
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from p2p_pipeline.exchanges.answers.kept import signals_kept
from p2p_pipeline.exchanges.answers.matrix import matrix_of
from p2p_pipeline.exchanges.answers.opportunities import (
    NoOpportunity,
    OpportunityFilter,
    asked_filter,
    chosen,
    opportunity_of,
    order_of,
    quarantined,
)
from p2p_pipeline.exchanges.answers.telling import (
    cycle_told,
    exchange_told,
    matrix_told,
    opportunity_told,
    opportunity_unfolded,
    spatial_told,
    watched_told,
)
from p2p_pipeline.exchanges.board import Board, SeenOpportunity
from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.venues.connector import NAMES
from p2p_pipeline.web.api.answering import answer, edges_of
from p2p_pipeline.web.api.paging import Key, Page, PageAsked, answer_page, cursors_of, cut_to, page_of
from p2p_pipeline.web.api.shapes.arbitrage import (
    Cycles,
    EdgeMatrix,
    Exchanges,
    KeptSignals,
    Opportunities,
    OpportunityInFull,
    Quarantined,
)
from p2p_pipeline.web.asked import Asked
from p2p_pipeline.web.scanned import KEPT_SECONDS, Scanned, scanned
from p2p_pipeline.web.workers import Lane

router = APIRouter(tags=["arbitrage"])
alias = APIRouter(include_in_schema=False)
"""The address that has no version in it."""

ExchangeName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(NAMES)})]
PathName = Annotated[str, Path(max_length=20)]


class FilterAsked(Asked):
    """Which opportunities."""

    buy: ExchangeName = Field("", max_length=20, description="Only those that buy at this exchange.")
    sell: ExchangeName = Field("", max_length=20, description="Only those that sell at this exchange.")
    symbol: str = Field("", max_length=30, description="`SOL/USDT`, or `SOL` against any quote.", examples=["SOL"])
    min_edge_pct: Decimal | None = Field(
        None, ge=-100, le=1000, allow_inf_nan=False, description="Only those whose net edge is this or more, per cent."
    )
    transfer: Transfer | None = Field(None, description="Only those with this answer to whether it can be sent.")

    def wanted(self) -> OpportunityFilter:
        """The filter; raises InvalidInput."""
        edge = "" if self.min_edge_pct is None else str(self.min_edge_pct)
        return asked_filter(self.buy, self.sell, self.symbol, edge, self.transfer or "")


class OpportunitiesAsked(PageAsked, FilterAsked):
    """Which of them, and which page."""


def _key(one: SeenOpportunity) -> Key:
    return order_of(one)


@alias.get("/api/opportunities")
@router.get("/opportunities", response_model=Opportunities, summary="What could be earned now, after all costs")
async def list_opportunities(request: Request, asked: Annotated[OpportunitiesAsked, Query()]) -> Response:
    """Buying at one exchange and selling at another, best net edge first; nothing here places an order.

    `missing` says why there is nothing, or that scans have stopped; `scan.rejected` why all other pairs are none.
    """
    now, wanted, after = await _scanned(request), asked.wanted(), cursors_of(request).read(asked.cursor)

    def found() -> tuple[Page[Any], dict[str, Any]]:
        shown = chosen(now.board, wanted) if now.board else ()
        page = page_of(shown, _key, asked.limit, after)
        return Page([opportunity_told(one) for one in page.items], page.next), now.around()

    return await answer_page(request, lambda: now.version, found)


@router.get(
    "/opportunities/quarantined", response_model=Quarantined, summary="What was too good to be believed, and why not"
)
async def list_quarantined_opportunities(request: Request, asked: Annotated[FilterAsked, Query()]) -> Response:
    """A net edge above the settings' `too_good_pct` is a glitch until shown otherwise: kept apart, never told live."""
    wanted = asked.wanted()

    def items(board: Board) -> dict[str, Any]:
        return {"items": [spatial_told(one) for one in quarantined(board, wanted)]}

    return await _answer(request, items, {"items": []})


@router.get("/opportunities/kept", response_model=KeptSignals, summary="Earlier opportunities, each with its life")
async def list_kept_opportunities(request: Request, asked: Annotated[PageAsked, Query()]) -> Response:
    """Every accepted signal once, from PostgreSQL: when it was seen first and last, in how many scans, its best."""
    edges, place = edges_of(request), cursors_of(request).read(asked.cursor)
    before = -int(place.after[0]) if place else None

    def found() -> tuple[Page[Any], dict[str, Any]]:
        kept = signals_kept(edges.paths, asked.limit + 1, before)
        page = cut_to(kept.rows, lambda row: (-row.opportunity_id,), asked.limit)
        return Page([asdict(row) for row in page.items], page.next), {"missing": kept.missing or None}

    looked = int(edges.now().timestamp()) // KEPT_SECONDS
    return await answer_page(request, lambda: looked, found, lane=Lane.WAREHOUSE)


@router.get(
    "/opportunities/{buy}/{sell}/{base}/{quote}",
    response_model=OpportunityInFull,
    summary="One opportunity with its whole calculation",
)
async def get_opportunity(request: Request, buy: PathName, sell: PathName, base: PathName, quote: PathName) -> Response:
    """Both books to the filled depth with their ages, and each step from the gross difference to the net edge."""
    now = await _scanned(request)
    seen = opportunity_of(now.board, buy, sell, f"{base}/{quote}") if now.board else None
    if seen is None:
        raise NoOpportunity(
            "the newest scan has no opportunity that buys {base}/{quote} at {buy} and sells at {sell}; it may have "
            "ended: /api/v1/opportunities lists those there are",
            base=base,
            quote=quote,
            buy=buy,
            sell=sell,
        )
    return await answer(request, lambda: now.version, lambda: opportunity_unfolded(seen))


@router.get("/matrix", response_model=EdgeMatrix, summary="The best net edge by buying and selling exchange")
async def get_matrix(request: Request) -> Response:
    """Over all symbols and sizes, whether it is an opportunity or not: how far each pair of exchanges is from one."""
    return await _answer(request, lambda board: matrix_told(matrix_of(board)), {"exchanges": [], "cells": []})


@router.get("/exchanges", response_model=Exchanges, summary="How each exchange is, and what is watched there")
async def get_exchanges(request: Request) -> Response:
    """Connections, lag, gaps, by what a lost frame shows, the last error; whose depth is watched, with the reason."""

    def told(board: Board) -> dict[str, Any]:
        return {
            "exchanges": [exchange_told(one) for one in board.exchanges],
            "watched": [watched_told(one) for one in board.watched],
            "skipped_cycles": board.skipped_cycles,
            "jitter_ms": board.jitter_ms,
            "rejected_totals": dict(board.rejected_totals),
        }

    nothing = {"exchanges": [], "watched": [], "skipped_cycles": 0, "jitter_ms": 0.0, "rejected_totals": {}}
    return await _answer(request, told, nothing)


@router.get("/cycles", response_model=Cycles, summary="From an asset back to it with more of it, leg by leg")
async def get_cycles(request: Request) -> Response:
    """Within one exchange, and over several where the settings say what is held there."""
    return await _answer(request, lambda board: {"items": [cycle_told(one) for one in board.cycles]}, {"items": []})


async def _scanned(request: Request) -> Scanned:
    return await run_in_threadpool(scanned, edges_of(request))


async def _answer(request: Request, told: Callable[[Board], dict[str, Any]], nothing: dict[str, Any]) -> Response:
    """What is told of the newest board, or nothing with the reason."""
    now = await _scanned(request)
    return await answer(
        request, lambda: now.version, lambda: now.around() | (told(now.board) if now.board else nothing)
    )
