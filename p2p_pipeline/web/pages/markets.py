"""`/markets` and `/markets/{market_key}`: how all markets compare, and one of them in full."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.age import BookAge
from p2p_pipeline.p2p.answers.asked import asked_market
from p2p_pipeline.p2p.answers.market_books import BookSummary
from p2p_pipeline.p2p.answers.now import NoSnapshot
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.markets.figures import SideFigures
from p2p_pipeline.p2p.metrics.markets.ranking import SortedBy
from p2p_pipeline.p2p.quality.freshness import Freshness
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.listed_markets import NOTHING_SWEPT, listed_markets
from p2p_pipeline.web.market_told import MarketTold, market_told
from p2p_pipeline.web.pages.markets_view import MarketsView, markets_view
from p2p_pipeline.web.pages.price_picture import picture_of_hours
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.problems import STATUS, Code
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.markets import measure_text, rank_texts, sort_texts

router = APIRouter(include_in_schema=False)

MOST_METHODS = 12
INTERVALS_TILL_STALE = 3
MOST_CHARACTERS = 80


@router.get("/markets")
async def markets_page(request: Request) -> Response:
    """The table; its address is its whole state."""
    edges = edges_of(request)
    given = {name: value for name, value in request.query_params.items() if value}
    view = markets_view(await listed_markets(edges), given, edges.now(), sweep_stale_seconds(edges))
    words = Words(reader_of(request, edges.settings.timezone).language)
    return render(
        request,
        "markets.html",
        status=view.status,
        view=view,
        columns=sort_texts(words),
        sweep_level=sweep_freshness(edges).level,
        sorted_address=lambda by: _sorted_address(view, by),
        page_address=lambda page: address("/markets", {**view.address_values(), "page": page if page > 1 else ""}),
        source=address("/api/v1/markets", view.filters()),
    )


def _sorted_address(view: MarketsView, by: SortedBy) -> str:
    """Of the same table by another figure; by the same one the other way round."""
    return address("/markets", view.address_values(by))


@router.get("/markets/{market_key}")
async def market_page(request: Request, market_key: str) -> Response:
    """One market."""
    edges = edges_of(request)
    reader = reader_of(request, edges.settings.timezone)
    words = Words(reader.language)
    try:
        told = await market_told(edges, asked_market(market_key[:MOST_CHARACTERS]))
    except (InvalidInput, NoSnapshot) as error:
        return render(
            request,
            "not_here.html",
            status=STATUS[Code.NOT_FOUND],
            title=words.text("Nothing is known of this market"),
            told=str(error),
            back="/markets",
            back_name=words.text("All markets"),
        )
    key = told.figures.market.key
    return render(
        request,
        "market.html",
        told=told,
        nothing_swept=told.missing == NOTHING_SWEPT,
        ranks=rank_texts(told.ranks, words, Figures(words, reader.zone)),
        picture=picture_of_hours(told.hours.hours) if told.hours else None,
        measure=measure_text(told.hours.measure, words) if told.hours else "",
        sides=_sides(told, edges),
        links={side.value: _links(told, side) for side in Side},
        behaviour=address("/behaviour", {"market": key}),
        source=f"/api/v1/markets/{key}",
        most_methods=MOST_METHODS,
        sweep_level=sweep_freshness(edges).level,
    )


def sweep_stale_seconds(edges: Edges) -> float:
    """How old what only sweeps read may be: a few sweeps may fail."""
    return INTERVALS_TILL_STALE * edges.settings.sweep.interval_minutes * 60


def sweep_freshness(edges: Edges) -> Freshness:
    """How fresh a sweep of some age is: it comes at a pace of its own."""
    return Freshness.of(edges.settings.sweep.interval_minutes * 60, sweep_stale_seconds(edges))


@dataclass(frozen=True, slots=True)
class SideShown:
    """One side of the market: its newest book, or what the sweep counted where the book itself is not here."""

    side: Side
    figures: SideFigures
    book: BookSummary | None
    age: BookAge


def _sides(told: MarketTold, edges: Edges) -> list[SideShown]:
    stale_after = edges.settings.quality.stale_after_seconds if told.is_watched else sweep_stale_seconds(edges)
    books = {book.side: book for book in told.books}
    swept = {Side.BUY: told.figures.buy, Side.SELL: told.figures.sell}
    shown = []
    for side in Side:
        book = books.get(side)
        figures = book.figures if book else swept[side]
        if figures is not None:
            age = BookAge.at(figures.read_at, edges.now(), stale_after, is_of_past=False)
            shown.append(SideShown(side, figures, book, age))
    return shown


def _links(told: MarketTold, side: Side) -> dict[str, str]:
    asked = {"market": told.figures.market.key, "side": side.value}
    history = {**asked, "measure": told.hours.measure if told.hours and told.hours.is_of_history else None}
    return {
        "now": address("/now", asked),
        "history": address("/history", history),
        "windows": address("/windows", history),
        "offers": address("/api/v1/offers", asked),
    }
