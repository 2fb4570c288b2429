"""A market of any size as arrays, with its exact books: prices of an exchange stand a little apart from the others'."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from p2p_pipeline.exchanges.books.view import ExactBook, MarketView
from p2p_pipeline.exchanges.scan.pairs import PairFacts
from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.words import Instrument

RULES = ScanRules(
    notionals=(Decimal(100), Decimal(1_000), Decimal(10_000)),
    min_net_edge_pct=Decimal("0.1"),
    slippage_pct=Decimal("0.05"),
    start={"USDT": Decimal(1_000)},
)


class Confirmed:
    """Everything is what it is called."""

    def pair(self, symbol: str, buy: str, sell: str) -> PairFacts:
        return PairFacts(is_confirmed=True, transfer=Transfer.TRANSFERABLE)


CONFIRMED = Confirmed()


def large_market(
    symbols: int, *, apart: float, exchanges: int = 14, levels: int = 20, seed: int = 1, crossing: float = 0.02
) -> MarketView:
    """Prices of a symbol stand about `apart` of each other; a share `crossing` of the symbols has one exchange off."""
    random = np.random.default_rng(seed)
    shape = (exchanges, symbols)
    # Six digits of a price and a step of about a thousandth of a hundred dollars, as exchanges have them.
    magnitude = random.integers(-3, 5, symbols)
    price_decimals, step_decimals = np.maximum(5 - magnitude, 0), np.clip(magnitude + 1, 0, 8)
    middle = 10.0 ** (magnitude + random.random(symbols))
    middle = middle * (1 + apart * random.standard_normal(shape))
    off = random.random(symbols) < crossing
    middle[random.integers(0, exchanges, symbols)[off], np.flatnonzero(off)] *= 1.006
    widths = np.cumsum(random.exponential(0.0002, (*shape, levels)), axis=2) + 0.00005
    money = random.exponential(1_500, (2, *shape, levels)) + 20
    p10, q10 = 10.0 ** price_decimals[None, :, None], 10.0 ** step_decimals[None, :, None]
    asks = np.rint(middle[:, :, None] * (1 + widths) * p10) / p10
    bids = np.rint(middle[:, :, None] * (1 - widths) * p10) / p10
    ask_quantities, bid_quantities = ((np.rint(m / middle[:, :, None] * q10) + 1) / q10 for m in money)
    names = [f"exchange{number}" for number in range(exchanges)]
    instruments = {
        (exchange, row): Instrument(
            exchange=names[exchange],
            symbol=f"A{row}/USDT",
            base=f"A{row}",
            quote="USDT",
            price_step=Decimal(1).scaleb(-int(price_decimals[row])),
            quantity_step=Decimal(1).scaleb(-int(step_decimals[row])),
            min_notional=Decimal(5),
            taker_fee=Decimal("0.001"),
        )
        for exchange in range(exchanges)
        for row in range(symbols)
    }

    def exact(exchange: int, row: int) -> ExactBook:
        sides = ((bids, bid_quantities), (asks, ask_quantities))
        return ExactBook(*(_levels(prices[exchange, row], there[exchange, row]) for prices, there in sides))

    return MarketView(
        exchanges=tuple(names),
        symbols=tuple(f"A{row}/USDT" for row in range(symbols)),
        bid_prices=bids,
        bid_quantities=bid_quantities,
        ask_prices=asks,
        ask_quantities=ask_quantities,
        is_live=np.ones(shape, dtype=np.bool_),
        received_ns=np.zeros(shape, dtype=np.int64),
        exchange_age_ms=np.full(shape, np.nan),
        now_ns=1_000_000,
        instruments=instruments,
        exact=exact,
    )


def _levels(prices: np.ndarray, quantities: np.ndarray) -> tuple[tuple[Decimal, Decimal], ...]:
    rows = zip(prices.tolist(), quantities.tolist(), strict=True)
    return tuple((Decimal(repr(price)), Decimal(repr(quantity))) for price, quantity in rows)
