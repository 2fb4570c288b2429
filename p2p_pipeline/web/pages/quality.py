"""`/quality`: can the data be trusted now, was everything collected, and what do the checks say."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.p2p.answers.checks import CheckHistory, checks_named
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.api.data_versions import raw_version
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.dagster_links import DagsterLinks
from p2p_pipeline.web.pages.quality_view import MARKS_SHOWN, QualityView, quality_view
from p2p_pipeline.web.pages.rendering import render
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.recorded import checks_now, checks_version, judged_with, venue_days_now
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.trust import (
    check_titles,
    source_texts,
    state_texts,
    trouble_texts,
    trust_sentence,
)

router = APIRouter(include_in_schema=False)

SLOT_SIGNS = {"none": "·", "whole": "|", "part": "!", "missing": "✕"}
"""Not colour alone."""


@router.get("/quality")
async def quality_page(request: Request) -> Response:
    """The page."""
    edges = edges_of(request)
    checks, days = await checks_now(edges), await venue_days_now(edges)
    # The half minute is in the version: who reloads more often gets the same page, which says as of when it is.
    version = (raw_version(edges), checks_version(edges))
    view: QualityView = await edges.newest.ask(
        edges.workers, "quality page", version, lambda: quality_view(edges, checks, days)
    )
    reader = reader_of(request, edges.settings.timezone)
    words = Words(reader.language)
    figures = Figures(words, reader.zone)
    return render(
        request,
        "quality.html",
        view=view,
        sentence=trust_sentence(view.trust, words, figures),
        kinds=source_texts(words),
        signs=SLOT_SIGNS,
        cell_times=[figures.clock(cell.starts_at, view.as_of) for cell in (view.lines[0].cells if view.lines else ())],
        troubles=trouble_texts(words),
        **_of_checks(words),
    )


@router.get("/quality/checks/{name}")
async def check_page(request: Request, name: str) -> Response:
    """One check: of each asset what it said, run by run."""
    edges = edges_of(request)
    found: list[CheckHistory] = await edges.workers.ask(
        ("check", name), lambda: checks_named(judged_with(edges), name, edges.now())
    )
    words = Words(reader_of(request, edges.settings.timezone).language)
    return render(
        request, "check.html", name=name, found=found, links=DagsterLinks.of(edges.dagster_url), **_of_checks(words)
    )


def _of_checks(words: Words) -> dict[str, Any]:
    return {"titles": check_titles(words), "states": state_texts(words), "marks_shown": MARKS_SHOWN}
