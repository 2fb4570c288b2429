"""`/now`: what would I really get, and is that good?"""

from __future__ import annotations

from decimal import Decimal

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.figures import Figures, places_of
from p2p_pipeline.web.pages.depth_picture import depth_picture
from p2p_pipeline.web.pages.now_view import NowView, now_view
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.sentences import obstacle_texts, refusal_text

router = APIRouter(include_in_schema=False)


@router.get("/")
async def front(_: Request) -> Response:
    """The front door."""
    return RedirectResponse("/now", 307)


@router.get("/now")
async def now_page(request: Request) -> Response:
    """The page; its address is its whole state."""
    edges = edges_of(request)
    given = dict(request.query_params)
    view = await edges.workers.ask(("now page", *sorted(given.items())), lambda: now_view(edges, given))
    reader = reader_of(request, edges.settings.timezone)
    words = Words(reader.language)
    told = _words_of(view, words, Figures(words, reader.zone))
    return render(request, "now.html", status=view.status, view=view, **_shown(view), **told)


def _shown(view: NowView) -> dict[str, object]:
    told = view.answer
    split = told.found.quote.best_split if told else None
    prices = [leg.price for leg in split.legs] if split else []
    prices += [one.seen.offer.price for one in view.passed_over]
    picture = depth_picture(view.ladder, split.asset if split else None)
    return {"price_places": places_of(prices), "picture": picture}


def _words_of(view: NowView, words: Words, figures: Figures) -> dict[str, object]:
    """Why not, why passed over, and the addresses of near amounts, in the words of the reader."""
    told = view.answer
    refusal = refusal_text(told.found.quote, told.found.view.market_side, words, figures) if told else ""

    def near_address(amount: Decimal) -> str:
        return address("/now", {**view.form.address_values(), "amount": format(amount, "f")})

    return {
        "refusal": refusal,
        "obstacles": obstacle_texts(words),
        "near_address": near_address,
        "score_address": address("/score", view.form.address_values()),
        "windows_address": _windows_address(view),
    }


def _windows_address(view: NowView) -> str:
    """Of the same market, side, profile and amount; empty where waiting is no question.

    It is none of an amount that can't be placed, of a book too old to trade by, and of a time that has been.
    """
    told = view.answer
    if told is None or told.found.quote.best_split is None or told.age.is_stale or told.age.is_of_past:
        return ""
    market_side = told.found.view.market_side
    asked = {"market": market_side.market.key, "side": market_side.side.value, "profile": told.found.profile.name}
    return address("/windows", {**asked, "amount": format(told.found.quote.amount.normalize(), "f")})
