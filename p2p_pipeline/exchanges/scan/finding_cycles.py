"""The cycles of a view: proposed by the best prices, decided by the walk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from p2p_pipeline.exchanges.books.view import Floats, MarketView
from p2p_pipeline.exchanges.scan.cycles import BUY, SELL, Leg, walk_cycle
from p2p_pipeline.exchanges.scan.finding import Edge, Network, bound_of, network_of, proposed
from p2p_pipeline.exchanges.scan.pairs import Pairs
from p2p_pipeline.exchanges.scan.results import CycleFound
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.sides import Place, Sides
from p2p_pipeline.exchanges.scan.states import States

_ANYWHERE = ""


class CycleFinder:
    """The networks of a view's instruments; made once, they serve each scan until the instruments change."""

    def __init__(self, view: MarketView, rules: ScanRules, pairs: Pairs) -> None:
        self._rules, self._pairs = rules, pairs
        self._inside = network_of(list(_edges(view, rules, view.instruments, are_joined=False)))
        held = {(exchange, asset) for exchange, assets in rules.inventory.items() for asset in assets}
        there = [place for place in view.instruments if view.exchanges[place[0]] in rules.inventory]
        number_of = {exchange: number for number, exchange in enumerate(view.exchanges)}
        may_move = frozenset(((_ANYWHERE, asset), number_of[name]) for name, asset in held if name in number_of)
        self._across = network_of(list(_edges(view, rules, there, are_joined=True)), may_move) if may_move else None

    def found(self, view: MarketView, sides: Sides, states: States) -> tuple[CycleFound, ...]:
        """Those that pay, best edge first within each start."""
        may_pass = states.may_cycle(self._rules)
        bids = np.where(may_pass, view.bid_prices[:, :, 0], np.nan)
        asks = np.where(may_pass, view.ask_prices[:, :, 0], np.nan)
        return tuple(found for asset in self._rules.start for found in self._of_start(view, sides, asset, bids, asks))

    def _of_start(self, view: MarketView, sides: Sides, asset: str, bids: Floats, asks: Floats) -> Iterator[CycleFound]:
        network, nodes = self._inside
        starts = [nodes[exchange, asset] for exchange in view.exchanges if (exchange, asset) in nodes]
        yield from self._walked(view, sides, asset, network, starts, bids, asks)
        if self._across is not None:
            network, nodes = self._across
            starts = [nodes[_ANYWHERE, asset]] if (_ANYWHERE, asset) in nodes else []
            for found in self._walked(view, sides, asset, network, starts, bids, asks):
                if not found.exchange:
                    yield found

    def _walked(
        self,
        view: MarketView,
        sides: Sides,
        asset: str,
        network: Network,
        starts: Sequence[int],
        bids: Floats,
        asks: Floats,
    ) -> Iterator[CycleFound]:
        rules = self._rules
        if not starts:
            return
        ways = proposed(network, network.weights(bids, asks), starts, bound_of(rules), rules.longest_cycle)
        for way in ways:
            legs = [_leg(network, edge, sides) for edge in way]
            if self._is_one_thing(view, network, way):
                walked = walk_cycle(legs, asset, rules.start[asset], rules)
                if isinstance(walked, CycleFound):
                    yield walked

    def _is_one_thing(self, view: MarketView, network: Network, way: Sequence[int]) -> bool:
        """Where a cycle goes on at another exchange, what is given there is what was received here."""
        for one, other in zip(way, (*way[1:], way[0]), strict=True):
            here, there = (view.exchanges[int(network.exchanges[edge])] for edge in (one, other))
            if here == there:
                continue
            bases = [
                edge for edge, is_base in ((one, network.is_buy[one]), (other, not network.is_buy[other])) if is_base
            ]
            for edge in bases:
                if not self._pairs.pair(view.symbols[int(network.rows[edge])], here, there).is_confirmed:
                    return False
        return True


def _edges(view: MarketView, rules: ScanRules, places: Iterable[Place], *, are_joined: bool) -> Iterator[Edge]:
    for place in sorted(places):
        instrument = view.instruments[place]
        at = _ANYWHERE if are_joined else view.exchanges[place[0]]
        base, quote, fee = (at, instrument.base), (at, instrument.quote), rules.taker_fee(instrument)
        yield Edge(quote, base, *place, is_buy=True, taker_fee=fee)
        yield Edge(base, quote, *place, is_buy=False, taker_fee=fee)


def _leg(network: Network, edge: int, sides: Sides) -> Leg:
    place = (int(network.exchanges[edge]), int(network.rows[edge]))
    is_buy = bool(network.is_buy[edge])
    side = sides.to_buy(place) if is_buy else sides.to_sell(place)
    return Leg(side.instrument, BUY if is_buy else SELL, side.levels, side.taker_fee)
