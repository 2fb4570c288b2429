"""Which contracts the simulated linear market has: their names, prices, steps, and how busy they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

from p2p_pipeline.exchanges.simulator.assets import ASSETS
from p2p_pipeline.exchanges.simulator.noise import key_of

PERPETUAL, FUTURES = "LinearPerpetual", "LinearFutures"
_COINS = ("USDT", "USDC", "USD", "EUR", "KRW")
_CONSONANTS, _VOWELS = "BDFGHKLMNPRSTVWXZ", "AEIOU"
_HOURS = (8, 8, 8, 4, 4, 4, 1)
_MOST_A_SECOND = 8.0
_LEAST_A_SECOND = 1 / 4
_DAY_MS = 86_400_000
_QUARTERS = ("27NOV26", "25DEC26", "26MAR27", "25JUN27")


@dataclass(frozen=True, slots=True)
class Contract:
    """One instrument."""

    symbol: str
    base: str
    quote: str
    kind: str
    status: str
    price: float
    price_decimals: int
    tick: int
    """In units of the last price decimal."""
    quantity_decimals: int
    """Of the step; negative for steps of 10, 100, …"""
    volatility: float
    """A day's, as a part of the price."""
    dollars: float
    """Turnover of a day."""
    funding_hours: int
    steps_a_minute: int
    """Moments at which its ticker can change."""

    @property
    def tick_size(self) -> str:
        """As the exchange spells it."""
        return decimal(self.tick, self.price_decimals)

    @property
    def step(self) -> str:
        """Of its quantities."""
        return quantity(1, self.quantity_decimals)


def decimal(units: int, decimals: int) -> str:
    """A number of units of the last decimal as text."""
    if not decimals:
        return str(units)
    digits = str(abs(units)).rjust(decimals + 1, "0")
    return f"{'-' if units < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"


def quantity(steps: int, decimals: int) -> str:
    """A number of quantity steps as text."""
    return decimal(steps, decimals) if decimals >= 0 else str(steps * int(10**-decimals))


def contracts(seed: int, count: int, frames_a_second: float) -> tuple[Contract, ...]:
    """`count` perpetuals of USDT in trading and some others beside, by name.

    The first have the names of the books' assets; `frames_a_second` is what all together come to.
    """
    chance = Random(key_of(seed, "linear"))
    known = [(name, what.dollars) for name, what in ASSETS.items() if name not in _COINS][:count]
    drawn = known + _made_up(chance, count - len(known), {name for name, _ in known})
    shares = [math.exp(-2.6 * place / max(1, count)) * chance.uniform(0.5, 1.5) for place in range(count)]
    rates = _rates(shares, frames_a_second)
    found = [
        _contract(chance, base, "USDT", price, place / max(1, count), rates[place])
        for place, (base, price) in enumerate(drawn)
    ]
    return tuple(sorted((*found, *_others(chance, found)), key=lambda contract: contract.symbol))


def _made_up(chance: Random, count: int, taken: set[str]) -> list[tuple[str, float]]:
    names: list[tuple[str, float]] = []
    while len(names) < count:
        name = "".join(chance.choice(_CONSONANTS) + chance.choice(_VOWELS) for _ in range(2)) + chance.choice("NRXS")
        price = 10 ** chance.choices((-4.5, -2.5, -1, 0.5, 2, 4), (5, 20, 40, 25, 8, 2))[0] * chance.uniform(0.4, 9)
        if price < 0.0001:
            name, price = f"1000{name}", price * 100
        if name not in taken:
            taken.add(name)
            names.append((name, min(price, 100_000.0)))
    return names


def _rates(shares: list[float], total: float) -> list[float]:
    """Frames a second of each: none above what the exchange sends of one, the sum about the total."""
    factor = total / sum(shares) if shares else 0.0
    for _ in range(6):
        rates = [min(_MOST_A_SECOND, max(_LEAST_A_SECOND, share * factor)) for share in shares]
        factor *= total / sum(rates) if rates else 1.0
    return [min(_MOST_A_SECOND, max(_LEAST_A_SECOND, share * factor)) for share in shares]


def _contract(chance: Random, base: str, quote: str, price: float, place: float, rate: float) -> Contract:
    magnitude = math.floor(math.log10(price))
    price_decimals = max(2, 4 - magnitude)
    tick = 10 if magnitude > 3 else chance.choice((1, 1, 1, 5))
    volatility = 0.03 * math.exp(chance.uniform(0, 1.8)) * (0.6 if place < 0.05 else 1.0)
    return Contract(
        symbol=f"{base}{quote}" if quote == "USDT" else f"{base}PERP",
        base=base,
        quote=quote,
        kind=PERPETUAL,
        status="Trading",
        price=price,
        price_decimals=price_decimals,
        tick=tick,
        quantity_decimals=max(-4, math.floor(math.log10(price)) - chance.choice((0, 0, 1))),
        volatility=volatility,
        dollars=2e9 * math.exp(-7.5 * place) * chance.uniform(0.5, 2),
        funding_hours=8 if place < 0.02 else chance.choice(_HOURS),
        steps_a_minute=max(1, round(60 * rate)),
    )


def _others(chance: Random, perpetuals: list[Contract]) -> list[Contract]:
    """What the list has beside: futures with a delivery, perpetuals of USDC, and some that don't trade (yet)."""
    found: list[Contract] = []
    for place, of in enumerate(perpetuals[:24]):
        quiet = (chance, of.base, "USDC", of.price, 0.9, 0.2)
        found.append(_contract(*quiet))
        if place < 4:
            for quarter in _QUARTERS:
                found.append(_changed(_contract(*quiet), f"{of.base}-{quarter}", FUTURES, "Trading"))
                usdt = _contract(chance, of.base, "USDT", of.price, 0.9, 0.2)
                found.append(_changed(usdt, f"{of.base}USDT-{quarter}", FUTURES, "Trading"))
    for place, (base, price) in enumerate(_made_up(chance, 8, {of.base for of in perpetuals})):
        status = ("PreLaunch", "PreLaunch", "Delivering", "Closed", "Settling")[place % 5]
        made = _contract(chance, base, "USDT", price, 0.95, 0.1)
        found.append(_changed(made, made.symbol, PERPETUAL, status))
    return found


def _changed(contract: Contract, symbol: str, kind: str, status: str) -> Contract:
    return replace(contract, symbol=symbol, kind=kind, status=status)
