"""What a session's log comes to, as rows of its tables. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import orjson

from p2p_pipeline.paper.results.parts import Results

_STEP = Decimal(1).scaleb(-18)
_ROUNDING = Context(prec=100, rounding=ROUND_HALF_EVEN)
_LARGEST = Decimal(10) ** 20 - 1
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)

Rows = dict[str, list[dict[str, Any]]]
"""By table."""


def rows_of(found: Results, *, is_live: bool, is_simulated: bool | None, log_sha256: str) -> Rows:
    """A session's rows of every table."""
    session = {"session": found.session}
    kind = "live" if is_live else "replay"
    models = [
        {**session, "model": model, **{name: _stored(value) for name, value in figures.items()}}
        for model, figures in found.fill_models.items()
    ]
    return {
        "paper_sessions": [
            {**session, "kind": kind, "is_simulated": is_simulated, "log_sha256": log_sha256, **_session(found)}
        ],
        "paper_trades": [{**session, **row} for row in _trades(found)],
        "paper_equity": [
            {**session, "ordinal": place, **row} for place, row in enumerate(sorted(_equity(found), key=_moment))
        ],
        "paper_fill_models": models,
    }


def stored(amount: Decimal) -> Decimal:
    """As a table keeps it: 18 decimals. What is larger than any amount is kept as the largest; the log has it all."""
    return _ROUNDING.quantize(max(-_LARGEST, min(_LARGEST, amount)), _STEP)


def moment(milliseconds: int) -> datetime:
    """A log's time."""
    return _BEGIN + timedelta(milliseconds=milliseconds)


def _session(found: Results) -> dict[str, Any]:
    money, orders, costs = found.money, found.orders, found.costs
    amounts = {
        "start_equity": money.start,
        "realised": money.realised,
        "fees": money.fees,
        "maker_fees": costs.maker,
        "taker_fees": costs.taker,
        "funding": money.funding,
        "equity": money.equity,
        "drawdown": found.drawdown.amount,
    }
    pct = found.drawdown.pct
    return {
        "state": found.state,
        "is_stopped": found.is_stopped,
        "is_recovered": found.is_recovered,
        "started_at": moment(found.started_at),
        "ended_at": moment(found.ended_at),
        "timeframe_minutes": int(found.config["timeframe_minutes"]),
        "config": orjson.dumps(found.config, option=orjson.OPT_SORT_KEYS).decode(),
        "log_lines": found.lines,
        "universe": found.universe,
        "excluded": found.excluded,
        "signals": orders.signals,
        "orders_placed": orders.placed,
        "orders_filled": orders.filled,
        "orders_expired": orders.expired,
        "orders_cancelled": sum(orders.cancelled.values()),
        "orders_rejected": sum(orders.rejected.values()),
        "open_positions": len(found.open_positions),
        "trades": len(found.trades),
        "wins": sum(trade.realised > 0 for trade in found.trades),
        "drawdown_pct": None if pct is None else stored(pct),
        **{name: stored(amount) for name, amount in amounts.items()},
    }


def _trades(found: Results) -> list[dict[str, Any]]:
    return [
        {
            "order_number": trade.order,
            "symbol": trade.symbol,
            "side": trade.side,
            "opened_at": moment(trade.opened_at),
            "closed_at": moment(trade.closed_at),
            "held_seconds": (trade.closed_at - trade.opened_at) / 1000,
            "entry_price": stored(trade.entry),
            "exit_price": stored(trade.exit),
            "quantity": stored(trade.quantity),
            "reason": trade.reason,
            "realised": stored(trade.realised),
            "entry_fee": stored(trade.entry_fee),
            "exit_fee": stored(trade.exit_fee),
            "funding": stored(trade.funding),
            "net": stored(trade.net),
            "touched_by": trade.touched_by,
            "ticks_beyond": stored(trade.ticks_beyond),
        }
        for trade in found.trades
    ]


def _equity(found: Results) -> list[dict[str, Any]]:
    changes = [
        {
            "at": moment(point.at),
            "what": point.what,
            "order_number": point.order,
            "change": stored(point.change),
            "equity": stored(point.equity),
        }
        for point in found.equity
    ]
    return changes + [
        {"at": moment(one.at), "what": "snapshot", "order_number": None, "change": None, "equity": stored(one.equity)}
        for one in found.shown_equity
    ]


def _moment(row: Mapping[str, Any]) -> datetime:
    at: datetime = row["at"]
    return at


def _stored(value: Any) -> Any:
    return stored(value) if isinstance(value, Decimal) else value
