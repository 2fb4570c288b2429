"""`/paper/{session}/results`: what a session came to; its trades and equity beside it as files."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from p2p_pipeline.paper.results.parts import Results
from p2p_pipeline.paper.results.reading import NoResults
from p2p_pipeline.paper.sessions.status import SessionStatus
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.downloads import Format, file_of
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.equity_picture import equity_picture
from p2p_pipeline.web.pages.paper_results_view import (
    FIRST_TRADES,
    asked_trades,
    costs_shown,
    groups_shown,
    models_shown,
    text_of,
    trades_shown,
)
from p2p_pipeline.web.pages.paper_session import session_page, session_seen
from p2p_pipeline.web.pages.rendering import address
from p2p_pipeline.web.paper_figures import PaperFigures
from p2p_pipeline.web.paper_read import moment_of
from p2p_pipeline.web.paper_results import results_of_session
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words import paper_live as live_words
from p2p_pipeline.web.words import paper_results as words_of
from p2p_pipeline.web.words.languages import Words
from p2p_pipeline.web.words.paper_events import reason_texts

router = APIRouter(include_in_schema=False)
SHOWN_POINTS = 200
"""The newest steps of the equity that stand in the page; the file has all."""


@router.get("/paper/{session}/results")
async def paper_results_page(request: Request, session: str) -> Response:
    """The tab Results of a session."""
    seen = await session_seen(request, session)
    try:
        results = await results_of_session(edges_of(request), seen.session)
    except NoResults as nothing:
        return session_page(request, seen, "results", "paper_results.html", results=None, why=str(nothing))
    return session_page(request, seen, "results", "paper_results.html", **_shown(request, seen, results))


@router.get("/paper/{session}/trades.{kind}")
async def paper_trades_file(request: Request, session: str, kind: Format) -> Response:
    """Every trade with every digit, in the order of their closing."""
    seen = await session_seen(request, session)
    results = await results_of_session(edges_of(request), seen.session)
    rows = [_with_times(trade._asdict(), "opened_at", "closed_at") for trade in results.trades]
    return file_of(rows, kind, f"{seen.session}-trades").answer()


@router.get("/paper/{session}/equity.{kind}")
async def paper_equity_file(request: Request, session: str, kind: Format) -> Response:
    """The equity without open positions after each change of it."""
    seen = await session_seen(request, session)
    results = await results_of_session(edges_of(request), seen.session)
    rows = [_with_times(point._asdict(), "at") for point in results.equity]
    return file_of(rows, kind, f"{seen.session}-equity").answer()


def _shown(request: Request, seen: SessionStatus, results: Results) -> dict[str, Any]:
    asked, path = asked_trades({name: value for name, value in request.query_params.items() if value}), request.url.path
    reader = reader_of(request, edges_of(request).settings.timezone)
    words = Words(reader.language)
    tell = PaperFigures(Figures(words, reader.zone))
    zone = {"tz": request.query_params.get("tz", "")}
    trades, models = trades_shown(results.trades, asked), models_shown(results, seen.board)
    reasons = reason_texts(words)
    return {
        "results": results,
        "why": None,
        "asked": asked,
        "models": models,
        "model_texts": live_words.model_texts(words),
        "verdict": words_of.verdict(models, results.money.start, words, tell),
        "picture": equity_picture(results.equity, results.ended_at),
        "points": results.equity[: -SHOWN_POINTS - 1 : -1],
        "costs": costs_shown(results),
        "by_symbol": groups_shown(results.by_symbol, str, is_by_net=True),
        "by_hour": groups_shown(results.by_hour, lambda hour: f"{hour:02d}:00", is_by_net=False),
        "by_reason": groups_shown(results.by_reason, lambda name: reasons.get(name, name), is_by_net=False),
        "reasons": reasons,
        "sides": live_words.side_texts(words),
        "touched": words_of.touched_texts(words),
        "changes": words_of.change_texts(words),
        "columns": words_of.trade_columns(words),
        "trades": trades if asked.has_all_rows else trades[:FIRST_TRADES],
        "tell": tell,
        "text_of": text_of,
        "sort_address": lambda column: (
            address(path, {**asked.values(sort=asked.sorted_by(column)), **zone}) + "#trades"
        ),
        "all_address": address(path, {**asked.values(rows="" if asked.has_all_rows else "all"), **zone}) + "#trades",
    }


def _trades_at(path: str, values: dict[str, str]) -> str:
    return f"{address(path, values)}#trades"


def _with_times(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {**row, **{name: moment_of(row[name]) for name in names}}
