"""A session's start: the pages of the instruments, the warm-up, the universe. Pure; only inside EXACT."""

from __future__ import annotations

from p2p_pipeline.paper.events import InstrumentPage
from p2p_pipeline.paper.machine.market import Market
from p2p_pipeline.paper.machine.state import Session
from p2p_pipeline.paper.machine.trading import Traded
from p2p_pipeline.paper.machine.universe import choose, is_chosen
from p2p_pipeline.paper.settings import milliseconds
from p2p_pipeline.paper.words import Said, SessionState


def take_page(session: Session, page: InstrumentPage, at: int) -> list[Said]:
    """Take the page that is missing; others, and those after the last, are passed over."""
    if session.next_page is None or page.cursor != session.next_page:
        return []
    for instrument in page.kept:
        if instrument.symbol not in session.left_out:
            session.instruments.setdefault(instrument.symbol, instrument)
    for symbol, reason in page.left_out:
        if symbol not in session.instruments:
            session.left_out.setdefault(symbol, reason)
    session.next_page = page.next_cursor or None
    for symbol, traded in session.traded.items():
        # after a crash the universe is what it was, and the steps are asked for anew
        if not traded.instrument.is_known and symbol in session.instruments:
            traded.instrument = session.instruments[symbol]
            session.changed.add(symbol)
    if session.next_page is not None or session.is_frozen:
        return []
    seen = [
        market.first_snapshot_at
        for symbol, market in session.markets.items()
        if market.first_snapshot_at is not None and _takes_part(session, symbol)
    ]
    return _warm_up(session, min(seen), at) if seen else []


def take_tickers_start(session: Session, symbol: str, market: Market, at: int) -> list[Said]:
    """The first snapshot of a symbol that was asked for begins the warm-up."""
    if session.next_page is not None or session.first_snapshot_at is not None or market.first_snapshot_at is None:
        return []
    return _warm_up(session, market.first_snapshot_at, at) if _takes_part(session, symbol) else []


def freeze_when_warm(session: Session, at: int) -> list[Said]:
    """At a tick: choose the universe once the warm-up is over."""
    first, universe = session.first_snapshot_at, session.settings.universe
    if session.is_frozen or first is None or at < first + milliseconds(universe.warm_up_seconds):
        return []
    chosen = choose(session.instruments, session.left_out, session.markets, universe)
    session.is_frozen = True
    for symbol in sorted(chosen.symbols):
        market = session.markets[symbol]
        session.traded[symbol] = Traded(session.instruments[symbol], market)
        session.funding_times |= market.shown_funding_times
    return [
        Said(at, "universe_frozen", chosen._asdict()),
        session.entered(SessionState.RUNNING, "universe_frozen", at),
    ]


def _takes_part(session: Session, symbol: str) -> bool:
    return symbol in session.instruments and is_chosen(symbol, session.settings.universe)


def _warm_up(session: Session, first_snapshot_at: int, at: int) -> list[Said]:
    session.first_snapshot_at = first_snapshot_at
    return [session.entered(SessionState.WARMING_UP, "first_snapshot", at)]
