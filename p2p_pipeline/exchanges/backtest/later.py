"""What acting on an opportunity one cycle later would have given: the same quantity at the prices that stood then."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext

from p2p_pipeline.exchanges.backtest.episodes import Later
from p2p_pipeline.exchanges.books.view import MarketView
from p2p_pipeline.exchanges.scan.exact import EXACT, least_common_step, rounded_quotient
from p2p_pipeline.exchanges.scan.pairs import Pairs
from p2p_pipeline.exchanges.scan.results import Spatial
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.sides import Place, Sides
from p2p_pipeline.exchanges.scan.states import States
from p2p_pipeline.exchanges.scan.walk import depth, floored, worth

_NOTHING = Later(Decimal(0), Decimal(0), Decimal(0))


class NextCycle:
    """A moment, looked at by those who act on what the moment before it showed."""

    def __init__(self, view: MarketView, rules: ScanRules, pairs: Pairs) -> None:
        self._view, self._rules, self._pairs = view, rules, pairs
        self._sides = Sides(view, rules)
        states = States.of(view, rules)
        self._is_good = states.is_live & ~states.is_stale & ~states.is_crossed
        self._rows: Mapping[str, int] = {symbol: row for row, symbol in enumerate(view.symbols)}
        self._columns: Mapping[str, int] = {name: number for number, name in enumerate(view.exchanges)}

    def filled(self, found: Spatial) -> Later | None:
        """Both orders at the market; None when a book can't be believed, so that nobody would have acted."""
        row = self._rows.get(found.symbol)
        buy, sell = self._columns.get(found.buy), self._columns.get(found.sell)
        if row is None or buy is None or sell is None:
            return None
        places: tuple[Place, Place] = (buy, row), (sell, row)
        if not all(place in self._view.instruments and self._is_good[place] for place in places):
            return None
        bought, sold = self._sides.to_buy(places[0]), self._sides.to_sell(places[1])
        facts = self._pairs.pair(found.symbol, found.buy, found.sell)
        with localcontext(EXACT):
            step = least_common_step(bought.instrument.quantity_step, sold.instrument.quantity_step)
            quantity = floored(min(found.quantity, depth(bought.levels), depth(sold.levels)), step)
            if quantity <= 0:
                return _NOTHING
            cost, proceeds = worth(bought.levels, quantity), worth(sold.levels, quantity)
            paid, got = cost * (1 + bought.taker_fee), proceeds * (1 - sold.taker_fee)
            # Slippage stands for what moves between seeing and filling. Here that is what is measured.
            profit = (got - paid - self._rules.rebalance_cost) * quantity - facts.withdrawal_fee * proceeds
            return Later(quantity, rounded_quotient(profit, quantity), rounded_quotient(100 * profit, paid * quantity))
