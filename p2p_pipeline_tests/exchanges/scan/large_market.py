"""A market of any size as arrays, with its exact books: prices of an exchange stand a little apart from the others'."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from p2p_pipeline.exchanges.books.view import ExactBook, Floats, MarketView
from p2p_pipeline.exchanges.scan.pairs import PairFacts
from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.words import Instrument

Wholes = npt.NDArray[np.int64]
Texts = list[tuple[str, str]]

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


@dataclass(frozen=True, slots=True)
class _Symbols:
    """Each fifth is priced in BTC, the first is BTC in USDT; six digits of a price, a step of a part of a dollar."""

    names: tuple[str, ...]
    middle: Floats
    """Of each symbol, in its quote."""
    price_decimals: Wholes
    step_decimals: Wholes
    quote_worth: Floats
    """Of each symbol's quote, in USDT."""

    @staticmethod
    def of(count: int, random: np.random.Generator) -> _Symbols:
        magnitude = random.integers(-3, 5, count)
        worth = 10.0 ** (magnitude + random.random(count))
        worth[0], magnitude[0] = 61_234.5, 4
        in_btc = np.arange(count) % 5 == 4
        # The same asset as the symbol before it.
        worth[in_btc], magnitude[in_btc] = worth[np.flatnonzero(in_btc) - 1], magnitude[np.flatnonzero(in_btc) - 1]
        names = [f"A{row - in_btc[row]}/{'BTC' if in_btc[row] else 'USDT'}" for row in range(count)]
        quote_worth = np.where(in_btc, worth[0], 1.0)
        return _Symbols(
            names=("BTC/USDT", *names[1:]),
            middle=worth / quote_worth,
            price_decimals=np.maximum(5 - magnitude, 0) + 5 * in_btc,
            step_decimals=np.clip(magnitude + 1, 0, 8),
            quote_worth=quote_worth,
        )


def large_market(
    symbols: int,
    *,
    apart: float,
    exchanges: int = 14,
    levels: int = 20,
    seed: int = 1,
    crossing: float = 0.02,
    level_usd: float = 1_500,
    is_kept: bool = False,
) -> MarketView:
    """Prices of a symbol stand about `apart` of each other; a share `crossing` of the symbols has one exchange off.

    `is_kept`: nobody will change the arrays.
    """
    random = np.random.default_rng(seed)
    shape, listed = (exchanges, symbols), _Symbols.of(symbols, random)
    middle = listed.middle * (1 + apart * random.standard_normal(shape))
    # Inside an exchange prices agree: what lies there is taken at once.
    in_btc = np.flatnonzero(listed.quote_worth > 1)
    middle[:, in_btc] = middle[:, in_btc - 1] / middle[:, :1] * (1 + 0.0002 * random.standard_normal((1, len(in_btc))))
    off = random.random(symbols) < crossing
    middle[random.integers(0, exchanges, symbols)[off], np.flatnonzero(off)] *= 1.006
    widths = np.cumsum(random.exponential(0.0002, (*shape, levels)), axis=2) + 0.00005
    money = random.exponential(level_usd, (2, *shape, levels)) + 20
    p10, q10 = (10.0 ** decimals[None, :, None] for decimals in (listed.price_decimals, listed.step_decimals))
    asks = np.rint(middle[:, :, None] * (1 + widths) * p10) / p10
    bids = np.rint(middle[:, :, None] * (1 - widths) * p10) / p10
    worth = (middle * listed.quote_worth)[:, :, None]
    ask_quantities, bid_quantities = ((np.rint(part / worth * q10) + 1) / q10 for part in money)

    spelled: dict[tuple[int, int], tuple[Texts, Texts]] = {}

    def exact(exchange: int, row: int) -> ExactBook:
        at = exchange, row
        # Books keep what exchanges spelled: that is not made anew at each scan.
        found = spelled.get(at) if is_kept else None
        if found is None:
            found = _texts(bids[at], bid_quantities[at]), _texts(asks[at], ask_quantities[at])
            spelled[at] = found
        return ExactBook(*(tuple((Decimal(p), Decimal(q)) for p, q in texts) for texts in found))

    return MarketView(
        exchanges=tuple(f"exchange{number}" for number in range(exchanges)),
        symbols=listed.names,
        bid_prices=bids,
        bid_quantities=bid_quantities,
        ask_prices=asks,
        ask_quantities=ask_quantities,
        is_live=np.ones(shape, dtype=np.bool_),
        received_ns=np.zeros(shape, dtype=np.int64),
        exchange_age_ms=np.full(shape, np.nan),
        now_ns=1_000_000,
        instruments={(at, row): _instrument(at, row, listed) for at in range(exchanges) for row in range(symbols)},
        exact=exact,
    )


def _instrument(exchange: int, row: int, listed: _Symbols) -> Instrument:
    base, quote = listed.names[row].split("/")
    return Instrument(
        exchange=f"exchange{exchange}",
        symbol=listed.names[row],
        base=base,
        quote=quote,
        price_step=Decimal(1).scaleb(-int(listed.price_decimals[row])),
        quantity_step=Decimal(1).scaleb(-int(listed.step_decimals[row])),
        min_notional=Decimal(5) if quote == "USDT" else Decimal("0.0001"),
        taker_fee=Decimal("0.001"),
    )


def _texts(prices: Floats, quantities: Floats) -> Texts:
    rows = zip(prices.tolist(), quantities.tolist(), strict=True)
    return [(repr(price), repr(quantity)) for price, quantity in rows if quantity > 0]
