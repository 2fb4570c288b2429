"""`/behaviour`: how long do offers live, and who is behind them?"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.behaviour_view import BAR_WIDTH, BARS_HEIGHT, NAMED, behaviour_view
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.lifetimes import LifetimeTexts

router = APIRouter(include_in_schema=False)


@router.get("/behaviour")
async def behaviour_page(request: Request) -> Response:
    """The page; its address is its whole state."""
    edges = edges_of(request)
    given = {name: value for name, value in request.query_params.items() if value}
    reader = reader_of(request, edges.settings.timezone)
    words = Words(reader.language)
    view = await behaviour_view(edges, given, reader.zone.key)
    return render(
        request,
        "behaviour.html",
        status=view.status,
        view=view,
        texts=LifetimeTexts(words, Figures(words, reader.zone)),
        named=NAMED,
        bars_height=BARS_HEIGHT,
        bar_width=BAR_WIDTH,
        api=address("/api/v1/behaviour", view.form),
    )
