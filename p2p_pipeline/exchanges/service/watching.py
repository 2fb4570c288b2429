"""The funnel at work: whose depth is watched now, and what is subscribed for that."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from p2p_pipeline.exchanges.board import Watched
from p2p_pipeline.exchanges.books.sequencer import State
from p2p_pipeline.exchanges.connections.exchange_link import ExchangeLink
from p2p_pipeline.exchanges.funnel.choosing import Candidate, FunnelRules, Key, choose
from p2p_pipeline.exchanges.funnel.near import near_edges
from p2p_pipeline.exchanges.funnel.subscriptions import has_best_prices, room_for_depth, wanted_subscriptions
from p2p_pipeline.exchanges.service.market import Market
from p2p_pipeline.exchanges.words import Subscription

SECOND_NS = 1_000_000_000
PRICES_LIVE_SECONDS = 60
"""Best prices that are older say nothing of now."""

logger = logging.getLogger(__name__)


class Watching:
    """Of all exchanges."""

    def __init__(
        self, market: Market, links: Mapping[str, ExchangeLink], rules: FunnelRules, watch_depth: Sequence[str]
    ) -> None:
        self._market = market
        self._links = links
        self._rules = rules
        self._watch_depth = frozenset(watch_depth)
        self._room = {name: room_for_depth(link.capability) for name, link in links.items()}
        self._chosen: dict[Key, Candidate] = {}
        self._wanted: dict[str, frozenset[Subscription]] = {}
        self._told: set[tuple[str, str]] = set()

    @property
    def watched(self) -> tuple[Watched, ...]:
        """Whose depth is watched, and why."""
        return tuple(one.watched for one in self._chosen.values())

    def wanted_of(self, exchange: str) -> list[str]:
        """The symbols (BASE/QUOTE) whose depth is watched at an exchange."""
        return [symbol for name, symbol in self._chosen if name == exchange]

    def step(self, now_ns: int) -> None:
        """Look at the best prices as they are, and have the right things subscribed."""
        near, always = self._near(now_ns)
        self._chosen = choose(near, self._chosen, always, self._rules, self._room, now_ns / SECOND_NS)
        for exchange, link in self._links.items():
            self._subscribe(exchange, link)

    def _near(self, now_ns: int) -> tuple[dict[Key, float], set[Key]]:
        market = self._market
        best = market.books.best
        is_new = best.received_ns > now_ns - PRICES_LIVE_SECONDS * SECOND_NS
        edges = near_edges(np.where(is_new, best.bids, 0), np.where(is_new, best.asks, 0), market.taker_fees)
        near: dict[Key, float] = {}
        always: set[Key] = set()
        listed: set[Key] = set()
        for (row, column), instrument in market.books.instruments.items():
            exchange, symbol = market.names[row], market.symbols[column]
            if self._is_refused(exchange, instrument.symbol):
                continue
            listed.add((exchange, symbol))
            if edges[row, column] > -np.inf:
                near[exchange, symbol] = float(edges[row, column])
            if symbol in self._watch_depth or not has_best_prices(self._links[exchange].capability):
                always.add((exchange, symbol))
        self._chosen = {key: one for key, one in self._chosen.items() if key in listed}
        return near, always

    def _subscribe(self, exchange: str, link: ExchangeLink) -> None:
        row = self._market.names.index(exchange)
        traded = self._market.traded(row)
        depth = [spelled for spelled, at in traded.items() if (exchange, self._market.symbols[at]) in self._chosen]
        symbols = [spelled for spelled in traded if not self._is_refused(exchange, spelled)]
        wanted = frozenset(wanted_subscriptions(link.capability, symbols, depth)) if traded else frozenset()
        if wanted != self._wanted.get(exchange, frozenset()):
            self._wanted[exchange] = wanted
            link.want(sorted(wanted, key=lambda one: (one.feed, one.symbol)))

    def _is_refused(self, exchange: str, symbol: str) -> bool:
        """Told once. What was refused and comes all the same was subscribed already."""
        link = self._links[exchange]
        why = link.books.refused.get(symbol)
        if why is None or link.books.state(symbol) is State.LIVE:
            return False
        if (exchange, symbol) not in self._told:
            self._told.add((exchange, symbol))
            logger.warning("%s refuses %s: %s", link.capability.title, symbol, why)
        return True
