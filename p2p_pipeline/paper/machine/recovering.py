"""A session's state out of its log's whole lines after a crash, and how it goes on. Pure.

What the log does not tell is as at a start: tickers, funding times, instruments, connections, counters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from decimal import Decimal, localcontext
from typing import Any

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.events import Instrument
from p2p_pipeline.paper.machine import broker
from p2p_pipeline.paper.machine.candles import Reference, Remembered, remember
from p2p_pipeline.paper.machine.fill_models import FillModels
from p2p_pipeline.paper.machine.state import Session, new_session
from p2p_pipeline.paper.machine.trading import Order, Position, Traded
from p2p_pipeline.paper.settings import PaperSettings, milliseconds
from p2p_pipeline.paper.words import Close, Said, SessionState, Side

Line = Mapping[str, Any]
"""A line of the log, parsed: its numbers are texts."""


class Recovering:
    """The state that the lines of a log say, a line after the other: of a long log none is kept."""

    def __init__(self, name: str, settings: PaperSettings) -> None:
        self._session = new_session(name, settings)

    def take(self, line: Line) -> None:
        """The next line."""
        session, type_ = self._session, line["type"]
        with localcontext(EXACT):
            if type_ in _OF_SESSION:
                _OF_SESSION[type_](session, line)
            elif type_ in _OF_MONEY:
                _OF_MONEY[type_](session, session.traded[line["symbol"]], line)
            elif type_ in _OF_SYMBOL:
                _OF_SYMBOL[type_](session.traded[line["symbol"]], line)

    def session(self) -> Session:
        """The session as of the last line; what becomes of it changes nothing here."""
        session = deepcopy(self._session)
        for traded in session.traded.values():
            session.settle(traded)
        session.changed = set(session.traded)
        return session


def recovered(lines: Iterable[Line], name: str, settings: PaperSettings) -> Session:
    """The state that the lines of a log say, from its first to any of them."""
    recovering = Recovering(name, settings)
    for line in lines:
        recovering.take(line)
    return recovering.session()


def go_on(session: Session, at: int) -> list[Said]:
    """What a recovered session says first: where it is, and that its orders are gone. Positions wait for prices."""
    state = session.state
    if not session.is_frozen:
        # the tickers that it warmed up with are gone
        state = SessionState.STARTING
    elif state is SessionState.FAILED:
        state = SessionState.RUNNING
    with localcontext(EXACT):
        # orders of before would be in one and not in the others
        session.models = FillModels.from_start(session.account.equity, since=at)
    said = [session.entered(state, str(Close.RECOVERED), at)]
    for symbol in sorted(session.engaged):
        traded = session.traded[symbol]
        if traded.order is not None:
            said.append(broker.cancel(traded, traded.order, str(Close.RECOVERED), at))
        else:
            session.recovering.add(symbol)
        session.settle(traded)
    for traded in session.traded.values():
        if not traded.is_stale:
            # silence counts from here on: nobody has listened before
            traded.market.last_frame_at = at
    return said


def _freeze(session: Session, line: Line) -> None:
    session.is_frozen = True
    for symbol in sorted(line["symbols"]):
        session.traded[symbol] = Traded(Instrument.unknown(symbol), session.market_of(symbol))


def _enter(session: Session, line: Line) -> None:
    session.state, session.reason = SessionState(line["state"]), line["reason"]
    session.funding_times.clear()
    if session.state is SessionState.COOLDOWN:
        # which funding time it is for is not said; it began at the first second near enough to it
        before = milliseconds(session.settings.funding_cooldown.before_seconds)
        session.funding_times.add(int(line["at"]) + before)


def _place(session: Session, traded: Traded, line: Line) -> None:
    limit, quantity = Decimal(line["limit"]), Decimal(line["quantity"])
    traded.order = Order(int(line["order"]), Side(line["side"]), limit, quantity, int(line["expires_at"]))
    session.orders += 1


def _fill(session: Session, traded: Traded, line: Line) -> None:
    side, entry, exit_ = Side(line["side"]), Decimal(line["price"]), session.settings.exit
    session.account.fees += Decimal(line["fee"])
    traded.order = None
    traded.position = Position(
        order=int(line["order"]),
        side=side,
        entry=entry,
        quantity=Decimal(line["quantity"]),
        filled_at=int(line["at"]),
        # not in steps, which the log does not name; nothing waits for them: it is closed at the first prices
        take_profit=entry * (100 + side.sign * exit_.take_profit_pct) / 100,
        stop_loss=entry * (100 - side.sign * exit_.stop_loss_pct) / 100,
    )


def _close(session: Session, traded: Traded, line: Line) -> None:
    session.account.closed(Close(line["reason"]), Decimal(line["realised"]), Decimal(line["fee"]))
    traded.position = None
    _cycle(traded, line)


def _pay(session: Session, traded: Traded, line: Line) -> None:
    session.account.funding -= Decimal(line["amount"])
    _see_mark(traded, line)


def _see_mark(traded: Traded, line: Line) -> None:
    traded.market.last_mark = Decimal(line["mark"])


def _confirm(traded: Traded, line: Line) -> None:
    start, end, close = int(line["start"]), int(line["end"]), Decimal(line["close"])
    remember(traded.candles, start, Remembered(end, close))
    if traded.reference is None or start >= traded.reference.start:
        traded.reference = Reference(start, close, Decimal(line["ref_oiv"]), None, end)


def _miss(traded: Traded, line: Line) -> None:
    remember(traded.candles, int(line["start"]), Remembered())


def _cycle(traded: Traded, line: Line) -> None:
    traded.order = None
    traded.cycle_ended_at = None if line["type"] == "symbol_rearmed" else int(line["at"])


def _stale(traded: Traded, line: Line) -> None:
    traded.is_stale = line["type"] == "symbol_stale"


_OF_SESSION: dict[str, Callable[[Session, Line], None]] = {"universe_frozen": _freeze, "session_state": _enter}
_OF_MONEY: dict[str, Callable[[Session, Traded, Line], None]] = {
    "order_placed": _place,
    "order_filled": _fill,
    "position_closed": _close,
    "funding_applied": _pay,
    "funding_unknown": _pay,
}
_OF_SYMBOL: dict[str, Callable[[Traded, Line], None]] = {
    "candle_confirmed": _confirm,
    "reference_missing": _miss,
    "signal": _see_mark,
    "order_rejected": _cycle,
    "order_expired": _cycle,
    "order_cancelled": _cycle,
    "symbol_rearmed": _cycle,
    "symbol_stale": _stale,
    "symbol_fresh": _stale,
}
