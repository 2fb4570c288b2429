"""Buy at one exchange, sell at another: the whole calculation of one pair, symbol and notional, exact."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext

from p2p_pipeline.exchanges.scan.exact import EXACT, least_common_step, rounded_quotient
from p2p_pipeline.exchanges.scan.pairs import PairFacts
from p2p_pipeline.exchanges.scan.reasons import Reason
from p2p_pipeline.exchanges.scan.results import BookUsed, Spatial
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.walk import Levels, affordable, depth, eaten, floored, worth
from p2p_pipeline.exchanges.words import Instrument


@dataclass(frozen=True, slots=True)
class BookSide:
    """The asks of a book to buy from, or the bids of one to sell to, and how old they are."""

    instrument: Instrument
    levels: Levels
    taker_fee: Decimal
    age_ms: int = 0
    exchange_age_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """What a pair comes to. Quotients are kept as they are until something is shown."""

    quantity: Decimal
    cost: Decimal
    proceeds: Decimal
    paid: Decimal
    got: Decimal
    slippage: Decimal
    profit_times_quantity: Decimal
    """The net profit in quote, times `quantity`: so it is a number with an end."""
    is_partial: bool

    @property
    def net_edge_pct(self) -> Decimal:
        """As it is shown."""
        return rounded_quotient(100 * self.profit_times_quantity, self.paid * self.quantity)

    def edge_is_below(self, percent: Decimal) -> bool:
        """Whether the net edge, not rounded, is below it."""
        return 100 * self.profit_times_quantity < percent * self.paid * self.quantity

    def edge_is_above(self, percent: Decimal) -> bool:
        """Whether the net edge, not rounded, is above it."""
        return 100 * self.profit_times_quantity > percent * self.paid * self.quantity


def price(
    bought: BookSide, sold: BookSide, notional: Decimal, withdrawal_fee: Decimal, rules: ScanRules
) -> Priced | Reason:
    """Steps 2 to 7 of the contract; the reason when nothing can be bought or sold. Inside EXACT."""
    one, other = bought.instrument, sold.instrument
    step = least_common_step(one.quantity_step, other.quantity_step)
    by_money = affordable(bought.levels, notional, step)
    quantity = min(by_money.quantity, floored(depth(sold.levels), step))
    if quantity <= 0:
        return Reason.BELOW_STEP
    cost, proceeds = worth(bought.levels, quantity), worth(sold.levels, quantity)
    if cost < one.min_notional or proceeds < other.min_notional or quantity < max(one.min_quantity, other.min_quantity):
        return Reason.BELOW_MIN_NOTIONAL
    is_partial = by_money.is_all or quantity < by_money.quantity
    return _priced(
        quantity, cost, proceeds, bought.taker_fee, sold.taker_fee, withdrawal_fee, rules, is_partial=is_partial
    )


def edge_of(
    quantity: Decimal,
    cost: Decimal,
    proceeds: Decimal,
    fees: tuple[Decimal, Decimal],
    withdrawal_fee: Decimal,
    rules: ScanRules,
) -> Decimal:
    """The net edge of a quantity that costs and brings so much. Inside EXACT."""
    return _priced(quantity, cost, proceeds, *fees, withdrawal_fee, rules, is_partial=False).net_edge_pct


def _priced(
    quantity: Decimal,
    cost: Decimal,
    proceeds: Decimal,
    buy_fee: Decimal,
    sell_fee: Decimal,
    withdrawal_fee: Decimal,
    rules: ScanRules,
    *,
    is_partial: bool,
) -> Priced:
    paid, got = cost * (1 + buy_fee), proceeds * (1 - sell_fee)
    slippage = (paid * rules.slippage_pct).scaleb(-2)
    profit = (got - paid - slippage - rules.rebalance_cost) * quantity - withdrawal_fee * proceeds
    return Priced(quantity, cost, proceeds, paid, got, slippage, profit, is_partial)


def judge(priced: Priced, rules: ScanRules) -> Reason | None:
    """Step 8: None for an opportunity. Inside EXACT."""
    if priced.edge_is_below(rules.min_net_edge_pct):
        return Reason.BELOW_MIN_EDGE
    return Reason.TOO_GOOD if priced.edge_is_above(rules.too_good_pct) else None


def unfolded(
    priced: Priced, symbol: str, notional: Decimal, bought: BookSide, sold: BookSide, facts: PairFacts, rules: ScanRules
) -> Spatial:
    """The calculation as it is told, each quotient rounded once."""
    with localcontext(EXACT):
        quantity = priced.quantity
        return Spatial(
            buy=bought.instrument.exchange,
            sell=sold.instrument.exchange,
            symbol=symbol,
            notional=notional,
            quantity=quantity,
            buy_vwap=rounded_quotient(priced.cost, quantity),
            sell_vwap=rounded_quotient(priced.proceeds, quantity),
            cost=priced.cost,
            proceeds=priced.proceeds,
            paid=priced.paid,
            got=priced.got,
            slippage=priced.slippage,
            withdrawal=rounded_quotient(facts.withdrawal_fee * priced.proceeds, quantity),
            rebalance_cost=rules.rebalance_cost,
            net_profit_quote=rounded_quotient(priced.profit_times_quantity, quantity),
            net_edge_pct=priced.net_edge_pct,
            is_partial=priced.is_partial,
            bought=_used(bought, quantity),
            sold=_used(sold, quantity),
            transfer=facts.transfer,
            common_chains=facts.common_chains,
            is_withdrawal_fee_known=facts.is_withdrawal_fee_known,
        )


def _used(side: BookSide, quantity: Decimal) -> BookUsed:
    instrument = side.instrument
    return BookUsed(
        instrument.exchange,
        instrument.symbol,
        side.age_ms,
        side.exchange_age_ms,
        eaten(side.levels, quantity),
        side.taker_fee,
    )
