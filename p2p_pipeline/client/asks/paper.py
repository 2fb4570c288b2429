"""Paper sessions: started, told something, stopped, looked at. None of their orders leaves the service's machine."""

from __future__ import annotations

from typing import Any

from p2p_pipeline.client.asking import Ask, asked, path_part, sent
from p2p_pipeline.web.api.shapes.paper import (
    CommandName,
    PaperEvents,
    PaperSession,
    PaperSessionInFull,
    PaperSessions,
)
from p2p_pipeline.web.api.shapes.paper_results import PaperResults

_PAPER = "/api/v1/paper"


def start_paper_session(
    *,
    config: dict[str, Any] | None = None,
    config_yaml: str | None = None,
    source: str | None = None,
    seconds: float | None = None,
) -> Ask[PaperSession]:
    """Start one; what the configuration leaves out has its default. Answered as soon as it shows how it is."""
    return sent(
        f"{_PAPER}/session/start", PaperSession, config=config, config_yaml=config_yaml, source=source, seconds=seconds
    )


def stop_paper_session(*, session: str | None = None) -> Ask[PaperSession]:
    """Have one stop by the rules, without a name the only one that runs."""
    return sent(f"{_PAPER}/session/stop", PaperSession, session=session)


def get_paper_session_status(*, session: str | None = None, symbols: bool | None = None) -> Ask[PaperSessionInFull]:
    """How the session named is, or the only one that runs."""
    return asked(f"{_PAPER}/session/status", PaperSessionInFull, session=session, symbols=symbols)


def list_paper_sessions(*, limit: int | None = None, cursor: str | None = None) -> Ask[PaperSessions]:
    """All of them, newest first; `client.each` follows the pages."""
    return asked(f"{_PAPER}/sessions", PaperSessions, limit=limit, cursor=cursor)


def get_paper_session(*, session: str, symbols: bool | None = None) -> Ask[PaperSessionInFull]:
    """One with its configuration and its newest board."""
    return asked(f"{_PAPER}/sessions/{path_part(session)}", PaperSessionInFull, symbols=symbols)


def tell_paper_session(*, session: str, command: CommandName) -> Ask[PaperSession]:
    """Tell one a command, which it does within a second."""
    return sent(f"{_PAPER}/sessions/{path_part(session)}/commands", PaperSession, command=command)


def list_paper_events(
    *,
    session: str,
    from_: int | None = None,
    type: str | None = None,  # noqa: A002 - the parameter's name
    symbol: str | None = None,
    text: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Ask[PaperEvents]:
    """Lines of its log in their order; `client.each` follows the pages."""
    return asked(
        f"{_PAPER}/sessions/{path_part(session)}/events",
        PaperEvents,
        from_=from_,
        type=type,
        symbol=symbol,
        text=text,
        limit=limit,
        cursor=cursor,
    )


def get_paper_results(*, session: str) -> Ask[PaperResults]:
    """What its log comes to."""
    return asked(f"{_PAPER}/sessions/{path_part(session)}/results", PaperResults)
