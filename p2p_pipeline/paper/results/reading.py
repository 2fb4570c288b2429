"""A log's lines added up: what a session came to, from nothing but what it said. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Any

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.log.lines import decimal_text
from p2p_pipeline.paper.results.adding import drawdown_of, grouped
from p2p_pipeline.paper.results.assuming import assumptions_of
from p2p_pipeline.paper.results.parts import (
    Costs,
    Disagreement,
    EquityPoint,
    Money,
    OpenPosition,
    Orders,
    Results,
    ShownEquity,
    Trade,
)
from p2p_pipeline.paper.words import Close, SessionState

Line = Mapping[str, Any]
_NOTHING = Decimal(0)
_RECOVERED = "recovered"
_FEE_OF = {Close.TAKE_PROFIT.value: "take_profit", Close.STOP_LOSS.value: "stop_loss"}
"""Every other reason to close is forced."""


class NoResults(ClearError):
    """Lines that are no session's log; says which."""


def results_of(lines: Iterable[Line]) -> Results:
    """What a log's lines come to, all from its first; one that has not stopped is told as such. Raises NoResults."""
    with localcontext(EXACT):
        reader: _Reader | None = None
        for line in lines:
            if reader is None:
                reader = _Reader(_opening(line))
            reader.take(line)
        if reader is None:
            raise NoResults("the log is empty; a session's begins with session_started")
        return reader.results()


def _opening(line: Line) -> Line:
    if line["type"] != "session_started":
        raise NoResults(
            "the log begins with {type} (line {number}); a session's begins with session_started: read all its parts",
            type=line["type"],
            number=line["n"],
        )
    return line


@dataclass(slots=True)
class _Held:
    """A position while it is open."""

    filled: Line
    fee: Decimal
    funding: Decimal = _NOTHING

    def still_open(self) -> OpenPosition:
        line = self.filled
        return OpenPosition(
            line["order"], line["symbol"], line["side"], line["at"], Decimal(line["price"]), Decimal(line["quantity"]),
            self.fee, self.funding,
        )  # fmt: skip


class _Reader:
    """Takes one line after the other; only inside EXACT."""

    def __init__(self, opening: Line) -> None:
        self.opening = self.last = opening
        self.start = self.money = Decimal(opening["config"]["account"]["start_equity"])
        self.realised = self.fees = self.funding = _NOTHING
        self.costs: Counter[str] = Counter()
        self.state, self.is_recovered = SessionState.STARTING.value, False
        self.counted: Counter[str] = Counter()
        self.reasons: dict[str, Counter[str]] = {"order_cancelled": Counter(), "order_rejected": Counter()}
        self.trades: list[Trade] = []
        self.held: dict[str, _Held] = {}
        self.points = [EquityPoint(opening["at"], "start", None, _NOTHING, self.start)]
        self.shown: list[ShownEquity] = []
        self.universe: Line | None = None
        self.summary: Line | None = None

    def take(self, line: Line) -> None:
        self.last = line
        kind = line["type"]
        self.counted[kind] += 1
        self.is_recovered = self.is_recovered or line.get("reason") == _RECOVERED
        match kind:
            case "order_filled":
                self._filled(line)
            case "position_closed":
                self._closed(line)
            case "funding_applied" | "funding_unknown":
                self._funded(line)
            case "order_cancelled" | "order_rejected":
                self.reasons[kind][line["reason"]] += 1
            case "session_state":
                self.state = line["state"]
            case "snapshot":
                money = (Decimal(line[name]) for name in ("equity", "realised", "fees", "funding"))
                self.shown.append(ShownEquity(line["at"], *money))
            case "universe_frozen":
                self.universe = line
            case "summary":
                self.summary = line

    def _filled(self, line: Line) -> None:
        fee = Decimal(line["fee"])
        self.held[line["symbol"]] = _Held(line, fee)
        self._pay(fee, "entry")
        self._change(line, "entry_fee", line["order"], -fee)

    def _closed(self, line: Line) -> None:
        held = self._held_by(line)
        fee, realised = Decimal(line["fee"]), Decimal(line["realised"])
        fees = held.fee + fee
        self.realised += realised
        self._pay(fee, _FEE_OF.get(line["reason"], "forced"))
        self.trades.append(
            Trade(
                order=line["order"],
                symbol=line["symbol"],
                side=line["side"],
                opened_at=held.filled["at"],
                closed_at=line["at"],
                entry=Decimal(line["entry"]),
                exit=Decimal(line["exit"]),
                quantity=Decimal(line["quantity"]),
                reason=line["reason"],
                realised=realised,
                entry_fee=held.fee,
                exit_fee=fee,
                fees=fees,
                funding=held.funding,
                net=realised - fees + held.funding,
                touched_by=held.filled["touched_by"],
                ticks_beyond=Decimal(held.filled["ticks_beyond"]),
            )
        )
        del self.held[line["symbol"]]
        self._change(line, "closed", line["order"], realised - fee)

    def _funded(self, line: Line) -> None:
        held = self._held_by(line)
        # the log tells what is paid
        received = -Decimal(line["amount"])
        held.funding += received
        self.funding += received
        self.costs["funding_received" if received > 0 else "funding_paid"] += abs(received)  # type: ignore[assignment]
        self._change(line, "funding", held.filled["order"], received)

    def _held_by(self, line: Line) -> _Held:
        held = self.held.get(line["symbol"])
        if held is None or line.get("order", held.filled["order"]) != held.filled["order"]:
            raise NoResults(
                "line {number} ({type}): {symbol} has no such position by the lines before it, so lines are missing; "
                "`p2p paper verify` says which",
                number=line["n"],
                type=line["type"],
                symbol=line["symbol"],
            )
        return held

    def _pay(self, fee: Decimal, fill: str) -> None:
        self.fees += fee
        self.costs[self.opening["config"]["fee_of"][fill]] += fee  # type: ignore[assignment]

    def _change(self, line: Line, what: str, order: int, change: Decimal) -> None:
        self.money += change
        self.points.append(EquityPoint(line["at"], what, order, change, self.money))

    def results(self) -> Results:
        counted, trades, universe = self.counted, self.trades, self.universe or {"symbols": (), "excluded": ()}
        money = Money(self.start, self.realised, self.fees, self.funding, self.money)
        costs = (Decimal(self.costs[name]) for name in ("maker", "taker", "funding_paid", "funding_received"))
        is_stopped = self.state == SessionState.STOPPED
        return Results(
            session=self.opening["session"],
            config=self.opening["config"],
            lines=counted.total(),
            state=self.state,
            started_at=self.opening["at"],
            ended_at=self.last["at"],
            is_stopped=is_stopped,
            is_recovered=self.is_recovered,
            universe=len(universe["symbols"]),
            excluded=len(universe["excluded"]),
            trades=tuple(trades),
            open_positions=tuple(self.held[symbol].still_open() for symbol in sorted(self.held)),
            orders=Orders(
                signals=counted["signal"],
                placed=counted["order_placed"],
                filled=counted["order_filled"],
                expired=counted["order_expired"],
                cancelled=dict(sorted(self.reasons["order_cancelled"].items())),
                rejected=dict(sorted(self.reasons["order_rejected"].items())),
            ),
            money=money,
            costs=Costs(*costs),
            equity=tuple(self.points),
            shown_equity=tuple(self.shown),
            drawdown=drawdown_of(self.points),
            by_symbol=grouped(trades, lambda trade: trade.symbol),
            by_hour=grouped(trades, lambda trade: datetime.fromtimestamp(trade.closed_at // 1000, UTC).hour),
            by_reason=grouped(trades, lambda trade: trade.reason),
            fill_models={} if self.summary is None else _models(self.summary),
            disagreements=() if self.summary is None else _disagreements(self.summary, money, trades),
            assumptions=assumptions_of(
                self.opening["config"], is_stopped=is_stopped, is_recovered=self.is_recovered, held=len(self.held)
            ),
        )


def _models(summary: Line) -> dict[str, dict[str, Any]]:
    return {
        name: {figure: Decimal(value) if isinstance(value, str) else value for figure, value in model.items()}
        for name, model in summary["fill_models"].items()
    }


def _disagreements(summary: Line, money: Money, trades: list[Trade]) -> tuple[Disagreement, ...]:
    ours = {"trades": str(len(trades)), "wins": str(sum(trade.realised > 0 for trade in trades))}
    ours |= {name: decimal_text(getattr(money, name)) for name in ("realised", "fees", "funding", "equity")}
    return tuple(Disagreement(name, one, str(summary[name])) for name, one in ours.items() if one != str(summary[name]))
