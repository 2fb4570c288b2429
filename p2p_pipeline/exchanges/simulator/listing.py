"""What each simulated exchange trades, in which steps and for which fee."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from p2p_pipeline.exchanges.settings import CROSSES
from p2p_pipeline.exchanges.simulator.assets import asset, other_contract
from p2p_pipeline.exchanges.simulator.book import SimulatedBook, SimulatedInstrument
from p2p_pipeline.exchanges.simulator.noise import key_of

TAKER_FEES = {
    "binance": "0.001", "okx": "0.001", "kraken": "0.004", "bybit": "0.001", "coinbase": "0.012", "kucoin": "0.001",
    "gate": "0.002", "mexc": "0.0005", "bitget": "0.001", "htx": "0.002", "upbit": "0.0025", "bingx": "0.001",
    "bitfinex": "0", "xt": "0.002",
}  # fmt: skip
"""The public base tiers. The order of names is the order of the exchanges."""

EXCHANGES = tuple(TAKER_FEES)

_EXTRA = {
    "kraken": ("BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD", "ADA/USD", "USDT/USD"),
    "coinbase": ("BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD", "ADA/USD", "USDT/USD"),
    "bitfinex": ("BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD", "AVAX/USD", "USDT/USD"),
    "upbit": ("BTC/KRW", "ETH/KRW", "SOL/KRW", "XRP/KRW", "DOGE/KRW", "USDT/KRW"),
    "binance": ("BTC/USDC", "ETH/USDC", "USDC/USDT"),
    "okx": ("BTC/USDC", "ETH/USDC", "USDC/USDT"),
    "bybit": ("BTC/USDC", "ETH/USDC", "USDC/USDT"),
    "kucoin": ("BTC/USDC", "USDC/USDT"),
}


def listed(
    exchange: str,
    symbols: Iterable[str],
    *,
    has_extra: bool = True,
    impostors: Iterable[tuple[str, str]] = (),
    closed: Iterable[tuple[str, str]] = (),
) -> list[SimulatedInstrument]:
    """The instruments of an exchange: the symbols asked for, and with `has_extra` its crosses and odd quotes.

    `impostors` are (exchange, asset) where the ticker is another coin, `closed` those whose withdrawals are shut.
    """
    wanted = dict.fromkeys(symbols)
    if has_extra:
        bases = {symbol.partition("/")[0] for symbol in wanted}
        # Listed everywhere where their assets are: cycles go over them.
        more = [*CROSSES, *_EXTRA.get(exchange, ())]
        wanted |= dict.fromkeys(symbol for symbol in more if symbol.partition("/")[0] in {*bases, "USDT", "USDC"})
    others, shut = set(impostors), set(closed)
    return [
        instrument(exchange, symbol, is_impostor=(exchange, base) in others, is_closed=(exchange, base) in shut)
        for symbol in wanted
        for base in [symbol.partition("/")[0]]
    ]


@dataclass(frozen=True, slots=True)
class ListedAsset:
    """One asset in an exchange's list of currencies."""

    ticker: str
    chain: str
    contract: str
    """Empty for the chain's own coin."""
    deposit_open: bool
    withdraw_open: bool
    withdrawal_fee: Decimal


def assets_of(books: Iterable[SimulatedBook]) -> list[ListedAsset]:
    """What an exchange's list of currencies holds: every base and every quote that lives on a chain, each once."""
    found: dict[str, ListedAsset] = {}
    instruments = [book.instrument for book in books]
    for what in instruments:
        found.setdefault(
            what.base,
            ListedAsset(
                what.base, what.chain, what.contract, what.deposit_open, what.withdraw_open, what.withdrawal_fee
            ),
        )
    for what in instruments:
        quote = asset(what.quote)
        if quote.ticker not in ("USD", "EUR", "KRW"):
            fee = _round_amount(0.4 / quote.dollars)
            found.setdefault(quote.ticker, ListedAsset(quote.ticker, quote.chain, quote.contract, True, True, fee))
    return list(found.values())


def instrument(
    exchange: str, symbol: str, *, is_impostor: bool = False, is_closed: bool = False
) -> SimulatedInstrument:
    """One instrument with the exchange's steps."""
    base, _, quote = symbol.partition("/")
    what = asset(base)
    price = what.dollars / asset(quote).dollars
    return SimulatedInstrument(
        exchange,
        base,
        quote,
        _price_decimals(exchange, symbol, price),
        _quantity_decimals(exchange, base),
        {"BTC": Decimal("0.0001"), "KRW": Decimal(5_000)}.get(quote, Decimal(5)),
        Decimal(TAKER_FEES[exchange] if (exchange, quote) != ("upbit", "KRW") else "0.0005"),
        other_contract(base) if is_impostor else what.contract,
        what.chain if not is_impostor else "ETH",
        withdraw_open=not is_closed,
        withdrawal_fee=_round_amount(0.4 / what.dollars),
    )


def _price_decimals(exchange: str, symbol: str, price: float) -> int:
    # Bitfinex spells prices in five significant digits.
    digits = 5 if exchange == "bitfinex" else 6 + key_of("digits", exchange, symbol) % 2
    return max(0, digits - math.floor(math.log10(price)) - 1)


def _quantity_decimals(exchange: str, base: str) -> int:
    if exchange in ("kraken", "bitfinex", "coinbase"):
        return 8
    dollars = asset(base).dollars
    fine = key_of("quantity", exchange, base) % 3
    return min(8, max(0, round(math.log10(dollars)) + 1 + fine))


def _round_amount(amount: float) -> Decimal:
    """An amount with one digit that counts, as exchanges set their withdrawal fees."""
    exponent = math.floor(math.log10(amount))
    return Decimal(round(amount / 10**exponent)).scaleb(exponent)
