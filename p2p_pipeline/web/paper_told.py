"""A paper session as the API tells of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import msgspec

from p2p_pipeline.paper.configuration.parameters import texts_of_settings
from p2p_pipeline.paper.sessions.status import SessionStatus
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.web.live.session_topic import head_of
from p2p_pipeline.web.paper_read import moment_of

_OF_BOARD = ("start_equity", "equity", "realised", "fees", "funding", "trades", "wins", "log_lines")


def session_told(seen: SessionStatus) -> dict[str, Any]:
    """How it is."""
    board, summary = seen.board, seen.summary
    return {
        "session": seen.session,
        "state": seen.state,
        "reason": seen.reason,
        "is_running": seen.is_running,
        "is_simulated": seen.is_simulated,
        "source": seen.about.source,
        "started_at": moment_of(seen.started_at),
        "stops_at": moment_of(seen.stops_at) if seen.stops_at else None,
        "as_of": moment_of(board.at) if board else None,
        **{name: getattr(board, name) if board else None for name in _OF_BOARD},
        "symbols": board.universe if board else None,
        "summary": msgspec.to_builtins(summary) if summary else None,
    }


def session_in_full(seen: SessionStatus, settings: PaperSettings, *, with_symbols: bool) -> dict[str, Any]:
    """The same with its configuration and its board."""
    board = seen.board
    return {
        **session_told(seen),
        "config": texts_of_settings(settings),
        "board": head_of(board) if board else None,
        "rows": msgspec.to_builtins(board.rows) if board and with_symbols else None,
    }


def version_of(seen: SessionStatus) -> Hashable:
    """Changes with every board, and when its process comes or goes."""
    board = seen.board
    return seen.session, seen.state, seen.is_running, board and (board.sequence, board.at), seen.summary
