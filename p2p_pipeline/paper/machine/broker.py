"""Orders and positions of one symbol by the rules of a paper broker. Pure; only inside EXACT."""

from __future__ import annotations

from decimal import Decimal

from p2p_pipeline.exchanges.scan.exact import rounded_quotient
from p2p_pipeline.paper.machine.account import Account
from p2p_pipeline.paper.machine.market import Market
from p2p_pipeline.paper.machine.steps import quantity_for, rounded_down, rounded_up
from p2p_pipeline.paper.machine.trading import Order, Position, Traded
from p2p_pipeline.paper.settings import Entry, PaperSettings, Price, milliseconds
from p2p_pipeline.paper.words import Close, Rejection, Said, Side


def place(traded: Traded, side: Side, number: int, account: Account, settings: PaperSettings, at: int) -> Said:
    """Place an entry order, or say why not; after a rejection the symbol pauses as after any cycle."""
    limit, quantity = entry_of(traded, side, settings.entry)
    said = {"symbol": traded.symbol, "side": side, "limit": limit, "quantity": quantity}
    reason = _rejection(traded, side, limit, quantity, account, settings.entry)
    if reason is not None:
        traded.cycle_ended_at = at
        return Said(at, "order_rejected", {**said, "reason": reason})
    order = Order(number, side, limit, quantity, at + milliseconds(settings.entry.timeout_seconds))
    traded.order = order
    return Said(at, "order_placed", {**said, "order": number, "expires_at": order.expires_at})


def entry_of(traded: Traded, side: Side, entry: Entry) -> tuple[Decimal, Decimal]:
    """Limit and quantity of an entry at the mark as it stands."""
    mark, instrument = traded.market.mark, traded.instrument
    assert mark is not None  # noqa: S101 - only a symbol whose prices are known is evaluated
    wanted = mark * (100 - side.sign * entry.offset_pct) / 100
    limit = (rounded_down if side is Side.LONG else rounded_up)(wanted, instrument.tick_size)
    return limit, quantity_for(entry.notional, limit, instrument.step)


def look(traded: Traded, account: Account, settings: PaperSettings, at: int) -> Said | None:
    """What an event of the symbol does to its position or its order: at most one thing."""
    if traded.position is not None:
        return _look_at_position(traded, traded.position, account, settings, at)
    if traded.order is not None:
        return _look_at_order(traded, traded.order, account, settings, at)
    return None


def cancel(traded: Traded, order: Order, reason: str | None, at: int) -> Said:
    """Take an order away; without a reason it has expired."""
    traded.order, traded.cycle_ended_at = None, at
    said = {"order": order.number, "symbol": traded.symbol}
    if reason is None:
        return Said(at, "order_expired", said)
    return Said(at, "order_cancelled", {**said, "reason": reason})


def close_now(traded: Traded, position: Position, reason: Close, account: Account, fee_pct: Decimal, at: int) -> Said:
    """Close without waiting for a price of one's own."""
    return _close(traded, position, forced_price(traded, position), reason, account, fee_pct, at)


def close_when_seen(traded: Traded, account: Account, fee_pct: Decimal, at: int) -> Said | None:
    """Close what a crash has left open at what the book gives, at mark where that side is not known; else wait."""
    position, market = traded.position, traded.market
    if position is None:
        return None
    met = _price(market, "best", is_buy=position.side is Side.SHORT)
    price = market.mark if met is None else met
    return None if price is None else _close(traded, position, price, Close.RECOVERED, account, fee_pct, at)


def _rejection(
    traded: Traded, side: Side, limit: Decimal, quantity: Decimal, account: Account, entry: Entry
) -> Rejection | None:
    instrument, market = traded.instrument, traded.market
    if quantity < instrument.min_quantity or not quantity:
        return Rejection.QUANTITY_BELOW_MINIMUM
    if quantity > instrument.max_quantity:
        return Rejection.QUANTITY_ABOVE_MAXIMUM
    if quantity * limit < instrument.min_notional:
        return Rejection.NOTIONAL_BELOW_MINIMUM
    if account.equity <= 0:
        return Rejection.NO_EQUITY
    is_long = side is Side.LONG
    if entry.post_only and _beyond(_price(market, "best", is_buy=is_long), limit, is_below=is_long) is not None:
        return Rejection.WOULD_TAKE
    return None


def beyond_limit(market: Market, order: Order, settings: PaperSettings) -> Decimal | None:
    """By how much the price that touches has reached an entry; None while it has not, or is not known."""
    is_long = order.side is Side.LONG
    return _beyond(_price(market, settings.touch_price, is_buy=is_long), order.limit, is_below=is_long)


def beyond_take_profit(market: Market, position: Position, settings: PaperSettings) -> Decimal | None:
    """The same of a take-profit."""
    is_long = position.side is Side.LONG
    touching = _price(market, settings.touch_price, is_buy=not is_long)
    return _beyond(touching, position.take_profit, is_below=not is_long)


def stop_loss_price(market: Market, position: Position, settings: PaperSettings) -> Decimal | None:
    """What a stop-loss is filled at, the worse of its own price and the book; None while nothing triggers it."""
    is_long = position.side is Side.LONG
    trigger = _price(market, settings.stop_trigger, is_buy=not is_long)
    if _beyond(trigger, position.stop_loss, is_below=is_long) is None:
        return None
    met = _price(market, "best", is_buy=not is_long)
    return position.stop_loss if met is None else (min if is_long else max)(position.stop_loss, met)


def forced_price(traded: Traded, position: Position) -> Decimal:
    """What the book would give, or mark when the symbol is stale or that side is not known."""
    met = None if traded.is_stale else _price(traded.market, "best", is_buy=position.side is Side.SHORT)
    price = traded.market.last_mark if met is None else met
    assert price is not None  # noqa: S101 - it was filled at prices that were known, mark among them
    return price


def fee_of(price: Decimal, quantity: Decimal, fee_pct: Decimal) -> Decimal:
    """Of one fill."""
    return price * quantity * fee_pct / 100


def opened_by(order: Order, tick: Decimal, settings: PaperSettings, at: int) -> Position:
    """The position of a filled entry, with its exits."""
    is_long = order.side is Side.LONG
    profit, loss = settings.exit.take_profit_pct, settings.exit.stop_loss_pct
    up, down = (profit, loss) if is_long else (loss, profit)
    above = rounded_up(order.limit * (100 + up) / 100, tick)
    # a loss or profit of more than 100 % asks for a price that there is not
    below = rounded_down(max(order.limit * (100 - down) / 100, Decimal(0)), tick)
    return Position(
        order=order.number,
        side=order.side,
        entry=order.limit,
        quantity=order.quantity,
        filled_at=at,
        take_profit=above if is_long else below,
        stop_loss=below if is_long else above,
    )


def _look_at_order(traded: Traded, order: Order, account: Account, settings: PaperSettings, at: int) -> Said | None:
    beyond = beyond_limit(traded.market, order, settings)
    if beyond is None:
        return None
    fee, tick = fee_of(order.limit, order.quantity, settings.fee_pct("entry")), traded.instrument.tick_size
    account.fees += fee
    traded.order, traded.position = None, opened_by(order, tick, settings, at)
    return Said(
        at,
        "order_filled",
        {
            "order": order.number,
            "symbol": traded.symbol,
            "side": order.side,
            "price": order.limit,
            "quantity": order.quantity,
            "fee": fee,
            "touched_by": settings.touch_price,
            "ticks_beyond": rounded_quotient(beyond, tick),
        },
    )


def _look_at_position(
    traded: Traded, position: Position, account: Account, settings: PaperSettings, at: int
) -> Said | None:
    price = stop_loss_price(traded.market, position, settings)
    if price is not None:
        return _close(traded, position, price, Close.STOP_LOSS, account, settings.fee_pct("stop_loss"), at)
    if beyond_take_profit(traded.market, position, settings) is not None:
        fee_pct = settings.fee_pct("take_profit")
        return _close(traded, position, position.take_profit, Close.TAKE_PROFIT, account, fee_pct, at)
    return None


def _close(
    traded: Traded, position: Position, price: Decimal, reason: Close, account: Account, fee_pct: Decimal, at: int
) -> Said:
    realised, fee = position.gain_at(price), fee_of(price, position.quantity, fee_pct)
    account.closed(reason, realised, fee)
    traded.position, traded.cycle_ended_at = None, at
    return Said(
        at,
        "position_closed",
        {
            "order": position.order,
            "symbol": traded.symbol,
            "side": position.side,
            "entry": position.entry,
            "exit": price,
            "quantity": position.quantity,
            "reason": reason,
            "realised": realised,
            "fee": fee,
        },
    )


def price_field(which: Price, *, is_buy: bool) -> str:
    """The ticker's field that a buy (or a sell) is held against."""
    if which == "best":
        return "ask1Price" if is_buy else "bid1Price"
    return "lastPrice" if which == "last" else "markPrice"


def _price(market: Market, which: Price, *, is_buy: bool) -> Decimal | None:
    """The price that a buy (or a sell) is held against."""
    return market.values.get(price_field(which, is_buy=is_buy))


def _beyond(price: Decimal | None, level: Decimal, *, is_below: bool) -> Decimal | None:
    """By how much a price has reached a level from above (or from below); None while it has not, or is not known."""
    if price is None:
        return None
    beyond = level - price if is_below else price - level
    return beyond if beyond >= 0 else None
