"""An exchange's lists: what was good is kept through failures, asked again soon, and not believed when it is old."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from p2p_pipeline.exchanges.books.taking import LISTS_SESSION
from p2p_pipeline.exchanges.connections.rest import NoAnswer
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.identity.asked import AskedLists
from p2p_pipeline.exchanges.replay.learning import identities
from p2p_pipeline.exchanges.replay.notes import Learned, ListsRead, Started, note_frame
from p2p_pipeline.exchanges.replay.scans import RunReplay
from p2p_pipeline.exchanges.scan.reasons import Transfer
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.service.listing import CURRENCIES_SECONDS, INSTRUMENTS_SECONDS, OLDEST_SECONDS, ListKeeping
from p2p_pipeline.exchanges.simulator.hall import Hall
from p2p_pipeline.exchanges.simulator.options import ExchangesOptions
from p2p_pipeline.exchanges.venues.connector import lists_of, wire_of
from p2p_pipeline.exchanges.words import Request
from p2p_pipeline_tests.exchanges.simulator.client import body_of

START = 1_790_000_000.0
NAMES = ("kucoin", "xt")
SYMBOLS = ("SOL/USDT",)
CURRENCIES = {name: {one.path for one in lists_of(name).currency_requests()} for name in NAMES}


@dataclass
class World:
    """Two exchanges whose lists are kept under one clock, as the service keeps them, with what it would record."""

    now: float = START
    failing: set[str] = field(default_factory=set)
    """Paths that are not answered."""
    asked: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    known: dict[str, AskedLists] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hall = Hall(ExchangesOptions(exchanges=NAMES, symbols=SYMBOLS), START)
        self.keeping = {
            name: ListKeeping(
                Rest(self, name),  # type: ignore[arg-type]
                lists_of(name),
                wire_of(name).CAPABILITY,
                lambda: self.now,
                random.Random(1),
            )
            for name in NAMES
        }

    def until(self, seconds: float) -> None:
        """What happens up to a time after the start."""
        while (due := min(one.due for one in self.keeping.values())) <= START + seconds:
            self.now = max(self.now, due) + 0.001
            for name, keeping in self.keeping.items():
                news = asyncio.run(keeping.turn()) if keeping.due <= self.now else None
                if news is not None:
                    self.known[name] = news
                    note = Learned(datetime.fromtimestamp(START, UTC).date(), {name: ListsRead.of(news)})
                    self.frames.append(note_frame(note, int(self.now * 1e9)))
        self.now = START + seconds

    def transfer(self) -> Transfer:
        table = identities(self.known, datetime.fromtimestamp(START, UTC).date(), SYMBOLS)
        facts = table.pair("SOL/USDT", "kucoin", "xt")
        assert facts.is_confirmed, "what an asset is does not age"
        return facts.transfer

    def replayed(self) -> RunReplay:
        replay = RunReplay(Started("a", True, NAMES, SYMBOLS, 5.0, ScanRules((), 0)))  # type: ignore[arg-type]
        for frame in self.frames:
            replay.take(frame)
        return replay


@dataclass
class Rest:
    world: World
    exchange: str

    async def ask(self, request: Request, session: str) -> Frame:
        world = self.world
        assert session == LISTS_SESSION
        world.now += 0.01
        world.asked.append(request.path)
        if request.path in world.failing:
            raise NoAnswer("{exchange} did not answer", exchange=self.exchange)
        body = body_of(world.hall.exchanges[self.exchange], request, world.now)
        frame = Frame(self.exchange, session, Passage.REST, body, int(world.now * 1e9), request.url)
        world.frames.append(frame)
        return frame


def test_currencies_are_asked_every_five_minutes_and_instruments_every_hour() -> None:
    world = World()
    world.until(INSTRUMENTS_SECONDS + 60)
    (currencies,) = CURRENCIES["kucoin"]
    (instruments,) = (one.path for one in lists_of("kucoin").instrument_requests())
    assert world.asked.count(currencies) == INSTRUMENTS_SECONDS / CURRENCIES_SECONDS + 1
    assert world.asked.count(instruments) == 2
    assert world.transfer() is Transfer.TRANSFERABLE
    assert sum(frame.passage is Passage.NOTE for frame in world.frames) <= 4, "what says nothing new changes nothing"


@pytest.mark.parametrize("exchange", NAMES)
def test_a_request_that_failed_once_costs_the_exchange_nothing(exchange: str) -> None:
    world = World()
    world.failing = CURRENCIES[exchange]
    world.until(0.5)
    assert world.known[exchange].transfers == "unknown"
    world.failing = set()
    world.until(5)
    assert world.transfer() is Transfer.TRANSFERABLE, "asked again soon, and not in an hour"
    world.failing = CURRENCIES[exchange]
    world.until(CURRENCIES_SECONDS + 60)
    assert world.transfer() is Transfer.TRANSFERABLE, "the last good list counts"
    assert world.keeping[exchange].trouble


def test_a_list_that_nobody_confirms_any_more_leaves_transfers_unknown_until_one_comes() -> None:
    world = World()
    world.until(60)
    world.failing = CURRENCIES["xt"]
    world.until(OLDEST_SECONDS - 1)
    assert world.transfer() is Transfer.TRANSFERABLE
    world.until(OLDEST_SECONDS + 1)
    assert world.transfer() is Transfer.TRANSFER_UNKNOWN
    assert world.known["xt"].transfers == "unknown"
    world.failing = set()
    world.until(OLDEST_SECONDS + 90)
    assert world.transfer() is Transfer.TRANSFERABLE


def test_a_replay_knows_what_was_known_live_though_answers_that_said_nothing_new_are_let_go() -> None:
    world = World()
    moments = []
    for seconds in (60, 3_000, 4_500, 7_300, 11_000):
        world.failing = CURRENCIES["xt"] if seconds in (4_500, 11_000) else set()
        world.until(seconds)
        replay = world.replayed()
        assert replay.missing == 0
        live = identities(world.known, datetime.fromtimestamp(START, UTC).date(), SYMBOLS)
        assert replay.identity.pair("SOL/USDT", "kucoin", "xt") == live.pair("SOL/USDT", "kucoin", "xt")
        assert len(replay._answers) < 20
        moments.append(world.transfer())
    assert len(set(moments)) == 2
