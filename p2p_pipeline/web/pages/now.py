"""`/now`: what would I really get, and is that good?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from p2p_pipeline.p2p.answers.data_warnings import Subject, WarningCode
from p2p_pipeline.p2p.answers.standing import PriceStanding
from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.execution import Split
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.figures import Figures, places_of
from p2p_pipeline.web.pages.depth_picture import DepthPicture, depth_picture
from p2p_pipeline.web.pages.now_view import NowView, now_view
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.pages.unusual_now import unusual_text
from p2p_pipeline.web.reader import Reader, reader_of
from p2p_pipeline.web.recorded import side_of, warnings_about
from p2p_pipeline.web.standing import standing_of
from p2p_pipeline.web.told_warnings import warning_lines
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.sentences import obstacle_texts, refusal_text
from p2p_pipeline.web.words.verdict import verdict

router = APIRouter(include_in_schema=False)

GOOD_PART = Decimal("0.1")
"""A leg with less of the amount than this doesn't show what the deal's price is."""


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
    stands = await standing_of(edges, view.answer) if view.answer else None
    reader = reader_of(request, edges.settings.timezone)
    words = Words(reader.language)
    figures = Figures(words, reader.zone)
    told = _words_of(view, words, figures, stands)
    # What is of now says nothing of a time that has been; and that the book is old the page says itself.
    sides = [] if view.form.at else side_of(view.form.market, view.form.side)
    warnings = await warnings_about(edges, sides, Subject.PRICES, {WarningCode.STALE, WarningCode.CUT_SHORT})
    told["data_warnings"] = warning_lines(warnings, figures, edges.now())
    told["unusual"] = await unusual_text(edges, view.answer, words, figures)
    return render(
        request,
        "now.html",
        status=view.status,
        view=view,
        stands=stands,
        **_shown(view, stands),
        **_links(view, reader),
        **told,
    )


def _shown(view: NowView, stands: PriceStanding | None) -> dict[str, Any]:
    told = view.answer
    split = told.found.quote.best_split if told else None
    prices = [leg.price for leg in split.legs] if split else []
    prices += [one.seen.offer.price for one in view.passed_over]
    return {"price_places": places_of(prices), "picture": _picture(view, split, stands)}


def _picture(view: NowView, split: Split | None, stands: PriceStanding | None) -> DepthPicture | None:
    if view.answer is None or split is None:
        return None
    side = view.answer.found.view.market_side.side
    good = [leg.price for leg in split.legs if leg.asset >= GOOD_PART * split.asset]
    own = (min(good) if side is Side.BUY else max(good)) if good else None
    return depth_picture(side, view.ladder, split.asset, stands.mid.price if stands else None, own)


def _words_of(view: NowView, words: Words, figures: Figures, stands: PriceStanding | None) -> dict[str, Any]:
    """The verdict, why not, and why passed over, in the words of the reader."""
    told = view.answer
    refusal = refusal_text(told.found.quote, told.found.view.market_side, words, figures) if told else ""
    judged = verdict(stands, told, words, figures) if told and stands else None
    return {"refusal": refusal, "verdict": judged, "obstacles": obstacle_texts(words)}


def _links(view: NowView, reader: Reader) -> dict[str, Any]:
    """The addresses that the answer leads to."""
    values = view.form.address_values()

    def near_address(amount: Decimal) -> str:
        return address("/now", {**values, "amount": format(amount, "f")})

    back = {name: value for name, value in values.items() if name not in ("at", "tz")}
    return {
        "near_address": near_address,
        "back_address": address("/now", back),
        "score_address": address("/score", values),
        "wait_address": _wait_address(view, reader),
        "other_amount": _other_amount(view),
    }


def _other_amount(view: NowView) -> str:
    """What the other side would be asked for: about as much of it, in round digits."""
    split = view.answer.found.quote.best_split if view.answer else None
    if view.answer is None or split is None:
        return ""
    other = split.asset if view.answer.found.view.market_side.side is Side.BUY else split.fiat
    return format(Decimal(f"{other:.2g}"), "f")


def _wait_address(view: NowView, reader: Reader) -> str:
    """Of the same market, side, profile and amount; empty where waiting is no question.

    It is none of an amount that can't be placed, of a book too old to trade by, and of a time that has been.
    """
    told = view.answer
    if told is None or told.found.quote.best_split is None or told.age.is_stale or told.age.is_of_past:
        return ""
    market_side = told.found.view.market_side
    asked = {"market": market_side.market.key, "side": market_side.side.value, "profile": told.found.profile.name}
    amount = format(told.found.quote.amount.normalize(), "f")
    return address("/wait", {**asked, "amount": amount, "tz": reader.zone.key if reader.has_own_zone else ""})
