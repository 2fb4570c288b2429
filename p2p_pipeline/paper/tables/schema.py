"""The tables of paper sessions: a file a session. Sweeps' tables are in sweep_schema.py."""

from __future__ import annotations

import pandera.pandas as pandera
import pyarrow as pa

from p2p_pipeline.kernel.table import (
    BIG_COUNT,
    COUNT,
    FLAG,
    MOMENT,
    SHARE,
    TEXT,
    Table,
    above_zero,
    column,
    not_negative,
    one_of,
)

PAPER_MONEY = pa.decimal128(38, 18)
"""20 digits before the point and 18 after: a fee is a price times a quantity times a per cent, and keeps them all."""
_SESSION = {"session": column(TEXT, "The session's name: when it began, and eight digits of its configuration.")}
_SIDE = column(TEXT, "LONG gains when the price rises, SHORT when it falls.", one_of("LONG", "SHORT"))


def paper_table(name: str, key: tuple[str, ...], description: str, columns: dict[str, pandera.Column]) -> Table:
    """A table of paper trading."""
    return Table(name, key, description, pandera.DataFrameSchema(columns, strict=True))


def counted(description: str) -> pandera.Column:
    """A number of things."""
    return column(BIG_COUNT, description, not_negative())


def money(description: str, *checks: pandera.Check, nullable: bool = False) -> pandera.Column:
    """An amount in USDT, or a price."""
    return column(PAPER_MONEY, description, *checks, nullable=nullable)


SESSIONS = paper_table(
    "paper_sessions",
    ("session",),
    "A row a paper session: how it was set up, how far it is, and what it came to. Nothing was traded.",
    {
        **_SESSION,
        "kind": column(
            TEXT, "live (it has its own frames), or replay (made from a recording).", one_of("live", "replay")
        ),
        "is_simulated": column(FLAG, "The exchange was simulated; empty where nobody noted it.", nullable=True),
        "state": column(TEXT, "The last state that its log tells."),
        "is_stopped": column(FLAG, "It was stopped by its rules; else it runs, or its process ended unasked."),
        "is_recovered": column(FLAG, "It went on after a crash, so that positions were closed late."),
        "started_at": column(MOMENT, "When it began."),
        "ended_at": column(MOMENT, "The last line's time."),
        "timeframe_minutes": column(COUNT, "The candles' length."),
        "config": column(TEXT, "The whole configuration, numbers as texts: a JSON object."),
        "log_lines": counted("Lines of its log."),
        "log_sha256": column(TEXT, "Of the last line, which chains all before it."),
        "universe": counted("Symbols that took part; 0 before that was decided."),
        "excluded": counted("Symbols that did not, each with its reason in the log."),
        "signals": counted("How often both moves asked for a position."),
        "orders_placed": counted("Of those, entry orders that were placed; the others were rejected."),
        "orders_filled": counted("Of those, filled."),
        "orders_expired": counted("Of those, not filled in time."),
        "orders_cancelled": counted("Of those, taken away by a stop, a command or a silent symbol."),
        "orders_rejected": counted("Signals whose order could not be placed."),
        "open_positions": counted("Positions that the log does not close."),
        "trades": counted("Positions that were closed."),
        "wins": counted("Of those, how many realised more than 0, before fees and funding."),
        "start_equity": money("What it began with.", above_zero()),
        "realised": money("By closed positions, before fees and funding."),
        "fees": money("Of all fills."),
        "maker_fees": money("Of those, as a maker."),
        "taker_fees": money("Of those, as a taker."),
        "funding": money("Received; what was paid stands below 0."),
        "equity": money("start_equity + realised - fees + funding: without what open positions would bring."),
        "drawdown": money("The deepest fall of that equity.", not_negative()),
        "drawdown_pct": money("The same in per cent of where it fell from; empty below 0.", nullable=True),
    },
)

TRADES = paper_table(
    "paper_trades",
    ("session", "order_number"),
    "A row a closed position of a paper session.",
    {
        **_SESSION,
        "order_number": counted("Counts the session's orders from 1."),
        "symbol": column(TEXT, "As Bybit spells it."),
        "side": _SIDE,
        "opened_at": column(MOMENT, "When its entry was filled."),
        "closed_at": column(MOMENT, "When it was closed."),
        "held_seconds": column(SHARE, "Between them.", not_negative()),
        "entry_price": money("What it was opened at.", above_zero()),
        "exit_price": money("What it was closed at.", not_negative()),
        "quantity": money("In the base asset.", above_zero()),
        "reason": column(TEXT, "Why it was closed: take_profit, stop_loss, session_stop, close_all, recovered."),
        "realised": money("(exit - entry) x quantity, the other way round for a SHORT."),
        "entry_fee": money("Of opening it."),
        "exit_fee": money("Of closing it."),
        "funding": money("Received while it was open; what was paid stands below 0."),
        "net": money("realised - both fees + funding."),
        "touched_by": column(TEXT, "Which price touched its entry: best, last or mark."),
        "ticks_beyond": money("By how many ticks that price went beyond the limit: 0 is the kindest fill there is."),
    },
)

EQUITY = paper_table(
    "paper_equity",
    ("session", "ordinal"),
    "A row a change of a paper session's equity, and a row a snapshot of its log.",
    {
        **_SESSION,
        "ordinal": counted("Its place."),
        "at": column(MOMENT, "When."),
        "what": column(
            TEXT,
            "start, entry_fee, closed, funding; or snapshot: then open positions count at mark.",
            one_of("start", "entry_fee", "closed", "funding", "snapshot"),
        ),
        "order_number": column(BIG_COUNT, "Whose position it was.", nullable=True),
        "change": money("By how much it changed; empty for a snapshot.", nullable=True),
        "equity": money("After it."),
    },
)

FILL_MODELS = paper_table(
    "paper_fill_models",
    ("session", "model"),
    "A row a stopped paper session and way of believing in fills: the same orders, filled less kindly.",
    {
        **_SESSION,
        "model": column(TEXT, "touch (the session's own), through (beyond by a tick), queue_late (a second later)."),
        "trades": counted("Positions that were closed."),
        "wins": counted("Of those, how many realised more than 0."),
        "realised": money("Before fees and funding."),
        "fees": money("Of all fills."),
        "funding": money("Received."),
        "equity": money("At the end."),
    },
)

SESSION_TABLES: dict[str, Table] = {table.name: table for table in (SESSIONS, TRADES, EQUITY, FILL_MODELS)}
