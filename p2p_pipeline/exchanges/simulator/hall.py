"""All simulated exchanges over one model of markets, with what is planted in them. No network; time is passed in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

from p2p_pipeline.exchanges.simulator.assets import other_contract
from p2p_pipeline.exchanges.simulator.bend import Bend
from p2p_pipeline.exchanges.simulator.book import SimulatedInstrument
from p2p_pipeline.exchanges.simulator.dialects.catalogue import dialect_of
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, MindsTime
from p2p_pipeline.exchanges.simulator.exchange import Delivery, Market, Silence, SimulatedExchange
from p2p_pipeline.exchanges.simulator.fair import FairPrices, Jump
from p2p_pipeline.exchanges.simulator.faults import FaultPlan
from p2p_pipeline.exchanges.simulator.linear.exchange import LinearExchange
from p2p_pipeline.exchanges.simulator.linear.market import LinearMarket
from p2p_pipeline.exchanges.simulator.listing import listed
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.simulator.path import BookPath
from p2p_pipeline.exchanges.simulator.plant import Plant, PlantKind, plant_to_json
from p2p_pipeline.exchanges.simulator.planting import dust_bend, glitch_bend, spatial_bends, triangular_bends
from p2p_pipeline.exchanges.simulator.published import PublishedBook
from p2p_pipeline.exchanges.simulator.schedule import LONGEST_SECONDS, Schedule
from p2p_pipeline.kernel.errors import InvalidInput

SILENT_BEFORE_SECONDS = 15.0
"""A stale leg is silent so long before the others' prices move: longer than books are believed."""
_LOOK_AHEAD_SECONDS = 60.0
FORGET_AFTER_SECONDS = 300.0
"""How long after its end a plant still counts for what a book was."""
_MOST_PLANTS = 20_000
_FOREVER = 1e12


class Hall:
    """The fourteen, their common prices, their plants."""

    def __init__(self, options: ExchangesOptions, now: float) -> None:
        self.options = options
        self.now = self.told_until = now
        self.faults = FaultPlan(options.faults, options.seed, now)
        self.prices = FairPrices(options.seed)
        self.plants: list[Plant] = []
        self._schedule = Schedule(options.seed, options.exchanges, options.symbols, options.plants_per_hour)
        self.exchanges: dict[str, SimulatedExchange] = {}
        for name in options.exchanges:
            dialect = dialect_of(name)
            if isinstance(dialect, MindsTime):
                is_everybodys = options.clock is None and options.start_at is None and options.time_scale == 1.0
                dialect.minds_time = is_everybodys
            if dialect is not None:
                self.exchanges[name] = SimulatedExchange(dialect, self._paths(name), self.faults, now)
        self.linear = self._linear(now)
        self._next_slot: int | None = None
        self._set_lists()
        for line in options.plants:
            try:
                self.plant(line.planted(now))
            except InvalidInput as error:
                raise InvalidInput(f"{line.place or 'a plant'}: {error}") from None
        self._plant_ahead(now)

    def advance(self, now: float) -> list[Delivery]:
        """All that sockets must be told up to a time."""
        self.now = self.told_until = now
        self._plant_ahead(now)
        deliveries = [delivery for exchange in self.exchanges.values() for delivery in exchange.advance(now)]
        return deliveries if self.linear is None else [*deliveries, *self.linear.advance(now)]

    def markets(self) -> list[Market]:
        """Everything that has sockets: the exchanges and Bybit's linear market."""
        return [*self.exchanges.values(), *(() if self.linear is None else (self.linear,))]

    def market_at(self, mount: str, path: str) -> Market | None:
        """Whose socket is meant by an exchange's name and a path of it."""
        if mount == "bybit" and self.linear is not None and self.linear.has(path):
            return self.linear
        return self.exchanges.get(mount)

    def answer(
        self, mount: str, method: str, path: str, query: Mapping[str, str], body: bytes, now: float
    ) -> Answer | None:
        """The answer to a REST request; None for an exchange or a path that is not there."""
        if mount == "bybit" and self.linear is not None:
            answer = self.linear.answer(method, path, query, body, now)
            if answer is not None:
                return answer
        exchange = self.exchanges.get(mount)
        return None if exchange is None else exchange.answer(method, path, query, body, now)

    def plant(self, plant: Plant) -> None:
        """Bend books for a plant. Raises InvalidInput where they don't exist or are bent at that time."""
        if plant.kind is PlantKind.TRIANGULAR:
            self._plant_cycle(plant)
        elif plant.kind is PlantKind.STALE_LEG:
            self._plant_stale(plant)
        else:
            self._plant_pair(plant)
        self.plants = [*self.plants[-_MOST_PLANTS:], plant]

    def book(self, exchange: str, symbol: str) -> PublishedBook:
        """A book as published. Raises InvalidInput for one that isn't there."""
        try:
            return self.exchanges[exchange].books[symbol]
        except KeyError:
            raise InvalidInput(f"{exchange!r} has no {symbol!r} here") from None

    def truth(self, now: float) -> dict[str, Any]:
        """Every plant, the newest last."""
        plants = [plant_to_json(number, plant, now) for number, plant in enumerate(self.plants, 1)]
        return {"now": now, "seed": self.options.seed, "plants": plants}

    # --- within

    def _paths(self, exchange: str) -> list[BookPath]:
        options, schedule = self.options, self._schedule
        instruments = listed(
            exchange,
            options.symbols,
            has_extra=options.has_extra,
            impostors=schedule.impostors,
            closed=schedule.closed,
        )
        return [
            BookPath(options.seed, what, self.prices, options.changes_per_second, options.levels)
            for what in instruments
        ]

    def _linear(self, now: float) -> LinearExchange | None:
        options = self.options
        if "bybit" not in options.exchanges or not options.linear_symbols:
            return None
        market = LinearMarket(options.seed, options.linear_symbols, options.linear_frames_per_second)
        return LinearExchange(market, self.faults, now, options.linear_rows_a_page)

    def _set_lists(self) -> None:
        """The impostor's price is another one all the time."""
        for exchange, asset in self._schedule.impostors:
            if exchange in self.exchanges:
                symbol = f"{asset}/USDT"
                other = next((name for name in self.exchanges if name != exchange), exchange)
                self.book(exchange, symbol).path.bends.append(Bend(0.0, _FOREVER, factor=1.03))
                plant = Plant(
                    PlantKind.WRONG_IDENTITY, symbol, other, exchange, self.now, _FOREVER, edge_pct=Decimal(2)
                )
                self.plants.append(plant)

    def _plant_ahead(self, now: float) -> None:
        schedule = self._schedule
        if not schedule.slot_seconds:
            return
        if self._next_slot is None:
            self._next_slot = schedule.slot_of(now - LONGEST_SECONDS)
        last = schedule.slot_of(now + _LOOK_AHEAD_SECONDS)
        if self._next_slot > last:
            return
        self._forget(now)
        for slot in range(max(self._next_slot, last - 1000), last + 1):
            plant = schedule.plant_of(slot)
            if plant is not None and plant.ends_at > now and {plant.buy, plant.sell} <= self.exchanges.keys():
                # Somebody's own plant has the book, or the steps of this one are too coarse for it: not this time.
                with suppress(InvalidInput):
                    self.plant(plant)
        self._next_slot = last + 1

    def _forget(self, now: float) -> None:
        old = now - FORGET_AFTER_SECONDS
        self.prices.jumps = [jump for jump in self.prices.jumps if jump.ends_at > old]
        for exchange in self.exchanges.values():
            exchange.silences = [silence for silence in exchange.silences if silence.ends_at > old]
            for book in exchange.books.values():
                if book.path.bends:
                    book.path.bends = [bend for bend in book.path.bends if bend.ends_at > old]

    def _plant_pair(self, plant: Plant) -> None:
        buy, sell = self.book(plant.buy, plant.symbol), self.book(plant.sell, plant.symbol)
        fair = self._fair(plant.symbol, plant.starts_at)
        if plant.kind is PlantKind.WRONG_IDENTITY:
            factor = float(1 + plant.edge_pct / 100)
            self._bend((sell, Bend(plant.starts_at, plant.ends_at, factor=factor)))
            self._relist(sell, contract=other_contract(sell.instrument.base), chain="ETH")
        elif plant.kind is PlantKind.DUST:
            self._bend((sell, dust_bend(plant, sell.instrument, fair, buy.instrument.taker_fee)))
        elif plant.kind is PlantKind.GLITCH:
            self._bend((sell, glitch_bend(plant, sell.instrument, fair)))
        else:
            cheap, dear = spatial_bends(plant, buy.instrument, sell.instrument, fair)
            self._bend((buy, cheap), (sell, dear))
            if plant.kind is PlantKind.CLOSED_WITHDRAWAL:
                self._relist(buy, withdraw_open=False)

    def _plant_cycle(self, plant: Plant) -> None:
        base, _, hub = plant.symbol.partition("/")
        symbols = (f"{hub}/USDT", plant.symbol, f"{base}/USDT")
        first, cross, last = (self.book(plant.buy, symbol) for symbol in symbols)
        fair = tuple(self._fair(symbol, plant.starts_at) for symbol in symbols)
        bends = triangular_bends(plant, (first.instrument, cross.instrument, last.instrument), fair)
        self._bend(*zip((first, cross, last), bends, strict=True))

    def _plant_stale(self, plant: Plant) -> None:
        self.book(plant.sell, plant.symbol)
        stalled = self.book(plant.buy, plant.symbol)
        base = stalled.instrument.base
        factor = float((1 + plant.edge_pct / 100) * Decimal("1.006"))
        self.prices.jumps.append(Jump(base, plant.starts_at, plant.ends_at, factor))
        exchange = self.exchanges[plant.buy]
        for symbol, book in exchange.books.items():
            if book.instrument.base == base:
                exchange.silences.append(Silence(symbol, plant.starts_at - SILENT_BEFORE_SECONDS, plant.ends_at))

    def _bend(self, *bends: tuple[PublishedBook, Bend]) -> None:
        for book, bend in bends:
            for other in book.path.bends:
                if other.starts_at < bend.ends_at and bend.starts_at < other.ends_at:
                    raise InvalidInput(
                        f"{book.symbol} at {book.instrument.exchange} has a plant in that time already; choose another "
                        "symbol or time"
                    )
        for book, bend in bends:
            book.path.bends.append(bend)

    def _relist(self, book: PublishedBook, **changes: Any) -> None:
        """The exchange's lists say something else of the asset from now on, in all its books."""
        for other in self.exchanges[book.instrument.exchange].books.values():
            if other.instrument.base == book.instrument.base:
                changed: SimulatedInstrument = replace(other.instrument, **changes)
                other.instrument = other.path.instrument = changed

    def _fair(self, symbol: str, moment: float) -> Decimal:
        base, _, quote = symbol.partition("/")
        return Decimal(repr(self.prices.fair(base, quote, moment)))
