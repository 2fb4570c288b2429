"""A running session made into its board, once a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.board import ConnectionRow, ModelRow, OrderRow, PositionRow, SessionBoard, SymbolRow
from p2p_pipeline.paper.live.link import ConnectionState
from p2p_pipeline.paper.log.lines import decimal_text
from p2p_pipeline.paper.machine.state import Session
from p2p_pipeline.paper.machine.trading import Traded
from p2p_pipeline.paper.settings import milliseconds
from p2p_pipeline.paper.words import SessionState

_MOVE = Decimal("0.0001")
_SHOWN = Context(prec=40, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Outside:
    """What a board tells that is no event of the session."""

    at: int
    state: SessionState
    reason: str
    log_lines: int
    connections: Sequence[ConnectionState] = ()
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class BoardMaker:
    """Of one session's process."""

    session: Session
    started_at: int
    stops_at: int | None
    is_simulated: bool
    sequence: int = 0
    """Of the last board."""
    _state: SessionState | None = None
    _state_since: int = 0

    def make(self, outside: Outside) -> SessionBoard:
        """The session as it is now."""
        session, account = self.session, self.session.account
        self.sequence += 1
        if outside.state is not self._state:
            self._state, self._state_since = outside.state, outside.at
        rows = tuple(row_of(session.traded[symbol]) for symbol in sorted(session.traded))
        next_funding, cools_from = _funding(session, rows, outside.at)
        models = _models(session)
        orders, positions = _engaged(session)
        return SessionBoard(
            session=session.name,
            sequence=self.sequence,
            state=outside.state.value,
            # an error's text knows other languages too, and JSON only texts
            reason=f"{outside.reason}",
            at=outside.at,
            started_at=self.started_at,
            stops_at=self.stops_at,
            is_simulated=self.is_simulated,
            log_lines=outside.log_lines,
            start_equity=decimal_text(account.start),
            equity=models[0].equity,
            realised=decimal_text(account.realised),
            fees=decimal_text(account.fees),
            funding=decimal_text(account.funding),
            trades=account.trades,
            wins=account.wins,
            universe=len(rows),
            excluded=_excluded(session),
            by_state=dict(Counter(row.state for row in rows)),
            counters={**account.counters, **outside.counters},
            next_funding_at=next_funding,
            cools_from=cools_from,
            models=models,
            orders=orders,
            positions=positions,
            connections=tuple(_connection_row(session, one) for one in outside.connections),
            rows=rows,
            state_since=self._state_since,
        )


def _funding(session: Session, rows: Sequence[SymbolRow], at: int) -> tuple[int | None, int | None]:
    """The next funding time that any symbol shows, and when the rest before it begins."""
    times = [row.next_funding_at for row in rows if row.next_funding_at is not None and row.next_funding_at >= at]
    if not times:
        return None, None
    return min(times), min(times) - milliseconds(session.settings.funding_cooldown.before_seconds)


def _models(session: Session) -> tuple[ModelRow, ...]:
    """What the session comes to by each fill model, its own (`touch`) first."""
    with localcontext(EXACT):
        results = session.results()
    return tuple(
        ModelRow(
            model,
            found["trades"],
            found["wins"],
            decimal_text(found["realised"]),
            decimal_text(found["fees"]),
            decimal_text(found["funding"]),
            decimal_text(found["equity"]),
            since=found.get("since"),
        )
        for model, found in results.items()
    )


def _engaged(session: Session) -> tuple[tuple[OrderRow, ...], tuple[PositionRow, ...]]:
    engaged = [session.traded[symbol] for symbol in sorted(session.engaged)]
    with localcontext(EXACT):
        unrealised = {
            one.symbol: one.position.gain_at(one.market.last_mark)
            for one in engaged
            if one.position is not None and one.market.last_mark is not None
        }
    return (
        tuple(_order_row(session, one) for one in engaged if one.order is not None),
        tuple(_position_row(one, unrealised.get(one.symbol)) for one in engaged if one.position),
    )


def _excluded(session: Session) -> int:
    if not session.is_frozen:
        return 0
    known = session.instruments.keys() | session.left_out.keys() | set(session.settings.universe.symbols or ())
    return len(known - session.traded.keys())


def row_of(traded: Traded) -> SymbolRow:
    """One symbol."""
    values, reference = traded.market.values, traded.reference
    mark, oiv, interest = values.get("markPrice"), values.get("openInterestValue"), values.get("openInterest")
    return SymbolRow(
        traded.symbol,
        traded.state.value,
        _text(mark),
        _text(oiv),
        None if reference is None else _move(mark, reference.close),
        None if reference is None else _move(oiv, reference.oiv),
        None if reference is None else _move(interest, reference.open_interest),
        None if reference is None else reference.end,
        _text(values.get("fundingRate")),
        traded.market.next_funding,
        traded.market.last_frame_at or None,
        _text(values.get("bid1Price")),
        _text(values.get("ask1Price")),
        _text(values.get("lastPrice")),
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _move(now: Decimal | None, before: Decimal | None) -> str | None:
    """In per cent, 4 decimals."""
    if now is None or not before:
        return None
    pct = _SHOWN.divide(_SHOWN.multiply(_SHOWN.subtract(now, before), 100), before)
    return decimal_text(pct.quantize(_MOVE, context=_SHOWN))


def _order_row(session: Session, traded: Traded) -> OrderRow:
    order = traded.order
    assert order is not None  # noqa: S101 - asked for those with one
    placed_at = order.expires_at - milliseconds(session.settings.entry.timeout_seconds)
    return OrderRow(
        order.number,
        traded.symbol,
        order.side.value,
        decimal_text(order.limit),
        decimal_text(order.quantity),
        placed_at,
        order.expires_at,
    )


def _position_row(traded: Traded, unrealised: Decimal | None) -> PositionRow:
    position = traded.position
    assert position is not None  # noqa: S101 - asked for those with one
    return PositionRow(
        position.order,
        traded.symbol,
        position.side.value,
        decimal_text(position.entry),
        decimal_text(position.quantity),
        position.filled_at,
        decimal_text(position.take_profit),
        decimal_text(position.stop_loss),
        _text(traded.market.last_mark),
        _text(unrealised),
    )


def _connection_row(session: Session, state: ConnectionState) -> ConnectionRow:
    known = session.connections.get(state.name)
    return ConnectionRow(
        state.name, state.is_open, None if known is None else known.heard_at, state.topics, state.reconnects
    )
