"""The book of one instrument at any time, from the seed alone: nobody has to have watched it until then."""

from __future__ import annotations

import math
from dataclasses import dataclass

from p2p_pipeline.exchanges.simulator.assets import asset
from p2p_pipeline.exchanges.simulator.bend import Bend
from p2p_pipeline.exchanges.simulator.book import SimulatedInstrument
from p2p_pipeline.exchanges.simulator.fair import FairPrices
from p2p_pipeline.exchanges.simulator.noise import key_of, mixed, uniform

Side = dict[str, str]
"""Price text to quantity text, best first."""

_MEDIAN_DOLLARS = 6_000.0
"""Of what a level holds."""
_COUNTS_BY_ONE = ("bybit", "bingx")
"""Exchanges whose updates are numbered without holes."""


@dataclass(slots=True)
class _Cell:
    """One place of the grid of prices: what stands there, for how many steps."""

    price: str
    period: int
    phase: int
    key: int
    epoch: int = -1
    quantity: str = ""


class BookPath:
    """A book moves in steps, some a second. What stands at a price stays for a number of steps, then is another.

    Levels lie on a grid of prices; the fair price says between which two places of the grid the market is. So a book
    never crosses, and from one step to the next a few levels change, as at an exchange.
    """

    def __init__(
        self, seed: int, instrument: SimulatedInstrument, prices: FairPrices, changes_per_second: float, levels: int
    ) -> None:
        self.instrument = instrument
        self.bends: list[Bend] = []
        self.counts_by_one = instrument.exchange in _COUNTS_BY_ONE
        self._prices = prices
        self._rate = changes_per_second
        self._levels = levels
        self._key = key_of(seed, instrument.exchange, instrument.base, instrument.quote)
        self._phase = uniform(self._key, 0)
        self._ticks = 10**instrument.price_decimals
        self._units = 10**instrument.quantity_decimals
        self._worth = asset(instrument.base).dollars
        price = self._worth / asset(instrument.quote).dollars
        spread = max(asset(instrument.base).spread, asset(instrument.quote).spread if instrument.quote == "BTC" else 0)
        self._gap = max(1, round(price * spread * self._ticks))
        self._cells: dict[int, _Cell | None] = {}
        self._runs: dict[tuple[int, int], list[_Cell]] = {}
        self.nothing = f"{0:.{instrument.quantity_decimals}f}"

    def step_at(self, moment: float) -> int:
        """The newest step at a time (seconds since 1970)."""
        return math.floor(moment * self._rate + self._phase)

    def moment_of(self, step: int) -> float:
        """When a step begins."""
        return (step - self._phase) / self._rate + 1e-6

    def sequence(self, step: int) -> int:
        """The number that the exchange gives the last update of a step."""
        return step if self.counts_by_one else step * 4 + mixed(self._key, step) % 4

    def at(self, step: int) -> tuple[Side, Side]:
        """Bids and asks after a step, best first."""
        moment = self.moment_of(step)
        bend = self.bend_at(moment)
        middle = math.floor(self.middle(moment) * self._ticks / self._gap)
        bids, asks = {}, {}
        first_bid, first_ask = middle - 1, middle + 1
        if bend is not None and bend.bid is not None and bend.ask is not None:
            bids[self.price_text(bend.bid.price)] = self.quantity_text(bend.bid.quantity)
            asks[self.price_text(bend.ask.price)] = self.quantity_text(bend.ask.quantity)
            first_bid = (bend.bid.price if bend.rest_bid is None else bend.rest_bid) // self._gap - 1
            first_ask = (bend.ask.price if bend.rest_ask is None else bend.rest_ask) // self._gap + 1
        self._fill(bids, first_bid, -1, step)
        self._fill(asks, first_ask, 1, step)
        if len(self._cells) > 20 * self._levels:
            self._cells.clear()
            self._runs.clear()
        return bids, asks

    def middle(self, moment: float) -> float:
        """Where the market is here, in quote; pins are not looked at."""
        what = self.instrument
        bend = self.bend_at(moment)
        price = self._prices.price(what.exchange, what.base, what.quote, moment)
        return price if bend is None else price * bend.factor

    def bend_at(self, moment: float) -> Bend | None:
        """The plant that holds the book at a time: the last one planted, where there are several."""
        return next((bend for bend in reversed(self.bends) if bend.starts_at <= moment < bend.ends_at), None)

    def price_text(self, ticks: int) -> str:
        """A price in the instrument's decimals."""
        return _decimal(ticks, self.instrument.price_decimals)

    def quantity_text(self, units: int) -> str:
        """A quantity in the instrument's decimals."""
        return _decimal(units, self.instrument.quantity_decimals)

    def _fill(self, side: Side, first: int, direction: int, step: int) -> None:
        wanted = self._levels - len(side)
        for cell in self._cells_from(first, direction)[:wanted]:
            epoch = (step + cell.phase) // cell.period
            if epoch != cell.epoch:
                cell.epoch, cell.quantity = epoch, self._quantity(cell.key, epoch)
            side[cell.price] = cell.quantity

    def _cells_from(self, first: int, direction: int) -> list[_Cell]:
        """As many as a side can have, best first."""
        found = self._runs.get((first, direction))
        if found is None:
            found, index = [], first
            while index > 0 and len(found) < self._levels:
                if index not in self._cells:
                    self._cells[index] = self._cell(index)
                cell = self._cells[index]
                if cell is not None:
                    found.append(cell)
                index += direction
            self._runs[first, direction] = found
        return found

    def _cell(self, index: int) -> _Cell | None:
        key = mixed(self._key, index)
        if key % 6 == 0:  # a hole
            return None
        ticks = index * self._gap + key % self._gap
        return _Cell(self.price_text(ticks), 4 + key % 53, key % 997, key)

    def _quantity(self, key: int, epoch: int) -> str:
        dollars = _MEDIAN_DOLLARS * math.exp(2.4 * (uniform(key, epoch) - 0.5))
        return self.quantity_text(max(1, round(dollars / self._worth * self._units)))


def _decimal(units: int, decimals: int) -> str:
    if not decimals:
        return str(units)
    digits = str(units).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}"
