"""`/ops`: how the program itself is: batches, errors, rates, disk, what is kept, what is late."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.monitoring.raw_numbers import RawWatcher
from p2p_pipeline.p2p.answers.batches import batch_detail
from p2p_pipeline.p2p.answers.checks import BATCHES_ASSET
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.dagster_links import DagsterLinks
from p2p_pipeline.web.pages.operations_view import operations_view
from p2p_pipeline.web.pages.rendering import render
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.recorded import venue_days_now
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.operations import (
    daemon_texts,
    kept_texts,
    operations_sentence,
    status_texts,
)
from p2p_pipeline.web.words.sizes import size_text
from p2p_pipeline.web.words.trust import check_titles, trouble_texts
from p2p_pipeline.web.workers import Lane

router = APIRouter(include_in_schema=False)

KEPT_SECONDS = 10
"""Every file's size and a dozen queries: who reloads more often gets the same page, which says as of when it is."""


def _watcher(request: Request, edges: Edges) -> RawWatcher:
    """One for the service's life: a look after the first costs only what was stored since."""
    state = request.app.state
    if not hasattr(state, "sweeps"):
        state.sweeps = RawWatcher(edges.paths.root)
    found: RawWatcher = state.sweeps
    return found


@router.get("/ops")
async def operations_page(request: Request) -> Response:
    """The page."""
    edges = edges_of(request)
    sweeps, days = _watcher(request, edges), await venue_days_now(edges)
    version = int(edges.now().timestamp()) // KEPT_SECONDS
    view = await edges.newest.ask(
        edges.workers, "operations page", version, lambda: operations_view(edges, days, sweeps), lane=Lane.WAREHOUSE
    )
    reader = reader_of(request, edges.settings.timezone)
    words = Words(reader.language)
    figures = Figures(words, reader.zone)
    return render(
        request,
        "operations.html",
        view=view,
        sentence=operations_sentence(view, words, figures),
        kept=kept_texts(edges.settings, words, figures),
        statuses=status_texts(words),
        daemons=daemon_texts(words),
        troubles=trouble_texts(words),
        links=DagsterLinks.of(edges.dagster_url),
        size=lambda size: size_text(size, words, figures),
    )


@router.get("/ops/batches/{batch_id:int}")
async def batch_page(request: Request, batch_id: int) -> Response:
    """One batch: what it brought, what went wrong, what was judged of it."""
    edges = edges_of(request)
    found = await edges.workers.ask(
        ("batch page", batch_id), lambda: batch_detail(edges.paths, batch_id), lane=Lane.WAREHOUSE
    )
    words = Words(reader_of(request, edges.settings.timezone).language)
    return render(
        request,
        "batch.html",
        found=found,
        statuses=status_texts(words),
        titles=check_titles(words),
        links=DagsterLinks.of(edges.dagster_url),
        batches_asset=BATCHES_ASSET,
    )
