"""What a session knows between two events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from p2p_pipeline.paper.events import Instrument
from p2p_pipeline.paper.machine.account import Account
from p2p_pipeline.paper.machine.fill_models import FillModels
from p2p_pipeline.paper.machine.market import Market, Past
from p2p_pipeline.paper.machine.trading import Traded
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import FillModel, Said, SessionState

RULES = 1
"""The version of the rules that a log says it was made by: another one as soon as a log would come out differently."""

_COUNTED = {"ticks": 0, "unreadable": 0, "deltas_without_snapshot": 0, "conflicting_signal": 0}


@dataclass(slots=True)
class Connection:
    """One socket: whether it is up, when it was last heard, and when it was lost."""

    is_open: bool = False
    heard_at: int = 0
    lost_at: int | None = None


@dataclass(slots=True)
class Session:
    """A session's whole state, made of nothing but its events.

    `session.advance` changes it in place, and nothing else does: a copy of 600 symbols an event would be most of the
    work.
    """

    name: str
    settings: PaperSettings
    account: Account
    models: FillModels
    """What it would have come to under other ways of believing in fills."""
    state: SessionState = SessionState.STARTING
    reason: str = ""
    """Why it is in that state."""
    instruments: dict[str, Instrument] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    next_page: str | None = ""
    """The cursor of the page that is missing; None when all are there."""
    markets: dict[str, Market] = field(default_factory=dict)
    traded: dict[str, Traded] = field(default_factory=dict)
    """The universe, by name; empty until it is frozen."""
    is_frozen: bool = False
    first_snapshot_at: int | None = None
    orders: int = 0
    changed: set[str] = field(default_factory=set)
    """Symbols that have to be evaluated: what was judged as it still is need not be judged again."""
    pausing: set[str] = field(default_factory=set)
    """Symbols that wait to be armed again."""
    engaged: set[str] = field(default_factory=set)
    """Symbols with an order or a position."""
    funding_times: set[int] = field(default_factory=set)
    connections: dict[str, Connection] = field(default_factory=dict)
    recovering: set[str] = field(default_factory=set)
    """Symbols whose positions a crash has left: they are closed at the first prices seen."""
    due: list[tuple[int, str]] = field(default_factory=list)
    """Funding moments to be put into the queue; whoever has the queue takes them away."""

    def market_of(self, symbol: str) -> Market:
        """A symbol's market, new at its first frame."""
        found = self.markets.get(symbol)
        if found is None:
            found = self.markets[symbol] = Market(Past(self.settings.timeframe_minutes * 60_000))
        return found

    def settle(self, traded: Traded) -> None:
        """After anything that may have begun or ended a cycle: keep the sets by symbol true."""
        symbol = traded.symbol
        if traded.is_flat:
            self.engaged.discard(symbol)
            self.recovering.discard(symbol)
            if traded.cycle_ended_at is not None:
                self.pausing.add(symbol)
        else:
            self.engaged.add(symbol)

    def results(self, *, is_at_mark: bool = True) -> dict[str, dict[str, Any]]:
        """What each fill model has come to, the session's own first; open positions at mark, or left out."""
        equity = self.account.shown_equity(self.traded.values()) if is_at_mark else self.account.equity
        others = self.models.results(self.traded, is_at_mark=is_at_mark)
        return {FillModel.TOUCH.value: self.account.figures(equity), **others}

    def summary(self, at: int) -> Said:
        """What it came to."""
        results = self.results(is_at_mark=False)
        own = results[FillModel.TOUCH.value]
        return Said(at, "summary", {**own, "by_reason": self.account.by_reason, "fill_models": results})

    def entered(self, state: SessionState, reason: str, at: int) -> Said:
        """Go into another state."""
        self.state, self.reason = state, reason
        return Said(at, "session_state", {"state": state, "reason": reason})

    def snapshot(self, at: int) -> Said:
        """The session as it is."""
        account, universe = self.account, [self.traded[symbol] for symbol in sorted(self.engaged)]
        fields: dict[str, Any] = {
            "equity": account.shown_equity(universe),
            "realised": account.realised,
            "fees": account.fees,
            "funding": account.funding,
            "orders": [{"symbol": one.symbol, **one.order._asdict()} for one in universe if one.order],
            "positions": [{"symbol": one.symbol, **one.position._asdict()} for one in universe if one.position],
            "counters": dict(account.counters),
        }
        return Said(at, "snapshot", fields)


def new_session(name: str, settings: PaperSettings) -> Session:
    """A session before its first event."""
    start = settings.account.start_equity
    return Session(name, settings, Account(start, counters=Counter(_COUNTED)), FillModels.from_start(start))


def opening(session: Session, at: int) -> Said:
    """The first line of its log."""
    config = session.settings.model_dump()
    return Said(at, "session_started", {"session": session.name, "config": texts_of(config), "version": RULES})


def texts_of(value: Any) -> Any:
    """A configuration as the log has it: every number is a decimal, also one that counts."""
    if isinstance(value, dict):
        return {name: texts_of(one) for name, one in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value
