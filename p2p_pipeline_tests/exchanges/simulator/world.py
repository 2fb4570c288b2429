"""Simulated exchanges, our books of them and our scan, in one process and in simulated time: hours in minutes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from p2p_pipeline.exchanges.books.market_books import MarketBooks
from p2p_pipeline.exchanges.identity.table import IdentityTable
from p2p_pipeline.exchanges.scan.results import Scan
from p2p_pipeline.exchanges.scan.rules import public_fees, rules_of
from p2p_pipeline.exchanges.scan.scanning import scan
from p2p_pipeline.exchanges.settings import ExchangesSettings
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.words import Currencies, Feed, Listed, Subscription
from p2p_pipeline_tests.exchanges.simulator.client import Client, body_of

TICK_SECONDS = 0.1
SCAN_SECONDS = 5.0
START = 1_796_000_000.0


class World:
    """Every exchange watched over one connection, every symbol by its changes (or `feed`)."""

    def __init__(
        self, options: ExchangesOptions, settings: ExchangesSettings | None = None, feed: Feed = Feed.DELTA
    ) -> None:
        self.settings = settings or ExchangesSettings()
        self.now = START
        self.hall = Hall(replace(options, faults=()), self.now)
        self.names = tuple(self.hall.exchanges)
        # Lists are read once here; who reads them again until they come is the service, not this.
        listed, currencies = self._lists()
        self.hall.faults.replace(options.faults, self.now)
        self.table = IdentityTable.of(listed, currencies, datetime.fromtimestamp(self.now, UTC).date())
        places = {
            place: found
            for place, found in self.table.instruments.items()
            if place[1] in {symbol for exchange in self.hall.exchanges.values() for symbol in exchange.books}
        }
        self.clients = {name: self._client(name, places, feed) for name in self.names}
        symbols = tuple(dict.fromkeys(symbol for _, symbol in places))
        self.market = MarketBooks(
            [client.books for client in self.clients.values()],
            symbols,
            {(self.names.index(name), symbols.index(symbol)): found for (name, symbol), found in places.items()},
        )
        self.rules = rules_of(self.settings, public_fees(self.names))
        self.scans = 0

    def scan_every(self, seconds: float) -> Iterator[Scan]:
        """Let time pass and scan every five seconds of it."""
        until = self.now + seconds
        while self.now < until - 1e-9:
            for _ in range(round(SCAN_SECONDS / TICK_SECONDS)):
                self.tick()
            yield self.scan()

    def tick(self) -> None:
        """A tenth of a second."""
        self.now += TICK_SECONDS
        told: dict[object, list[str | bytes]] = {}
        for line, frames in self.hall.advance(self.now):
            told.setdefault(line, []).extend(frames)
        for client in self.clients.values():
            client.tick(self.now, told.get(client.line, []), TICK_SECONDS)

    def scan(self) -> Scan:
        """What our scan makes of our books now."""
        self.scans += 1
        at = datetime.fromtimestamp(self.now, UTC)
        return scan(self.market.view(int(self.now * 1e9)), self.rules, self.table, cycle=self.scans, at=at)

    def _client(self, name: str, places: Iterable[tuple[str, str]], feed: Feed) -> Client:
        exchange = self.hall.exchanges[name]
        spelled = [self.table.instruments[place].symbol for place in places if place[0] == name]
        client = Client(exchange, [])
        chosen = next(one for one in (feed, Feed.DELTA, Feed.TOP) if one in client.wire.CAPABILITY.feeds)
        client.wanted = [Subscription(chosen, symbol) for symbol in spelled]
        return client

    def _lists(self) -> tuple[dict[str, Listed], dict[str, Currencies]]:
        listed, currencies = {}, {}
        for name, exchange in self.hall.exchanges.items():
            client = Client(exchange, [])
            asked = client.lists.instrument_requests()
            listed[name] = client.lists.instruments(
                {request.url: body_of(exchange, request, self.now) for request in asked}
            )
            if not client.wire.CAPABILITY.currencies_need_key:
                asked = client.lists.currency_requests()
                answers = {request.url: body_of(exchange, request, self.now) for request in asked}
                currencies[name] = client.lists.currencies(answers)
        return listed, currencies
