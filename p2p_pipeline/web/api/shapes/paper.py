"""Paper sessions: how one is, its board, its log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from p2p_pipeline.web.api.shapes.units import (
    Base,
    Fraction,
    Paged,
    Percent,
    Quote,
    QuotePrice,
    Shape,
    Time,
)

Moment = Annotated[int, WithJsonSchema({"type": "integer", "x-unit": "ms since 1970, UTC"})]
"""As logs and boards have times."""
SessionStateName = Literal["STARTING", "WARMING_UP", "RUNNING", "COOLDOWN", "STOPPING", "STOPPED", "FAILED", "DIED"]
"""DIED: its process ended unasked; `p2p paper resume` goes on from its log."""
SymbolStateName = Literal["WAITING", "ARMED", "ORDER", "POSITION", "REARMING", "STALE"]
PaperSide = Literal["LONG", "SHORT"]
CommandName = Literal["stop", "close_all", "cancel_all"]


class PaperSymbol(Shape):
    """One symbol of a session; null is what is not known."""

    symbol: str
    state: SymbolStateName
    mark: QuotePrice | None
    oiv: Quote | None
    """Open interest value: open interest times mark price, so that its move contains the price's."""
    price_move_pct: Percent | None
    """Since the reference's close."""
    oiv_move_pct: Percent | None
    oi_move_pct: Percent | None
    """Of the open interest in coins: without the price's move."""
    reference_end: Moment | None
    """When the reference's candle ended."""
    funding_rate: Fraction | None
    next_funding_at: Moment | None
    heard_at: Moment | None
    bid: QuotePrice | None
    ask: QuotePrice | None
    last: QuotePrice | None


class PaperOrder(Shape):
    """An order that waits."""

    order: int
    symbol: str
    side: PaperSide
    limit: QuotePrice
    quantity: Base
    placed_at: Moment
    expires_at: Moment


class PaperPosition(Shape):
    """An open position at its mark."""

    order: int
    symbol: str
    side: PaperSide
    entry: QuotePrice
    quantity: Base
    filled_at: Moment
    take_profit: QuotePrice
    stop_loss: QuotePrice
    mark: QuotePrice | None
    unrealised: Quote | None


class PaperConnection(Shape):
    """One of the session's own sockets to the exchange."""

    connection: str
    is_open: bool
    heard_at: Moment | None
    topics: int
    reconnects: int


class PaperModel(Shape):
    """What the session would have come to under one way of believing in fills."""

    model: str
    """`touch` is the session's own and a kind one; `through` and `queue_late` believe less."""
    trades: int
    wins: int
    realised: Quote
    fees: Quote
    funding: Quote
    equity: Quote
    since: Moment | None = None
    """Where it began anew after a crash: no log tells what it had come to before."""


class PaperHead(Shape):
    """A session's board but for its symbols: the newest of each second."""

    session: str
    sequence: int
    state: SessionStateName
    reason: str
    at: Moment
    """The session's clock."""
    started_at: Moment
    stops_at: Moment | None
    is_simulated: bool
    log_lines: int
    start_equity: Quote
    equity: Quote
    """With open positions at mark."""
    realised: Quote
    fees: Quote
    funding: Quote
    trades: int
    wins: int
    universe: int
    """Symbols in it; 0 until it is frozen."""
    excluded: int
    by_state: dict[str, int]
    counters: dict[str, int]
    next_funding_at: Moment | None
    cools_from: Moment | None
    models: list[PaperModel]
    orders: list[PaperOrder]
    positions: list[PaperPosition]
    connections: list[PaperConnection]
    state_since: Moment | None
    version: int


class PaperBoard(PaperHead):
    """The whole of it."""

    rows: list[PaperSymbol]


class PaperSummary(Shape):
    """What a session that has stopped came to: the same as its replay prints."""

    events: int
    trades: int
    realised: Quote
    fees: Quote
    funding: Quote
    equity: Quote
    log: str
    """Where it lies in the data folder; `/log` of the session is its bytes."""
    sha256: str
    """Of the log's bytes."""


class PaperSession(Shape):
    """How a session is. Paper only: none of its orders leaves this machine."""

    session: str
    state: SessionStateName
    reason: str
    """Why; of FAILED and DIED a sentence with what to do."""
    is_running: bool
    """A process runs it."""
    is_simulated: bool
    source: str | None
    """The simulator's address; null for the exchange itself."""
    started_at: Time
    stops_at: Time | None
    """When it stops by itself."""
    as_of: Time | None
    """Of the figures below; null before the first board."""
    start_equity: Quote | None
    equity: Quote | None
    """With open positions at mark."""
    realised: Quote | None
    fees: Quote | None
    funding: Quote | None
    trades: int | None
    wins: int | None
    symbols: int | None
    log_lines: int | None
    summary: PaperSummary | None
    """Once it has stopped."""


class PaperSessionInFull(PaperSession):
    """The same with its configuration and its newest board."""

    config: dict[str, Any]
    board: PaperHead | None
    rows: list[PaperSymbol] | None
    """Where `symbols=true` asked for them."""


class PaperSessions(Paged):
    """Sessions, newest first."""

    items: list[PaperSession]


class PaperEvents(Paged):
    """Lines of a log, in its order, as they stand in it: amounts are texts, times milliseconds since 1970."""

    items: list[dict[str, Any]]


class PaperStart(Shape):
    """What a session is started with; each part may be left out."""

    config: dict[str, Any] | None = None
    """Parameters that are not to have their defaults, as in the YAML."""
    config_yaml: Annotated[str, Field(max_length=100_000)] | None = None
    """The same as YAML; one of the two."""
    source: Annotated[str, Field(max_length=200)] | None = None
    """A simulator's address; else as the service is configured, else the exchange itself."""
    seconds: Annotated[float, Field(gt=0, le=366 * 86_400, allow_inf_nan=False)] | None = None
    """Stop by itself after so long."""


class PaperStop(Shape):
    """Which session is to stop."""

    session: Annotated[str, Field(max_length=100)] | None = None
    """Without a name the only one that runs."""


class PaperCommand(Shape):
    """What a session is told."""

    command: CommandName
