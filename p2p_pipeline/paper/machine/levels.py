"""The prices at which a symbol's orders and positions wait, the session's own and their shadows. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from p2p_pipeline.paper.machine.broker import price_field
from p2p_pipeline.paper.machine.trading import Order, Position, Traded
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Side


class Level(NamedTuple):
    """Nothing happens to what waits for it while a field of the ticker has not reached it."""

    field: str
    price: Decimal
    is_below: bool
    """Whether the field reaches it from above."""


Waiting = tuple[tuple[Order | None, Position | None], ...]


def waiting_of(traded: Traded) -> Waiting:
    """What waits: another one as soon as anything of it has changed."""
    return (traded.order, traded.position), *((shadow.order, shadow.position) for shadow in traded.shadows)


def levels_of(waiting: Waiting, settings: PaperSettings) -> Iterator[Level]:
    """Of everything that waits: a limit, or a take-profit and a stop-loss."""
    for order, position in waiting:
        if position is not None:
            is_long = position.side is Side.LONG
            yield Level(price_field(settings.stop_trigger, is_buy=not is_long), position.stop_loss, is_long)
            yield Level(price_field(settings.touch_price, is_buy=not is_long), position.take_profit, not is_long)
        elif order is not None:
            is_long = order.side is Side.LONG
            yield Level(price_field(settings.touch_price, is_buy=is_long), order.limit, is_long)
