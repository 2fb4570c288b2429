"""`/api/v1/offers`: the offers of a book, in pages that are all of that one book."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from p2p_pipeline.p2p.answers.asked import asked_amount, asked_market, asked_payments, asked_time
from p2p_pipeline.p2p.answers.book_offers import BookOffers, OffersQuestion, book_offers, offer_json, place_of
from p2p_pipeline.p2p.markets import MarketSide, Side
from p2p_pipeline.p2p.offers.assemble import SeenOffer
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.api.data_versions import raw_version
from p2p_pipeline.web.api.paging import Key, Page, PageAsked, answer_page, cursors_of, page_of
from p2p_pipeline.web.api.shapes import offers as shapes
from p2p_pipeline.web.asked import AT, MARKET, PAY, PROFILE, SIDE
from p2p_pipeline.web.downloads import AS_FILES, Format, file_of

router = APIRouter(tags=["now"])


class OffersAsked(PageAsked):
    """Which offers of which book."""

    market: str = MARKET
    side: Side = SIDE
    at: str | None = AT
    profile: str = PROFILE
    pay: str = PAY
    amount: str = Field("", max_length=40, description="Only offers that can take it alone. BUY: fiat, SELL: asset.")
    format: Format = Field(Format.JSON, description="`csv` and `parquet` are files of all of them.")

    def question(self, now: datetime, pinned: str) -> OffersQuestion:
        """The question, of the book that the pages before were of; raises InvalidInput."""
        return OffersQuestion(
            MarketSide(asked_market(self.market), self.side),
            self.profile,
            asked_payments(self.pay),
            asked_amount(self.amount) if self.amount else None,
            asked_time(self.at, now) if self.at else None,
            datetime.fromisoformat(pinned) if pinned else None,
        )


@router.get(
    "/offers", response_model=shapes.BookOffers, responses=AS_FILES, summary="The offers of a book, best price first"
)
async def list_offers(request: Request, asked: Annotated[OffersAsked, Query()]) -> Response:
    """Of the newest book, or the newest at or before `at`. Pages after the first are of the same book as that one.

    `max_fiat` is what the offer can fill now. Names and remarks are what strangers wrote.
    """
    edges = edges_of(request)
    place = cursors_of(request).read(asked.cursor)
    question = asked.question(edges.now(), place.pinned if place else "")
    wanted = question.market_side

    def book() -> BookOffers:
        return book_offers(edges.desk, edges.settings, question, edges.now())

    if asked.format is not Format.JSON:
        name = f"{wanted.market.key}-{wanted.side}-offers"
        key = (request.url.path, str(request.query_params))
        made = await edges.workers.ask(
            key, lambda: file_of([offer_json(seen) for seen in book().offers], asked.format, name)
        )
        return made.answer()

    def found() -> tuple[Page[Any], dict[str, Any]]:
        told = book()
        page = page_of(told.offers, _key(wanted.side), asked.limit, place, told.view.snapshot_at.isoformat())
        return Page([offer_json(seen) for seen in page.items], page.next), told.to_json()

    return await answer_page(request, lambda: raw_version(edges, wanted.market), found)


def _key(side: Side) -> Any:
    def key(seen: SeenOffer) -> Key:
        return place_of(side, seen)

    return key
