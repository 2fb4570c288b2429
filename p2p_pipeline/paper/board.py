"""A running session as pages see it, made once a second. Numbers are texts as in the log."""

from __future__ import annotations

import msgspec

VERSION = 1


class SymbolRow(msgspec.Struct, frozen=True):
    """One symbol of the universe; what is not known is None."""

    symbol: str
    state: str
    """A word of SymbolState."""
    mark: str | None
    oiv: str | None
    """Open interest value: openInterest x markPrice, so that its move contains the price's."""
    price_move_pct: str | None
    """Since the reference's close, 4 decimals, half even; None without a reference."""
    oiv_move_pct: str | None
    oi_move_pct: str | None
    """Of the open interest in coins: without the price's move."""
    reference_end: int | None
    """When the reference's candle ended, ms."""
    funding_rate: str | None
    next_funding_at: int | None
    heard_at: int | None
    """The last ticker frame, ms."""
    bid: str | None = None
    ask: str | None = None
    last: str | None = None


class OrderRow(msgspec.Struct, frozen=True):
    """An order that waits."""

    order: int
    symbol: str
    side: str
    limit: str
    quantity: str
    placed_at: int
    expires_at: int


class PositionRow(msgspec.Struct, frozen=True):
    """An open position at its mark."""

    order: int
    symbol: str
    side: str
    entry: str
    quantity: str
    filled_at: int
    take_profit: str
    stop_loss: str
    mark: str | None
    unrealised: str | None


class ConnectionRow(msgspec.Struct, frozen=True):
    """One socket."""

    connection: str
    is_open: bool
    heard_at: int | None
    topics: int
    reconnects: int = 0


class ModelRow(msgspec.Struct, frozen=True):
    """What the session would have come to under one way of believing in fills."""

    model: str
    """touch, through or queue_late."""
    trades: int
    wins: int
    realised: str
    fees: str
    funding: str
    equity: str
    since: int | None = None
    """Where it began anew after a crash, ms; None where it counts from the start."""


class SessionBoard(msgspec.Struct, frozen=True):
    """The whole of it."""

    session: str
    sequence: int
    """Counts boards of one process; a later process of the session goes on counting."""
    state: str
    """A word of SessionState."""
    reason: str
    """Why it is in that state; of FAILED one sentence for a person."""
    at: int
    """The session's clock, ms."""
    started_at: int
    stops_at: int | None
    """When it will stop by itself."""
    is_simulated: bool
    log_lines: int
    """Lines of the log that are durable."""
    start_equity: str
    equity: str
    """With open positions at mark."""
    realised: str
    fees: str
    funding: str
    trades: int
    wins: int
    universe: int
    """Symbols in it; 0 until it is frozen."""
    excluded: int
    by_state: dict[str, int]
    counters: dict[str, int]
    next_funding_at: int | None
    """The nearest of the universe."""
    cools_from: int | None
    """When the cooldown before it begins."""
    models: tuple[ModelRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    positions: tuple[PositionRow, ...] = ()
    connections: tuple[ConnectionRow, ...] = ()
    rows: tuple[SymbolRow, ...] = ()
    """By symbol."""
    state_since: int | None = None
    """When it came into its state; None where that is not told."""
    version: int = VERSION


_READER = msgspec.json.Decoder(SessionBoard)


def board_to_json(board: SessionBoard) -> bytes:
    """As it lies on disk and goes over a socket."""
    return msgspec.json.encode(board)


def board_from_json(data: bytes) -> SessionBoard | None:
    """Back; None for what no service of this version wrote."""
    try:
        board = _READER.decode(data)
    except msgspec.MsgspecError:
        return None
    return board if board.version == VERSION else None
