"""The session's machine: one event in, what is said about it out. No clock, no socket, no randomness.

Handling an event: the market's state, then funding, then the broker for the symbol; on a tick what ticking.py does.
"""

from __future__ import annotations

from decimal import localcontext

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.events import (
    Closed,
    Command,
    Event,
    FundingMoment,
    InstrumentPage,
    Klines,
    Opened,
    Rank,
    Tick,
    Ticker,
    Unreadable,
)
from p2p_pipeline.paper.machine import broker, fill_models, funding
from p2p_pipeline.paper.machine.candles import confirmed, take_candle
from p2p_pipeline.paper.machine.starting import take_page, take_tickers_start
from p2p_pipeline.paper.machine.state import Connection, Session
from p2p_pipeline.paper.machine.stopping import obey
from p2p_pipeline.paper.machine.ticking import take_tick
from p2p_pipeline.paper.machine.trading import Traded
from p2p_pipeline.paper.settings import milliseconds
from p2p_pipeline.paper.words import Said, SessionState, SymbolState


def advance(session: Session, event: Event) -> list[Said]:
    """Take one event, in the order of the queue. After the stop nothing is taken any more."""
    if session.state is SessionState.STOPPED:
        return []
    if isinstance(event.what, Ticker):
        # most events by far, and most of them move no money: arithmetic begins only where there is some
        said = _take_ticker(session, event.what, event)
    else:
        with localcontext(EXACT):
            said = _take(session, event)
    if event.rank is Rank.FRAME and event.source in session.connections:
        session.connections[event.source].heard_at = event.at
    return said


def _take(session: Session, event: Event) -> list[Said]:  # noqa: PLR0911 - one line a kind of event
    what = event.what
    match what:
        case Tick():
            return take_tick(session, event.at)
        case Klines():
            return _take_klines(session, what, event.at)
        case FundingMoment():
            return _take_funding(session, what, event.at)
        case InstrumentPage():
            return take_page(session, what, event.at)
        case Opened() | Closed():
            return _take_connection(session, event, is_open=isinstance(what, Opened))
        case Command():
            return obey(session, what, event.at)
        case Unreadable():
            session.account.counters["unreadable"] += 1
            return []
        case _:
            return []


def _take_ticker(session: Session, ticker: Ticker, event: Event) -> list[Said]:
    symbol, at = ticker.symbol, event.at
    traded = session.traded.get(symbol)
    if session.is_frozen and traded is None:
        return []
    market = session.market_of(symbol)
    if not market.merge(ticker, at, event.source):
        session.account.counters["deltas_without_snapshot"] += 1
        return []
    if funding.tells_funding(ticker):
        shown, is_ahead = funding.note_funding(market, at)
        if shown is not None:
            if is_ahead:
                session.due.append((shown, symbol))
            if traded is not None:
                session.funding_times.add(shown)
    if traded is None:
        return take_tickers_start(session, symbol, market, at) if ticker.is_snapshot else []
    session.changed.add(symbol)
    if traded.is_idle:
        return []
    with localcontext(EXACT):
        return _look(session, traded, at)


def _take_klines(session: Session, klines: Klines, at: int) -> list[Said]:
    session.account.counters["unreadable"] += klines.unreadable
    traded = session.traded.get(klines.symbol)
    if traded is None:
        return []
    said, max_age = [], milliseconds(session.settings.reference_max_age_seconds)
    for kline in confirmed(klines.rows):
        taken = take_candle(traded.candles, traded.reference, traded.market.past, kline, at, max_age)
        if taken.said is not None:
            said.append(taken.said)
        if taken.reference is not None:
            was_waiting = traded.reference is None
            traded.reference = taken.reference
            session.changed.add(traded.symbol)
            if was_waiting and traded.state is SymbolState.ARMED:
                said.append(Said(at, "symbol_armed", {"symbol": traded.symbol}))
    return said + _look_unless_stale(session, traded, at)


def _take_funding(session: Session, moment: FundingMoment, at: int) -> list[Said]:
    traded = session.traded.get(moment.symbol)
    if traded is None:
        return []
    paid = funding.pay(traded, moment, session.account, at)
    fill_models.pay(session.models, traded, moment.funding_at)
    return ([] if paid is None else [paid]) + _look_unless_stale(session, traded, at)


def _take_connection(session: Session, event: Event, *, is_open: bool) -> list[Said]:
    name, at = event.source, event.at
    # whose end is told without its beginning was up when the recording began
    connection = session.connections.setdefault(name, Connection(is_open=not is_open, heard_at=at))
    said = []
    if connection.is_open:
        # an end that was not kept shows at the next beginning: the connection was lost after it was last heard
        connection.lost_at = connection.heard_at if is_open else at
        said.append(Said(at, "connection", {"connection": name, "what": "lost", "gap_ms": 0}))
    for market in session.markets.values():
        if market.connection == name:
            market.drop()
    if is_open and connection.lost_at is not None:
        gap_ms = at - connection.lost_at
        said.append(Said(at, "connection", {"connection": name, "what": "restored", "gap_ms": gap_ms}))
        connection.lost_at = None
    connection.is_open = is_open
    return said


def _look_unless_stale(session: Session, traded: Traded, at: int) -> list[Said]:
    """What is no ticker frame shows no price: a stale symbol's position waits for the next one."""
    return [] if traded.is_stale else _look(session, traded, at)


def _look(session: Session, traded: Traded, at: int) -> list[Said]:
    fill_models.look(session.models, traded, session.settings, at)
    if traded.is_flat:
        return []
    if traded.symbol in session.recovering:
        said = broker.close_when_seen(traded, session.account, session.settings.fee_pct("forced"), at)
    else:
        said = broker.look(traded, session.account, session.settings, at)
    if said is None:
        return []
    session.settle(traded)
    return [said]
