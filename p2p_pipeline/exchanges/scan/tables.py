"""What of a scan stays the same while instruments, rules and identities do: made once, as arrays.

Quantities are counted in units: the smallest decimal in which every step of a symbol's instruments is a whole number.
Whole numbers below 2**53 are exact as floats, so what is done with them decides exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

import numpy as np
import numpy.typing as npt

from p2p_pipeline.exchanges.books.view import Flags, Floats, MarketView
from p2p_pipeline.exchanges.scan.exact import EXACT, decimals_of, least_common_step
from p2p_pipeline.exchanges.scan.pairs import Pairs
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.words import Instrument

Whole = npt.NDArray[np.int64]

LARGEST_WHOLE = 2.0**51
"""A decimal of so many units is at most half a unit away from its float times the units, also after rounding twice."""
MOST_DECIMALS = 15
_LARGEST_SUM = 2.0**63


@dataclass(frozen=True, slots=True)
class Tables:
    """[exchange, symbol], or [buying, selling, symbol]."""

    exchanges: tuple[str, ...]
    symbols: tuple[str, ...]
    is_pair: Flags
    """Both trade it, and they are two."""
    is_confirmed: Flags
    """Pairs that are known to be the same thing."""
    paid_factor: Floats
    """1 + fee."""
    got_factor: Floats
    """1 − fee."""
    min_notional: Floats
    min_units: Floats
    step_units: Floats
    """Of a pair: the least common step; NaN where it is no whole number that counts exactly."""
    common_step: Floats
    """[symbol], in base: a multiple of each of its pairs' steps."""
    withdrawal_fee: Floats
    """Of a pair, in base."""
    units: Floats
    """[symbol] in one of base."""
    price_units: Floats
    """In one of quote, of the instrument's own price step."""
    own_units: Floats
    """In one of base, of its own quantity step."""
    notionals: Floats
    """[notional, symbol] in the symbol's quote."""
    budgets: Whole
    """[notional, exchange, symbol] in price units times own units, rounded down."""
    is_countable: Flags
    """Its money can be counted in 64 bits."""


def tables_of(view: MarketView, rules: ScanRules, pairs: Pairs) -> Tables:
    """The tables for a view's instruments."""
    shape = (len(view.exchanges), len(view.symbols))
    table = Tables(
        exchanges=view.exchanges,
        symbols=view.symbols,
        is_pair=np.zeros((shape[0], *shape), dtype=np.bool_),
        is_confirmed=np.zeros((shape[0], *shape), dtype=np.bool_),
        paid_factor=np.ones(shape),
        got_factor=np.ones(shape),
        min_notional=np.zeros(shape),
        min_units=np.zeros(shape),
        step_units=np.full((shape[0], *shape), np.nan),
        common_step=np.full(shape[1], np.inf),
        withdrawal_fee=np.zeros((shape[0], *shape)),
        units=np.ones(shape[1]),
        price_units=np.ones(shape),
        own_units=np.ones(shape),
        notionals=np.zeros((len(rules.notionals), shape[1])),
        budgets=np.zeros((len(rules.notionals), *shape), dtype=np.int64),
        is_countable=np.zeros(shape, dtype=np.bool_),
    )
    by_row: dict[int, list[tuple[int, Instrument]]] = {}
    for (exchange, row), instrument in view.instruments.items():
        by_row.setdefault(row, []).append((exchange, instrument))
    levels = view.ask_prices.shape[2]
    with localcontext(EXACT):
        for row, listed in by_row.items():
            _fill_row(table, rules, row, listed)
            for exchange, instrument in listed:
                _fill_instrument(table, rules, (exchange, row), instrument, levels)
            _fill_pairs(table, pairs, row, listed)
    return table


def _fill_row(table: Tables, rules: ScanRules, row: int, listed: Sequence[tuple[int, Instrument]]) -> None:
    common = listed[0][1].quantity_step
    for _, instrument in listed[1:]:
        common = least_common_step(common, instrument.quantity_step)
    decimals = max(_step_decimals(instrument.quantity_step) for _, instrument in listed)
    table.common_step[row] = float(common)
    quote = listed[0][1].quote
    table.notionals[:, row] = [float(rules.notional(number, quote)) for number in range(len(rules.notionals))]
    table.units[row] = 10.0**decimals if decimals <= MOST_DECIMALS else np.nan


def _fill_instrument(
    table: Tables, rules: ScanRules, place: tuple[int, int], instrument: Instrument, levels: int
) -> None:
    fee = rules.taker_fee(instrument)
    table.paid_factor[place], table.got_factor[place] = float(1 + fee), float(1 - fee)
    table.min_notional[place] = float(instrument.min_notional)
    price_decimals, decimals = _step_decimals(instrument.price_step), _step_decimals(instrument.quantity_step)
    units = table.units[place[1]]
    if math.isfinite(units) and price_decimals <= MOST_DECIMALS:
        table.min_units[place] = float(math.ceil(instrument.min_quantity * Decimal(int(units))))
        table.price_units[place], table.own_units[place] = 10.0**price_decimals, 10.0**decimals
        budgets = [
            int(rules.notional(number, instrument.quote).scaleb(price_decimals + decimals))
            for number in range(len(rules.notionals))
        ]
        # A level is cut to at most four times what can be paid (levels.py), so no sum of them is more than this.
        if max(budgets, default=0) * 4.5 * levels < _LARGEST_SUM and table.min_units[place] < LARGEST_WHOLE:
            table.budgets[:, place[0], place[1]] = budgets
            table.is_countable[place] = True


def _fill_pairs(table: Tables, pairs: Pairs, row: int, listed: Sequence[tuple[int, Instrument]]) -> None:
    symbol, units = table.symbols[row], table.units[row]
    for buy, one in listed:
        for sell, other in listed:
            if buy == sell:
                continue
            place = (buy, sell, row)
            table.is_pair[place] = True
            facts = pairs.pair(symbol, table.exchanges[buy], table.exchanges[sell])
            table.is_confirmed[place] = facts.is_confirmed and one.multiplier == other.multiplier
            table.withdrawal_fee[place] = float(facts.withdrawal_fee)
            if math.isfinite(units):
                step = least_common_step(one.quantity_step, other.quantity_step) * int(units)
                table.step_units[place] = float(step) if step < LARGEST_WHOLE else np.nan


def _step_decimals(step: Decimal) -> int:
    return max(0, decimals_of(step.normalize()))
