"""`/markets` and `/markets/{market_key}`: how all markets compare, and one of them in full."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.p2p.answers.asked import asked_market
from p2p_pipeline.p2p.answers.now import NoSnapshot
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.markets.ranking import SortedBy
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.listed_markets import listed_markets
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
MOST_CHARACTERS = 80


@router.get("/markets")
async def markets_page(request: Request) -> Response:
    """The table; its address is its whole state."""
    edges = edges_of(request)
    given = {name: value for name, value in request.query_params.items() if value}
    view = markets_view(await listed_markets(edges), given, edges.now(), edges.settings.sweep.interval_minutes * 60)
    words = Words(reader_of(request, edges.settings.timezone).language)
    return render(
        request,
        "markets.html",
        status=view.status,
        view=view,
        columns=sort_texts(words),
        sorted_address=lambda by: _sorted_address(view, by),
        all_rows=address("/markets", {**view.address_values(), "rows": "all"}),
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
        ranks=rank_texts(told.ranks, words, Figures(words, reader.zone)),
        picture=picture_of_hours(told.hours.hours) if told.hours else None,
        measure=measure_text(told.hours.measure, words) if told.hours else "",
        links={side.value: _links(told, side) for side in Side},
        behaviour=address("/behaviour", {"market": key}),
        source=f"/api/v1/markets/{key}",
        most_methods=MOST_METHODS,
    )


def _links(told: MarketTold, side: Side) -> dict[str, str]:
    asked = {"market": told.figures.market.key, "side": side.value}
    history = {**asked, "measure": told.hours.measure if told.hours and told.hours.is_of_history else None}
    return {
        "now": address("/now", asked),
        "history": address("/history", history),
        "windows": address("/windows", history),
        "offers": address("/api/v1/offers", asked),
    }
