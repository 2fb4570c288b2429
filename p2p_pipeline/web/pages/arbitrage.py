"""`/arb`, `/arb/matrix`, `/arb/exchanges`, `/arb/cycles`: what the newest scan of the exchanges' order books found."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from p2p_pipeline.exchanges.answers.health import summed, watched_by_symbol
from p2p_pipeline.exchanges.answers.kept import Kept, signals_kept, strategy_kept
from p2p_pipeline.exchanges.answers.matrix import matrix_of
from p2p_pipeline.exchanges.answers.names import TITLES, title_of
from p2p_pipeline.exchanges.answers.opportunities import same_pair
from p2p_pipeline.exchanges.answers.round_trips import has_round_trip, symbols_watched
from p2p_pipeline.exchanges.answers.unfolded import steps_of, unspent
from p2p_pipeline.p2p.answers.age import BookAge
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.figures import Figures, places_of
from p2p_pipeline.web.pages.arbitrage_view import (
    ALL_ROWS,
    FILTERS,
    heat_of,
    opportunities_view,
    quarantine_key,
    route_of,
    value_text,
)
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.scanned import KEPT_SECONDS, Scanned, freshness_of_scans, scanned
from p2p_pipeline.web.words import arbitrage as words_of
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.workers import Lane

router = APIRouter(include_in_schema=False)
_Row = TypeVar("_Row")

BEST_NAMED = 3
MOST_KEPT = 20
FEW_NAMED = 3
"""More exchanges that watch a symbol are counted; the count unfolds them."""


@router.get("/arb")
async def opportunities_page(request: Request) -> Response:
    """The live table; its address is its whole state, the unfolded row too."""
    edges, given = edges_of(request), {name: value for name, value in request.query_params.items() if value}
    view = opportunities_view(await run_in_threadpool(scanned, edges), given)
    kept = await _kept(edges, "signals", lambda: signals_kept(edges.paths, MOST_KEPT))
    words, figures = _reading(request)
    return _render(
        request,
        "arbitrage.html",
        view.now,
        status=view.status,
        view=view,
        form={name: given.get(name, "") for name in (*FILTERS, "rows")},
        live_address=address("/arb", view.address_values(given.get("open", ""))),
        rows_address=address("/arb", {**view.address_values(), "rows": ALL_ROWS if view.is_best_only else ""}),
        symbol_address=lambda symbol: address("/arb", {**view.address_values(), "symbol": symbol}),
        row_address=lambda key: address("/arb", view.address_values("" if view.is_open(key) else key)),
        source=address("/api/v1/opportunities", {name: given.get(name) for name in FILTERS}),
        sentence=words_of.opportunities_sentence(view.now.board, words, figures) if view.now.board else "",
        reasons=words_of.reason_texts(words),
        part_text=lambda part, found: words_of.part_text(part, found, words, figures),
        transfer_sentence=lambda found: words_of.transfer_sentence(found, words),
        quarantine_key=quarantine_key,
        kept=kept,
        steps_of=steps_of,
        unspent=unspent,
        sizes_of=lambda found: (
            same_pair(view.now.board.scan.opportunities, found.buy, found.sell, found.symbol) if view.now.board else ()
        ),
    )


@router.get("/arb/matrix")
async def matrix_page(request: Request) -> Response:
    """The best net edge of every pair of exchanges."""
    now = await run_in_threadpool(scanned, edges_of(request))
    matrix = matrix_of(now.board) if now.board else None
    return _render(
        request, "matrix.html", now, matrix=matrix, best=matrix.best(BEST_NAMED) if matrix else (), heat_of=heat_of
    )


@router.get("/arb/exchanges")
async def exchanges_page(request: Request) -> Response:
    """How each exchange is, whose depth is watched, and by which parameters signals were judged since when."""
    edges = edges_of(request)
    now = await run_in_threadpool(scanned, edges)
    kept = await _kept(edges, "parameters", lambda: strategy_kept(edges.paths))
    words, figures = _reading(request)
    return _render(
        request,
        "exchanges.html",
        now,
        sentence=words_of.exchanges_sentence(now.board, words, figures) if now.board else "",
        states=words_of.state_texts(words),
        marks=words_of.STATE_MARKS,
        integrities=words_of.integrity_texts(words),
        known_transfers=words_of.known_transfers_texts(words),
        whys=words_of.why_texts(words),
        watched=watched_by_symbol(now.board) if now.board else (),
        strategy=kept,
        unfolded=request.query_params.get("watched", ""),
        few_named=FEW_NAMED,
        value_text=value_text,
    )


@router.get("/arb/cycles")
async def cycles_page(request: Request) -> Response:
    """From an asset back to it, leg by leg."""
    edges = edges_of(request)
    now = await run_in_threadpool(scanned, edges)
    settings = edges.exchanges
    # Over several exchanges two legs of one symbol are a round trip as well.
    can_return = bool(settings.inventory) or has_round_trip(
        symbols_watched(settings, now.board), settings.start, settings.longest_cycle
    )
    return _render(
        request,
        "cycles.html",
        now,
        can_return=can_return,
        longest_cycle=settings.longest_cycle,
        starts=tuple(settings.start),
    )


async def _kept(edges: Edges, what: str, look: Callable[[], Kept[_Row]]) -> Kept[_Row]:
    """What PostgreSQL keeps; a page that asks anew with each scan asks it seldom."""
    looked = int(edges.now().timestamp()) // KEPT_SECONDS
    return await edges.newest.ask(edges.workers, f"kept {what}", looked, look, lane=Lane.WAREHOUSE)


def _reading(request: Request) -> tuple[Words, Figures]:
    reader = reader_of(request, edges_of(request).settings.timezone)
    words = Words(reader.language)
    return words, Figures(words, reader.zone)


def _render(request: Request, template: str, now: Scanned, *, status: int = 200, **values: Any) -> Response:
    """What all these pages share: how old the scan is, whether it is simulated, names of exchanges and of states."""
    edges = edges_of(request)
    words, figures = _reading(request)
    return render(
        request,
        template,
        status=status,
        freshness=freshness_of_scans(edges),
        is_simulated=now.board is not None and now.board.is_simulated,
        scan_age=BookAge(now.age_seconds, now.is_stale, is_of_past=False),
        scanned=now,
        transfers=words_of.transfer_texts(words),
        summed=summed(now.board) if now.board else None,
        titles=TITLES,
        title_of=title_of,
        too_good_pct=edges.exchanges.too_good_pct,
        route_of=route_of,
        percent=lambda value: figures.share(float(value) / 100),
        short_percent=lambda value: figures.signed(round(value, 2), "USDT"),
        signed_count=lambda value: figures.signed(Decimal(round(value)), ""),
        seconds=lambda milliseconds: figures.tenth_digits(milliseconds / 1000),
        places_of=places_of,
        **values,
    )
