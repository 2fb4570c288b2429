"""Every order of a session once more under stricter ways of believing in fills. Pure; only inside EXACT.

A touch is kind: at an exchange others stand before us in the queue. Under `through` the price that touches must go
beyond the limit by THROUGH_TICKS; under `queue_late` a touch fills at the next whole second, and only when the price is
still there. Both hold for entries and take-profits; stop-losses, funding and forced closes are the session's own rules.
A shadow lives by itself: nothing of it is seen by the session, and it may outlive the session's order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from p2p_pipeline.paper.machine import broker
from p2p_pipeline.paper.machine.account import Account
from p2p_pipeline.paper.machine.funding import amount_due
from p2p_pipeline.paper.machine.trading import Order, Position, Shadow, Traded
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Close, FillModel

THROUGH_TICKS = 1
"""How far beyond a limit the price must go under `through`."""
STRICTER = (FillModel.THROUGH, FillModel.QUEUE_LATE)


@dataclass(slots=True)
class FillModels:
    """The money of the stricter models, and which symbols they have something in."""

    accounts: dict[FillModel, Account]
    shadowed: set[str] = field(default_factory=set)
    since: int | None = None
    """Where they began anew, ms: a log does not tell what they had come to before a crash."""

    @classmethod
    def from_start(cls, equity: Decimal, since: int | None = None) -> FillModels:
        """Before the first order; after a crash with the moment and the equity from which they count."""
        return cls({model: Account(equity) for model in STRICTER}, since=since)

    def results(self, traded: Mapping[str, Traded], *, is_at_mark: bool) -> dict[str, dict[str, Any]]:
        """What each came to; open positions at mark, or left out."""
        since = {} if self.since is None else {"since": self.since}
        found = {}
        for model, account in self.accounts.items():
            gains = (_gain(traded[symbol], model) for symbol in self.shadowed) if is_at_mark else ()
            found[model.value] = {**account.figures(sum(gains, start=account.equity)), **since}
        return found


def follow(models: FillModels, traded: Traded, order: Order) -> None:
    """Shadow an order that the session has placed."""
    traded.shadows += [Shadow(model, order) for model in STRICTER]
    models.shadowed.add(traded.symbol)


def look(models: FillModels, traded: Traded, settings: PaperSettings, at: int) -> None:
    """What an event of the symbol does to each shadow: at most one thing."""
    if not traded.shadows:
        return
    through = THROUGH_TICKS * traded.instrument.tick_size
    for shadow in tuple(traded.shadows):
        price = None
        if shadow.position is not None:
            price = broker.stop_loss_price(traded.market, shadow.position, settings)
        if shadow.position is not None and price is not None:
            fee_pct = settings.fee_pct("stop_loss")
            _close(models, traded, shadow, shadow.position, price, Close.STOP_LOSS, fee_pct)
            continue
        beyond = _beyond(traded, shadow, settings)
        if beyond is None:
            continue
        if shadow.model is FillModel.QUEUE_LATE:
            shadow.is_touched = True
        elif beyond >= through:
            _fill(models, traded, shadow, settings, at)


def look_late(models: FillModels, traded: Mapping[str, Traded], settings: PaperSettings, at: int) -> None:
    """On a whole second, before everything else: what was touched since the last one and still is gets filled."""
    for one in _with_shadows(models, traded):
        for shadow in tuple(one.shadows):
            if shadow.is_touched:
                shadow.is_touched = False
                if _beyond(one, shadow, settings) is not None:
                    _fill(models, one, shadow, settings, at)


def expire(models: FillModels, traded: Mapping[str, Traded], at: int) -> None:
    """Take away what has waited as long as the session's order may."""
    for one in _with_shadows(models, traded):
        _keep(models, one, lambda shadow: shadow.position is not None or at < shadow.order.expires_at)


def cancel(models: FillModels, traded: Traded) -> None:
    """Take away what waits of one symbol."""
    _keep(models, traded, lambda shadow: shadow.position is not None)


def cancel_all(models: FillModels, traded: Mapping[str, Traded]) -> None:
    """Take away everything that waits."""
    for one in _with_shadows(models, traded):
        cancel(models, one)


def close_all(models: FillModels, traded: Mapping[str, Traded], reason: Close, fee_pct: Decimal) -> None:
    """Close everything that is open, at the prices at which the session closes."""
    for one in _with_shadows(models, traded):
        for shadow in tuple(one.shadows):
            position = shadow.position
            if position is not None:
                _close(models, one, shadow, position, broker.forced_price(one, position), reason, fee_pct)


def pay(models: FillModels, traded: Traded, funding_at: int) -> None:
    """Funding of what is open."""
    for shadow in traded.shadows:
        models.accounts[shadow.model].funding -= amount_due(traded.market, shadow.position, funding_at) or 0


def _beyond(traded: Traded, shadow: Shadow, settings: PaperSettings) -> Decimal | None:
    if shadow.position is None:
        return broker.beyond_limit(traded.market, shadow.order, settings)
    return broker.beyond_take_profit(traded.market, shadow.position, settings)


def _fill(models: FillModels, traded: Traded, shadow: Shadow, settings: PaperSettings, at: int) -> None:
    """The entry of one that waits, the take-profit of one that is open."""
    order, position = shadow.order, shadow.position
    if position is not None:
        fee_pct = settings.fee_pct("take_profit")
        _close(models, traded, shadow, position, position.take_profit, Close.TAKE_PROFIT, fee_pct)
        return
    fee = broker.fee_of(order.limit, order.quantity, settings.fee_pct("entry"))
    models.accounts[shadow.model].fees += fee
    shadow.position = broker.opened_by(order, traded.instrument.tick_size, settings, at)


def _close(
    models: FillModels,
    traded: Traded,
    shadow: Shadow,
    position: Position,
    price: Decimal,
    reason: Close,
    fee_pct: Decimal,
) -> None:
    fee = broker.fee_of(price, position.quantity, fee_pct)
    models.accounts[shadow.model].closed(reason, position.gain_at(price), fee)
    _keep(models, traded, lambda other: other is not shadow)


def _keep(models: FillModels, traded: Traded, stays: Callable[[Shadow], bool]) -> None:
    traded.shadows = [shadow for shadow in traded.shadows if stays(shadow)]
    if not traded.shadows:
        models.shadowed.discard(traded.symbol)


def _with_shadows(models: FillModels, traded: Mapping[str, Traded]) -> Iterable[Traded]:
    return [traded[symbol] for symbol in models.shadowed]


def _gain(traded: Traded, model: FillModel) -> Decimal:
    mark = traded.market.last_mark
    return sum(
        (
            shadow.position.gain_at(mark)
            for shadow in traded.shadows
            if shadow.model is model and shadow.position is not None and mark is not None
        ),
        start=Decimal(0),
    )
