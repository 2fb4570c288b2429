"""Every address of the service, and by which rule somebody is let in."""

from __future__ import annotations

from fastapi import Request

from p2p_pipeline.web import health, metrics
from p2p_pipeline.web.api import (
    anomalies,
    arbitrage,
    batches,
    depth,
    markets,
    offers,
    openapi,
    questions,
    quotes,
    scores,
    series,
    standing,
)
from p2p_pipeline.web.api import behaviour as behaviour_api
from p2p_pipeline.web.api import combos as combos_api
from p2p_pipeline.web.api import paper as paper_api
from p2p_pipeline.web.api import quality as quality_api
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.api.document import API
from p2p_pipeline.web.live import document as live_document
from p2p_pipeline.web.live import routes
from p2p_pipeline.web.pages import arbitrage as arbitrage_pages
from p2p_pipeline.web.pages import (
    behaviour,
    combos,
    documentation,
    history,
    now,
    operations,
    paper,
    paper_config,
    paper_events,
    paper_results,
    paper_runtime,
    paper_symbols,
    preferences,
    problem,
    quality,
    quarantine,
    score,
    wait,
    windows,
)
from p2p_pipeline.web.pages import markets as markets_pages
from p2p_pipeline.web.pages import questions as questions_pages


async def let_in(request: Request) -> None:
    """The one rule of every page and every route of the API; accounts will tell here who asks."""
    edges_of(request).access.require(request)


LET_IN = {
    API: (
        markets.router,
        quotes.router,
        depth.router,
        offers.router,
        combos_api.router,
        scores.router,
        standing.router,
        series.router,
        anomalies.router,
        behaviour_api.router,
        quality_api.router,
        questions.router,
        batches.router,
        arbitrage.router,
        paper_api.router,
    ),
    "": (
        now.router,
        score.router,
        wait.router,
        combos.router,
        history.router,
        windows.router,
        behaviour.router,
        quality.router,
        markets_pages.router,
        questions_pages.router,
        quarantine.router,
        arbitrage_pages.router,
        paper_config.router,
        paper_runtime.router,
        paper_symbols.router,
        paper_events.router,
        paper_results.router,
        paper.router,
        operations.router,
        preferences.router,
        problem.router,
        documentation.router,
        live_document.router,
        metrics.router,
        arbitrage.alias,
        paper_api.alias,
        health.known,
    ),
}
"""Every address of these has that rule."""
OPEN_TO_ALL = (health.router, openapi.router, routes.router)
"""That it lives is no secret, nor what could be asked; the socket asks by itself, before it accepts."""
