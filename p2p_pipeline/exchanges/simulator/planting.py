"""How books must be bent for a plant to be what it says: its edge by arithmetic, not by hope."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from p2p_pipeline.exchanges.simulator.bend import Bend, Pin
from p2p_pipeline.exchanges.simulator.book import SimulatedInstrument
from p2p_pipeline.exchanges.simulator.plant import Plant
from p2p_pipeline.kernel.errors import InvalidInput

HUNDRED = Decimal(100)
_SPREAD = Decimal("0.0002")
"""Between the two pins of a book, as a part of the price."""
_ROOM = Decimal("1.15")
"""The pins hold more than the plant needs: on its way a cycle's amount grows by its edge and by its fees."""
_DEAREST = Decimal("1.02")
"""What the dearest exchange's fee and noise and a withdrawal may cost."""
_DUST_QUOTE = Decimal("0.9")
"""What dust is worth: less than any exchange trades."""


def spatial_bends(
    plant: Plant, buy: SimulatedInstrument, sell: SimulatedInstrument, fair: Decimal
) -> tuple[Bend, Bend]:
    """Pins at both exchanges so that the notional earns the edge after both taker fees and the withdrawal fee."""
    edge = plant.edge_pct / HUNDRED
    # What is bought is rounded down to both steps; bought below the fair price it can only be more.
    decimals = min(buy.quantity_decimals, sell.quantity_decimals)
    quantity = Decimal(_steps(plant.notional / fair, decimals, ROUND_FLOOR)).scaleb(-decimals)
    kept = 1 - sell.taker_fee - (buy.withdrawal_fee / quantity if quantity else 1)
    if kept <= 0:
        raise InvalidInput(
            f"notional of {plant.symbol} was {plant.notional}; a step or the withdrawal fee of {buy.exchange} alone is "
            "more: write a larger one"
        )
    ratio = (1 + buy.taker_fee) * (1 + edge) / kept
    root = ratio.sqrt()
    # Rounded away from each other, and the notional a little dearer than fair: never less than the edge.
    ask = _steps(fair / root, buy.price_decimals, ROUND_FLOOR)
    bid = _steps(fair * root, sell.price_decimals, ROUND_CEILING)
    cheap = _pinned(plant, buy, bid=_below(ask), ask=ask)
    dear = _pinned(plant, sell, bid=bid, ask=_above(bid))
    return cheap, dear


def dust_bend(plant: Plant, sell: SimulatedInstrument, fair: Decimal, buy_fee: Decimal) -> Bend:
    """A best bid that would earn the edge, for less than can be traded; the other bids are where they belong."""
    price = fair * (1 + plant.edge_pct / HUNDRED) * (1 + buy_fee) / (1 - sell.taker_fee)
    bid = _steps(price, sell.price_decimals, ROUND_CEILING)
    crumbs = max(1, int(_DUST_QUOTE / price * 10**sell.quantity_decimals))
    ask = _above(bid)
    return Bend(
        plant.starts_at,
        plant.ends_at,
        bid=Pin(bid, crumbs),
        ask=Pin(ask, _quantity(plant, sell, fair)),
        rest_bid=_steps(fair * (1 - _SPREAD), sell.price_decimals, ROUND_FLOOR),
    )


def glitch_bend(plant: Plant, sell: SimulatedInstrument, fair: Decimal) -> Bend:
    """A whole book so far above the others that the edge is there whoever is bought from."""
    price = fair * (1 + plant.edge_pct / HUNDRED) * _DEAREST / (1 - sell.taker_fee)
    bid = _steps(price, sell.price_decimals, ROUND_CEILING)
    return _pinned(plant, sell, bid=bid, ask=_above(bid))


def triangular_bends(
    plant: Plant, legs: tuple[SimulatedInstrument, SimulatedInstrument, SimulatedInstrument], fair: tuple[Decimal, ...]
) -> tuple[Bend, Bend, Bend]:
    """Pins in hub/USDT, base/hub and base/USDT so that USDT, hub, base, USDT earns the edge after every rounding."""
    first, cross, last = legs
    hub_ask = _steps(fair[0] * (1 + _SPREAD), first.price_decimals, ROUND_CEILING)
    base_bid = _steps(fair[2] * (1 - _SPREAD), last.price_decimals, ROUND_FLOOR)
    kept = (1 - first.taker_fee) ** 3 / (1 + plant.edge_pct / HUNDRED)
    hub, base = _price(hub_ask, first), _price(base_bid, last)
    cross_ask = _steps(base / hub * kept, cross.price_decimals, ROUND_FLOOR)
    for _ in range(10_000):
        if cross_ask < 3:
            break
        if cycle_edge_pct(plant.notional, legs, (hub, _price(cross_ask, cross), base)) >= plant.edge_pct:
            return (
                _pinned(plant, first, bid=_below(hub_ask), ask=hub_ask),
                _pinned(plant, cross, bid=_below(cross_ask), ask=cross_ask, worth=base),
                _pinned(plant, last, bid=base_bid, ask=_above(base_bid)),
            )
        cross_ask -= max(1, cross_ask // 20_000)
    raise InvalidInput(
        f"no price of {plant.symbol} at {plant.buy} earns {plant.edge_pct} % on {plant.notional}: the steps are too "
        "coarse; write a larger notional or a smaller edge"
    )


def cycle_edge_pct(
    notional: Decimal,
    legs: tuple[SimulatedInstrument, SimulatedInstrument, SimulatedInstrument],
    prices: tuple[Decimal, Decimal, Decimal],
) -> Decimal:
    """What buying, buying and selling at these prices earns, every quantity rounded down to its step."""
    first = _floored(notional / prices[0], legs[0])
    second = _floored(first * (1 - legs[0].taker_fee) / prices[1], legs[1])
    third = _floored(second * (1 - legs[1].taker_fee), legs[2])
    spent, end = first * prices[0], third * prices[2] * (1 - legs[2].taker_fee)
    return (end - spent) / spent * HUNDRED if spent else Decimal(-100)


def _pinned(plant: Plant, what: SimulatedInstrument, *, bid: int, ask: int, worth: Decimal | None = None) -> Bend:
    """Pins that hold the notional; `worth` is one of base in the notional's money, where that is not the quote."""
    quantity = _quantity(plant, what, worth or _price(bid, what))
    return Bend(plant.starts_at, plant.ends_at, bid=Pin(bid, quantity), ask=Pin(ask, quantity))


def _quantity(plant: Plant, what: SimulatedInstrument, price: Decimal) -> int:
    wanted = plant.notional / price * _ROOM * (1 + plant.edge_pct / HUNDRED)
    return max(1, _steps(wanted, what.quantity_decimals, ROUND_CEILING))


def _steps(value: Decimal, decimals: int, rounding: str) -> int:
    return int(value.scaleb(decimals).to_integral_value(rounding))


def _price(ticks: int, what: SimulatedInstrument) -> Decimal:
    return Decimal(ticks).scaleb(-what.price_decimals)


def _floored(quantity: Decimal, what: SimulatedInstrument) -> Decimal:
    return Decimal(_steps(quantity, what.quantity_decimals, ROUND_FLOOR)).scaleb(-what.quantity_decimals)


def _below(ask: int) -> int:
    return ask - max(1, int(ask * _SPREAD))


def _above(bid: int) -> int:
    return bid + max(1, int(bid * _SPREAD))
