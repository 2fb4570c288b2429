"""`/paper/{session}/symbols`: every symbol of the universe, once a second; `.csv` beside it is the same as a file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from msgspec.structs import asdict
from starlette.responses import Response

from p2p_pipeline.paper.board import SymbolRow
from p2p_pipeline.web.api.answering import edges_of
from p2p_pipeline.web.downloads import Format, file_of
from p2p_pipeline.web.figures import Figures
from p2p_pipeline.web.pages.paper_session import session_page, session_seen
from p2p_pipeline.web.pages.paper_symbols_view import FIRST_ROWS, AskedSymbols, asked_symbols, rows_shown
from p2p_pipeline.web.pages.rendering import address
from p2p_pipeline.web.paper_figures import PaperFigures
from p2p_pipeline.web.paper_read import moment_of
from p2p_pipeline.web.reader import reader_of
from p2p_pipeline.web.words import paper_live as words_of
from p2p_pipeline.web.words.languages import Words

router = APIRouter(include_in_schema=False)
_TIMES = ("reference_end", "next_funding_at", "heard_at")
_WORDS = ("symbol", "state")


@router.get("/paper/{session}/symbols")
async def paper_symbols_page(request: Request, session: str) -> Response:
    """The tab Symbols of a session."""
    seen = await session_seen(request, session)
    asked, path = _asked(request), request.url.path
    reader = reader_of(request, edges_of(request).settings.timezone)
    words = Words(reader.language)
    rows = rows_shown(seen.board, asked) if seen.board else []
    zone = {"tz": request.query_params.get("tz", "")}
    return session_page(
        request,
        seen,
        "symbols",
        "paper_symbols.html",
        asked=asked,
        rows=rows if asked.has_all_rows else rows[:FIRST_ROWS],
        count=len(rows),
        columns=words_of.symbol_columns(words),
        symbol_states=words_of.symbol_states(words),
        symbol_marks=words_of.SYMBOL_MARKS,
        symbol_meanings=words_of.symbol_meanings(words),
        paper_figures=PaperFigures(Figures(words, reader.zone)),
        sort_address=lambda column: address(path, {**asked.values(sort=asked.sorted_by(column)), **zone}),
        all_address=address(path, {**asked.values(rows="" if asked.has_all_rows else "all"), **zone}),
        csv_address=address(f"{path}.csv", asked.values(rows="")),
    )


@router.get("/paper/{session}/symbols.csv")
async def paper_symbols_file(request: Request, session: str) -> Response:
    """The same rows in the same order, all of them."""
    seen = await session_seen(request, session)
    rows = rows_shown(seen.board, _asked(request)) if seen.board else []
    return file_of([_in_file(row) for row in rows], Format.CSV, f"{seen.session}-symbols").answer()


def _asked(request: Request) -> AskedSymbols:
    return asked_symbols({name: value for name, value in request.query_params.items() if value})


def _in_file(row: SymbolRow) -> dict[str, Any]:
    """Numbers as numbers, times as times."""
    return {
        name: value if value is None or name in _WORDS else moment_of(value) if name in _TIMES else Decimal(value)
        for name, value in asdict(row).items()
    }
