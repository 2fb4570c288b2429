"""Random price files: odd steps, dust, empty and crossed books, prices from 1e-12, quantities to 1e12."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

ASSETS = ("USDT", "BTC", "ETH", "XRP", "EUR")
STEPS = ("0.001", "0.01", "0.1", "1", "10", "0.0015", "0.3", "7", "0.00001", "1E+2", "0.10")


def random_market(random: Random) -> dict[str, Any]:
    """One file. Prices of a pair stay near each other, so that many pairs nearly pay and some do."""
    assets = random.sample(ASSETS, random.randint(2, 5))
    worth = {asset: 10 ** random.uniform(-4, 4) for asset in assets}
    exchanges = [f"exchange{number}" for number in range(random.randint(1, 4))]
    instruments: list[dict[str, Any]] = []
    books: list[dict[str, Any]] = []
    # In some files whole worlds of other sizes: amounts of 1e-12, of 1e12.
    price_size, quantity_size = random.choice(((0, 0), (0, 0), (0, 0), (-12, 12), (9, -9), (-6, 3)))
    # In some all numbers are whole steps, as exchanges promise; in others hardly any book keeps to it.
    is_tidy = random.random() < 0.7
    for base, quote in ((b, q) for b in assets for q in assets if b < q):
        for exchange in exchanges:
            if random.random() < 0.15:
                continue
            price = worth[base] / worth[quote]
            instrument = _instrument(random, exchange, base, quote, price, price_size, quantity_size)
            if is_tidy:
                step = Decimal(1).scaleb(Decimal(f"{price:.0e}").adjusted() - 5 + price_size)
                instrument["price_step"] = _text(step)
            instruments.append(instrument)
            if random.random() > 0.03:
                books.append(_book(random, instrument, price, price_size, is_tidy=is_tidy))
    return {
        "instruments": instruments,
        "books": books,
        "notionals": [_text(Decimal(random.choice((1, 50, 1000, 99999))).scaleb(price_size + quantity_size))],
        "slippage_pct": random.choice(("0", "0.05", "0.3")),
        "withdrawal_fee_base": {random.choice(exchanges): {random.choice(assets): random.choice(("0", "0.01", "2"))}},
        "rebalance_cost": random.choice(("0", "0", "0.35")),
        "min_net_edge_pct": random.choice(("0.1", "0", "-0.5", "-3", "1")),
        "too_good_pct": random.choice(("10", "2", "50")),
        "start": {asset: random.choice(("1000", "1", "0.37")) for asset in random.sample(assets, 1)},
        "longest_cycle": random.choice((3, 3, 4)),
    }


def _instrument(
    random: Random, exchange: str, base: str, quote: str, price: float, price_size: int, quantity_size: int
) -> dict[str, Any]:
    # A step that a thousandth to a tenth of the smallest notional pays for, now and then more than all of it.
    near = Decimal(f"{10 ** random.uniform(-4, 0.3) / price:.0e}")
    step = random.choice((near, near, near.scaleb(-1), Decimal(random.choice(STEPS)))).scaleb(quantity_size)
    return {
        "exchange": exchange,
        "symbol": f"{base}/{quote}",
        "base": base,
        "quote": quote,
        "price_step": _text(Decimal("0.01").scaleb(price_size)),
        "quantity_step": _text(step),
        "min_notional": random.choice(("0", "0", "0.5", "20")) if not price_size else "0",
        "taker_fee": random.choice(("0", "0.001", "0.0026", "0.00075")),
    }


def _book(
    random: Random, instrument: dict[str, Any], price: float, price_size: int, *, is_tidy: bool
) -> dict[str, Any]:
    # Now and then a glitch that looks like a fortune.
    middle = price * (1 + random.gauss(0, 0.01)) * random.choice((1,) * 15 + (1.12,))
    spread = random.choice((0.0005, 0.002, 0.0, -0.001)) if random.random() < 0.2 else 0.001
    return {
        "exchange": instrument["exchange"],
        "symbol": instrument["symbol"],
        "bids": _levels(random, instrument, middle * (1 - spread), -1, price_size, is_tidy=is_tidy),
        "asks": _levels(random, instrument, middle * (1 + spread), 1, price_size, is_tidy=is_tidy),
    }


def _levels(
    random: Random, instrument: dict[str, Any], best: float, way: int, price_size: int, *, is_tidy: bool
) -> list[list[str]]:
    levels: list[list[str]] = []
    is_long = random.random() < 0.03
    step = Decimal(instrument["quantity_step"])
    for _ in range(random.choice((0, 1, 2, 3, 5, 8)) if random.random() < 0.3 else 4):
        price = Decimal(f"{best:.{random.choice((3, 6, 9))}g}").scaleb(price_size)
        if is_tidy:
            tick = Decimal(instrument["price_step"])
            price = max(tick, price // tick * tick)
        if is_long:
            price += price.scaleb(-random.randint(17, 22))
        quantity = step * random.choice((0, 1, 3, 17, 250, 40_000))
        if random.random() < 0.3 and not is_tidy:
            quantity += step * Decimal(random.choice(("0.5", "0.013", "0.99")))
        last = Decimal(levels[-1][0]) if levels else price * (1 - way)
        if price != last and (price > last) == (way > 0):
            levels.append([_text(price), _text(quantity)])
        best *= 1 + way * random.choice((0.0001, 0.002, 0.03))
    return levels


def _text(number: Decimal) -> str:
    return format(number, "f") if number >= Decimal("1E-40") or not number else str(number)
