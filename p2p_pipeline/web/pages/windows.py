"""`/windows`: when is it usually better, and how sure is that?"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.data_warnings import Subject
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.rendering import address, render
from p2p_pipeline.web.pages.windows_view import SHOWN_WEEKS, windows_view
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.recorded import side_of, warnings_about
from p2p_pipeline.web.told_warnings import warning_lines
from p2p_pipeline.web.words.hours import hours_text, weekday_name
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.refusals import failed_text

router = APIRouter(include_in_schema=False)


@router.get("/windows")
async def windows_page(request: Request) -> Response:
    """The page; its address is its whole state."""
    edges = edges_of(request)
    given = {name: value for name, value in request.query_params.items() if value}
    reader = reader_of(request, edges.settings.timezone)
    words = Words(reader.language)
    zone = reader.zone.key
    view = await windows_view(edges, given, zone)
    warnings = await warnings_about(edges, side_of(view.form["market"], view.form["side"]), Subject.ADVICE)
    return render(
        request,
        "windows.html",
        status=view.status,
        view=view,
        hours=lambda hours: hours_text(hours, words),
        weekday=lambda day: weekday_name(day, words),
        shown_weeks=SHOWN_WEEKS,
        data_warnings=warning_lines(warnings, Figures(words, reader.zone), edges.now()),
        failed=failed_text(view.told.found.advice, words, Figures(words, reader.zone)) if view.told else "",
        api=address("/api/v1/windows", {"tz": zone, **view.form}),
    )
