"""Other ways to the same answers: trying everything, and an integer programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from p2p_pipeline.p2p.markets import Side
from p2p_pipeline.p2p.metrics.pricing.execution import Quote
from p2p_pipeline_tests.p2p.metrics.pricing.random_books import Sheet


@dataclass(frozen=True)
class Lot:
    """What an advert takes, in ticks, and what a tick returns; worked out without the code under test."""

    offer_id: str
    value: Fraction
    least: int
    most: int


def _ceiling(number: Fraction) -> int:
    return -((-number.numerator) // number.denominator)


def lots_of(sheet: Sheet) -> list[Lot]:
    """The adverts that can fill anything, best first."""
    lots = []
    fiat_tick, asset_tick = Fraction(1, 10**sheet.fiat_scale), Fraction(1, 10**sheet.asset_scale)
    for advert in sheet.adverts:
        price = Fraction(advert.price)
        low, high = Fraction(advert.min_fiat), Fraction(advert.max_fiat)
        if sheet.side is Side.BUY:
            least, most = _ceiling(max(low, price * asset_tick, fiat_tick) / fiat_tick), high // fiat_tick
            value = 1 / price
        else:
            least = _ceiling(max(low, fiat_tick) / price / asset_tick)
            most = min(high / price // asset_tick, Fraction(advert.available_asset) // asset_tick)
            value = price
        if max(1, least) <= most:
            lots.append(Lot(advert.offer_id, value, max(1, least), most))
    return sorted(lots, key=lambda lot: (-lot.value, lot.offer_id))


def value_of(lots: Sequence[Lot], amount: int) -> Fraction | None:
    """What a set of lots (best first) returns for exactly the amount; None when it can't hold it."""
    room = amount - sum(lot.least for lot in lots)
    if room < 0:
        return None
    returned = Fraction(0)
    for lot in lots:
        extra = min(room, lot.most - lot.least)
        room -= extra
        returned += lot.value * (lot.least + extra)
    return None if room else returned


def by_trying_all(lots: Sequence[Lot], amount: int, max_splits: int) -> tuple[Fraction, int] | None:
    """The most that any set returns, and the fewest legs that do."""
    best: tuple[Fraction, int] | None = None
    for legs in range(1, max_splits + 1):
        for chosen in combinations(lots, legs):
            value = value_of(chosen, amount)
            if value is not None and (best is None or value > best[0]):
                best = (value, legs)
    return best


def nearest_by_trying_all(lots: Sequence[Lot], amount: int, max_splits: int) -> tuple[int | None, int | None]:
    """The placeable amounts next to one that can't be placed."""
    sets = [chosen for legs in range(1, max_splits + 1) for chosen in combinations(lots, legs)]
    below = [most for chosen in sets if (most := sum(lot.most for lot in chosen)) < amount]
    above = [least for chosen in sets if (least := sum(lot.least for lot in chosen)) > amount]
    return max(below, default=None), min(above, default=None)


@dataclass(frozen=True)
class Programme:
    """An integer programme's answer: a bound good to the solver's tolerance, and its set valued exactly."""

    bound: float
    value: Fraction | None


def by_integer_programme(lots: Sequence[Lot], amount: int, max_splits: int) -> Programme | None:
    """Solve with HiGHS; None when it says that there is no solution. Amounts are scaled to 1, values to the best."""
    usable = [lot for lot in lots if lot.least <= amount]
    if not usable:
        return None
    count, best = len(usable), float(usable[0].value)
    value = np.array([float(lot.value) for lot in usable]) / best
    least = np.array([lot.least for lot in usable], dtype=float) / amount
    most = np.minimum(np.array([lot.most for lot in usable], dtype=float) / amount, 1.0)
    one, none = np.eye(count), np.zeros((1, count))
    ones = np.ones((1, count))
    answer = milp(
        np.concatenate([-value, np.zeros(count)]),
        integrality=np.concatenate([np.zeros(count), np.ones(count)]),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(np.hstack([one, -np.diag(most)]), -np.inf, 0),
            LinearConstraint(np.hstack([one, -np.diag(least)]), 0, np.inf),
            LinearConstraint(np.hstack([ones, none]), 1, 1),
            LinearConstraint(np.hstack([none, ones]), 0, max_splits),
        ],
        options={"mip_rel_gap": 0.0},
    )
    if answer.x is None:
        return None
    chosen = [lot for lot, is_chosen in zip(usable, answer.x[count:] > 0.5, strict=True) if is_chosen]
    return Programme(-float(answer.mip_dual_bound) * best * amount, value_of(chosen, amount))


def returned_by(quote: Quote, sheet: Sheet) -> Fraction:
    """What a quote's split returns in ticks of value, from its legs and the adverts alone; checks every limit."""
    adverts = {advert.offer_id: advert for advert in sheet.adverts}
    is_buy = sheet.side is Side.BUY
    assert quote.best_split is not None
    legs = quote.best_split.legs
    assert 1 <= len(legs) <= quote.max_splits
    assert len({leg.offer_id for leg in legs}) == len(legs)
    returned, tick = Fraction(0), Fraction(1, 10 ** (sheet.fiat_scale if is_buy else sheet.asset_scale))
    for leg in legs:
        advert = adverts[leg.offer_id]
        assert leg.price == advert.price
        fiat = Fraction(leg.fiat) if is_buy else Fraction(leg.asset) * Fraction(leg.price)
        assert Fraction(advert.min_fiat) <= fiat <= Fraction(advert.max_fiat)
        given = Fraction(leg.fiat if is_buy else leg.asset) / tick
        assert given.denominator == 1
        assert leg.fiat > 0
        assert leg.asset > 0
        if not is_buy:
            assert leg.asset <= advert.available_asset
        returned += given / Fraction(leg.price) if is_buy else given * Fraction(leg.price)
    given_sum = sum(((leg.fiat if is_buy else leg.asset) for leg in legs), Decimal(0))
    assert given_sum == quote.amount
    return returned
