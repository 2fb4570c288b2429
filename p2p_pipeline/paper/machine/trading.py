"""Where one symbol of the universe is in its cycle: references, order, position, pause."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from p2p_pipeline.paper.events import Instrument
from p2p_pipeline.paper.machine.candles import Candles, Reference
from p2p_pipeline.paper.machine.limits import Limits
from p2p_pipeline.paper.machine.market import Market
from p2p_pipeline.paper.words import FillModel, Side, SymbolState


class Order(NamedTuple):
    """An entry order that waits."""

    number: int
    side: Side
    limit: Decimal
    quantity: Decimal
    expires_at: int


class Position(NamedTuple):
    """What a filled entry opened."""

    order: int
    side: Side
    entry: Decimal
    quantity: Decimal
    filled_at: int
    take_profit: Decimal
    stop_loss: Decimal

    def gain_at(self, price: Decimal) -> Decimal:
        """What closing at a price would realise, before fees."""
        return (price - self.entry) * self.quantity * self.side.sign


@dataclass(slots=True)
class Shadow:
    """An order of the session once more under another fill model: waiting, or filled and open."""

    model: FillModel
    order: Order
    position: Position | None = None
    is_touched: bool = False
    """Since the last whole second its limit, or its take-profit, was reached."""


@dataclass(slots=True)
class Traded:
    """One symbol of the universe."""

    instrument: Instrument
    market: Market
    reference: Reference | None = None
    candles: Candles = field(default_factory=dict)
    order: Order | None = None
    position: Position | None = None
    cycle_ended_at: int | None = None
    """While it waits to be armed again."""
    is_stale: bool = False
    limits: Limits | None = None
    """Of the reference, once they were needed."""
    shadows: list[Shadow] = field(default_factory=list)
    """Its orders under the other fill models; they may outlive the session's own."""

    @property
    def symbol(self) -> str:
        """Its name."""
        return self.instrument.symbol

    @property
    def is_flat(self) -> bool:
        """Without order and position."""
        return self.order is None and self.position is None

    @property
    def is_idle(self) -> bool:
        """Flat, and so under every fill model: its events move no money."""
        return self.order is None and self.position is None and not self.shadows

    @property
    def state(self) -> SymbolState:
        """The word for it."""
        if self.is_stale:
            return SymbolState.STALE
        if self.position is not None:
            return SymbolState.POSITION
        if self.order is not None:
            return SymbolState.ORDER
        if self.cycle_ended_at is not None:
            return SymbolState.REARMING
        return SymbolState.WAITING if self.reference is None else SymbolState.ARMED
