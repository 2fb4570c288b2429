"""The contract's arithmetic once more, plain and slow: fractions, and quantities found by trying multiples of the step.

Written from the contract, not from the package, and sharing nothing with it: what both say is what the contract says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import permutations
from math import gcd
from typing import Any

Book = list[tuple[Fraction, Fraction]]
Answer = dict[str, Any]


def common_multiple(one: Fraction, other: Fraction) -> Fraction:
    """The smallest number that is a whole multiple of both."""
    denominator = one.denominator * other.denominator
    a, b = int(one * denominator), int(other * denominator)
    return Fraction(a * b // gcd(a, b), denominator)


def twelve_decimals(value: Fraction) -> Fraction:
    """Half even: what Python's round() does with a fraction."""
    return Fraction(round(value * 10**12), 10**12)


def money_of(book: Book, quantity: Fraction) -> Fraction:
    """What a quantity costs or brings."""
    total = Fraction(0)
    for price, there in book:
        taken = min(there, quantity)
        total += taken * price
        quantity -= taken
    assert quantity == 0
    return total


def sides_of(way: tuple[dict[str, Any], ...], start: str) -> list[str] | None:
    """What is done in each book to come from an asset back to it, no asset twice between; None when it can't be."""
    asset, sides, passed = start, [], set()
    for instrument in way:
        if asset not in (instrument["base"], instrument["quote"]) or asset in passed:
            return None
        passed.add(asset)
        sides.append("BUY" if asset == instrument["quote"] else "SELL")
        asset = instrument["base"] if asset == instrument["quote"] else instrument["quote"]
    return sides if asset == start else None


def all_of(book: Book) -> Fraction:
    return sum((quantity for _, quantity in book), Fraction(0))


def largest(step: Fraction, most: Fraction, fits: Callable[[Fraction], bool]) -> Fraction:
    """The largest multiple of a step, not above `most`, that fits: each is tried, or halves where there are many."""
    count = most // step
    if count <= 40:
        return next((n * step for n in range(count, 0, -1) if fits(n * step)), Fraction(0))
    low, high = 0, count
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle * step) else (low, middle - 1)
    return low * step


def answer(document: dict[str, Any]) -> Answer:
    """What the price command must print, amounts as exact numbers."""
    market = _Market(document)
    rejected: Counter[str] = Counter()
    spatial = []
    for one, other in permutations(market.instruments, 2):
        if one["exchange"] == other["exchange"] or (one["base"], one["quote"]) != (other["base"], other["quote"]):
            continue
        for notional in document["notionals"]:
            found = market.spatial(one, other, Fraction(notional))
            if isinstance(found, str):
                rejected[found] += 1
            else:
                spatial.append(found)
    return {"spatial": spatial, "cycles": list(market.cycles()), "rejected": dict(rejected)}


class _Market:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.instruments = document["instruments"]
        self.books = {
            (book["exchange"], book["symbol"]): {
                side: [(Fraction(p), Fraction(q)) for p, q in book[side] if Fraction(q)] for side in ("bids", "asks")
            }
            for book in document["books"]
        }

    def book(self, instrument: dict[str, Any]) -> dict[str, Book] | None:
        return self.books.get((instrument["exchange"], instrument["symbol"]))

    def number(self, name: str) -> Fraction:
        return Fraction(self.document[name])

    def spatial(  # noqa: PLR0911 - the contract's order of reasons, one after the other
        self, one: dict[str, Any], other: dict[str, Any], notional: Fraction
    ) -> Answer | str:
        here, there = self.book(one), self.book(other)
        if here is None or there is None:
            return "book_invalid"
        for book in (here, there):
            if book["bids"] and book["asks"] and book["bids"][0][0] >= book["asks"][0][0]:
                return "book_crossed"
        asks, bids = here["asks"], there["bids"]
        step = common_multiple(Fraction(one["quantity_step"]), Fraction(other["quantity_step"]))
        most = min(all_of(asks), all_of(bids))
        quantity = largest(step, most, lambda q: money_of(asks, q) <= notional)
        if not quantity:
            return "below_step"
        cost, proceeds = money_of(asks, quantity), money_of(bids, quantity)
        if cost < Fraction(one["min_notional"]) or proceeds < Fraction(other["min_notional"]):
            return "below_min_notional"
        paid, got = cost * (1 + Fraction(one["taker_fee"])), proceeds * (1 - Fraction(other["taker_fee"]))
        fee = Fraction(self.document["withdrawal_fee_base"].get(one["exchange"], {}).get(one["base"], 0))
        withdrawal = fee * proceeds / quantity
        slippage = paid * self.number("slippage_pct") / 100
        profit = got - paid - slippage - withdrawal - self.number("rebalance_cost")
        edge = profit / paid * 100
        if edge < self.number("min_net_edge_pct"):
            return "below_min_edge"
        if edge > self.number("too_good_pct"):
            return "too_good"
        return {
            "buy": one["exchange"],
            "sell": other["exchange"],
            "symbol": one["symbol"],
            "notional": notional,
            "quantity": quantity,
            "buy_vwap": twelve_decimals(cost / quantity),
            "sell_vwap": twelve_decimals(proceeds / quantity),
            "net_edge_pct": twelve_decimals(edge),
            "net_profit_quote": twelve_decimals(profit),
        }

    def cycles(self) -> Iterator[Answer]:
        """Every cycle that the walk accepts, found by trying all orders of the legs."""
        longest = self.document.get("longest_cycle", 3)
        for exchange in {instrument["exchange"]: None for instrument in self.instruments}:
            inside = [i for i in self.instruments if i["exchange"] == exchange and self.book(i) is not None]
            for start, amount in self.document["start"].items():
                for legs in range(3, longest + 1):
                    for way in permutations(inside, legs):
                        found = self.walked(exchange, way, start, Fraction(amount))
                        if found is not None:
                            yield found

    def walked(self, exchange: str, way: tuple[dict[str, Any], ...], start: str, amount: Fraction) -> Answer | None:
        sides = sides_of(way, start)
        if sides is None:
            return None
        held, spent, legs = amount, Fraction(0), []
        for number, (instrument, side) in enumerate(zip(way, sides, strict=True)):
            book = self.book(instrument)
            assert book is not None
            levels = book["asks"] if side == "BUY" else book["bids"]
            quantity = self.leg_quantity(levels, side, held, Fraction(instrument["quantity_step"]))
            money = money_of(levels, quantity)
            if not quantity or money < Fraction(instrument["min_notional"]):
                return None
            left = 1 - Fraction(instrument["taker_fee"])
            given, received = (money, quantity * left) if side == "BUY" else (quantity, money * left)
            spent = spent if number else given
            held = received
            price = twelve_decimals(money / quantity)
            legs.append({"symbol": instrument["symbol"], "side": side, "quantity": quantity, "price": price})
        edge = (held - spent) / spent * 100 - self.number("slippage_pct")
        if edge < self.number("min_net_edge_pct"):
            return None
        return {
            "exchange": exchange,
            "legs": legs,
            "start_asset": start,
            "start_quantity": amount,
            "end_quantity": held,
            "net_edge_pct": twelve_decimals(edge),
        }

    def leg_quantity(self, levels: Book, side: str, held: Fraction, step: Fraction) -> Fraction:
        if side == "BUY":
            return largest(step, all_of(levels), lambda q: money_of(levels, q) <= held)
        return largest(step, all_of(levels), lambda q: q <= held)
