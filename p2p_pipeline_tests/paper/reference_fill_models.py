"""The stricter fill models once more, as plainly as they can be written: an order's life told after its end.

The package follows shadows while the session runs; here the whole story of the symbol is there already, and each order
is led through it by itself.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Any

Story = list[tuple[str, int, dict[str, Any]]]
"""What happened, when, and of each symbol that it concerned: its ticker, or what else the word needs."""


class Life:
    """One order under one model."""

    def __init__(self, model: str, config: dict[str, Any], order: dict[str, Any], tick: Fraction) -> None:
        self.model, self.config, self.tick = model, config, tick
        self.sign, self.limit, self.quantity = order["sign"], order["limit"], order["quantity"]
        self.expires = order["expires"]
        self.fees = self.funding = Fraction(0)
        self.realised: Fraction | None = None
        self.filled_at: int | None = None
        self.was_touched = self.is_over = False

    def over(self, symbol: str, story: Story) -> Life:
        """Lead it through what happened."""
        for what, at, values in story:
            if symbol in values and not self.is_over:
                getattr(self, what)(at, values[symbol])
        return self

    def prices(self, at: int, ticker: dict[str, Any]) -> None:
        """An event of the symbol."""
        stopped_at = None if self.filled_at is None else self.stopped(ticker)
        if stopped_at is not None:
            self.end(stopped_at, "stop_loss")
            return
        ticks = self.ticks_beyond(ticker)
        if self.model == "through":
            if ticks is not None and ticks >= 1:
                self.fill(at)
        elif ticks is not None and ticks >= 0:
            self.was_touched = True

    def second(self, at: int, ticker: dict[str, Any]) -> None:
        """A whole second of the clock."""
        ticks, was_touched = self.ticks_beyond(ticker), self.was_touched
        self.was_touched = False
        if was_touched and ticks is not None and ticks >= 0:
            self.fill(at)
        elif at >= self.expires:
            self.cancel(at, None)

    def funding_moment(self, at: int, rate_by_mark: Fraction) -> None:
        if self.filled_at is not None and self.filled_at < at:
            self.funding -= rate_by_mark * self.quantity * self.sign

    def cancel(self, at: int, _: None) -> None:
        self.is_over = self.filled_at is None

    def stop(self, at: int, prices: list[Fraction]) -> None:
        if self.filled_at is not None:
            self.end(prices[0 if self.sign == 1 else 1], "forced")

    def ticks_beyond(self, ticker: dict[str, Any]) -> Fraction | None:
        """How far the price went beyond what is waited for: an entry waits on its own side, a take-profit beyond."""
        way = self.sign if self.filled_at is None else -self.sign
        goal = self.limit if self.filled_at is None else self.exit_level("take_profit_pct", self.sign)
        seen = quoted(ticker, self.config["touch_price"], is_buy=way == 1)
        return None if seen is None else (goal - seen) * way / self.tick

    def stopped(self, ticker: dict[str, Any]) -> Fraction | None:
        """Where the stop-loss would be filled; None while nothing triggers it."""
        is_buy = self.sign == -1
        trigger = quoted(ticker, self.config["stop_trigger"], is_buy=is_buy)
        book = quoted(ticker, "best", is_buy=is_buy)
        level = self.exit_level("stop_loss_pct", -self.sign)
        if trigger is None or (trigger - level) * self.sign > 0:
            return None
        return level if book is None or (book - level) * self.sign > 0 else book

    def exit_level(self, name: str, way: int) -> Fraction:
        """So many per cent up (way 1) or down from the entry, rounded away from it, to a price that there is."""
        price = max(self.limit * (100 + way * self.config["exit"][name]) / 100, Fraction(0)) / self.tick
        steps: int = ceil(price) if way == 1 else floor(price)
        return steps * self.tick

    def fill(self, at: int) -> None:
        if self.filled_at is None:
            self.filled_at = at
            self.pay_fee(self.limit, "entry")
        else:
            self.end(self.exit_level("take_profit_pct", self.sign), "take_profit")

    def end(self, price: Fraction, kind: str) -> None:
        self.pay_fee(price, kind)
        self.realised = (price - self.limit) * self.quantity * self.sign
        self.is_over = True

    def pay_fee(self, price: Fraction, kind: str) -> None:
        self.fees += price * self.quantity * self.config["fees_pct"][self.config["fee_of"][kind]] / 100


def added_up(config: dict[str, Any], lives: list[Life]) -> dict[str, Any]:
    """What a model came to."""
    closed = [life.realised for life in lives if life.realised is not None]
    realised = sum(closed, Fraction(0))
    fees = sum((life.fees for life in lives), Fraction(0))
    funding = sum((life.funding for life in lives), Fraction(0))
    return {
        "trades": len(closed), "wins": sum(gain > 0 for gain in closed), "realised": realised, "fees": fees,
        "funding": funding, "equity": config["account"]["start_equity"] + realised - fees + funding,
    }  # fmt: skip


def quoted(ticker: dict[str, Any], which: str, *, is_buy: bool) -> Fraction | None:
    """The price that a buy (or a sell) would be held against."""
    if which == "mark":
        return ticker.get("markPrice")
    return ticker.get("lastPrice") if which == "last" else ticker.get("ask1Price" if is_buy else "bid1Price")
