"""A session on real time, from its first moment to its stop: sockets, answers, commands and the clock in one queue."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import httpx

from p2p_pipeline.exchanges.connections.addresses import Addresses
from p2p_pipeline.exchanges.connections.rest import REST_SECONDS, Rest
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.paper.board import SessionBoard
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.live.boards import BoardMaker, Outside
from p2p_pipeline.paper.live.candles import LostCandles
from p2p_pipeline.paper.live.held import Held
from p2p_pipeline.paper.live.keeping import Keeping
from p2p_pipeline.paper.live.link import Link
from p2p_pipeline.paper.live.lists import Lists
from p2p_pipeline.paper.machine.universe import is_chosen
from p2p_pipeline.paper.notes import Note, Told, note_frame
from p2p_pipeline.paper.sessions.inbox import Inbox
from p2p_pipeline.paper.wire.asking import CAPABILITY, kline_topic, ticker_topic
from p2p_pipeline.paper.words import SessionState

TURN_SECONDS = 0.05
_TURNS_AN_INBOX = 2
_AFTER_TICK_MS = 100
"""After a whole second its tick has been taken: a board of then has it."""
_CANDLES_A_SECOND = 10
_CANDLES_PAUSE_SECONDS = 5.0
"""After a request for candles that had no answer."""
START_SECONDS = 300.0
"""A session that has no instruments and no ticker after so long has failed."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How a session is run."""

    source: str | None
    """A simulator's address; None for the exchange itself."""
    stops_at: int | None
    start_seconds: float = START_SECONDS


class LiveSession:
    """Of one process, in the thread of its loop."""

    def __init__(
        self,
        held: Held,
        keeping: Keeping,
        inbox: Inbox,
        boards: BoardMaker,
        show: Callable[[SessionBoard], None],
        now_ns: Callable[[], int],
        options: LiveOptions,
    ) -> None:
        self.session = held.driver.session
        self._held = held
        self._keeping = keeping
        self._inbox = inbox
        self._boards = boards
        self._show = show
        self._now_ns = now_ns
        self._options = options
        self._lost_candles = LostCandles()
        self._failure = ""
        self._stop_is_told = False
        self._taken_before: set[str] = set()
        self._has_instruments = False
        self._topics_of: int | None = None
        self._ended = asyncio.Event()
        self._works: list[asyncio.Task[None]] = []

    async def run(self, first: Note, first_at: int, stop: asyncio.Event) -> None:
        """From its first note until it has stopped: because it was told to, its time is over, or it could not begin.

        Raises NotKept, and what is a bug as it is.
        """
        is_real = self._options.source is None
        self._note(first, first_at)
        async with httpx.AsyncClient(trust_env=is_real, timeout=httpx.Timeout(REST_SECONDS)) as client:
            addresses = Addresses(CAPABILITY, self._options.source)
            rest = Rest(addresses, client, self._push, self._now_ns)
            self._lists = Lists(rest, self.session.settings.timeframe_minutes, random.Random("paper"))
            self._link = Link(self._push, self._now_ns, self._options.source)
            turns, seconds = asyncio.create_task(self._turns(stop)), asyncio.create_task(self._each_second())
            self._works = [asyncio.create_task(work) for work in (self._instruments(), self._candles())]
            try:
                await asyncio.wait({turns, seconds}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                # what is being written is written to its end
                self._ended.set()
                for task in (turns, *self._works):
                    task.cancel()
                ends = await asyncio.gather(seconds, turns, return_exceptions=True)
                await asyncio.gather(*self._works, return_exceptions=True)
                await self._link.close()
            for end in ends:
                if isinstance(end, Exception):
                    raise end
            await self._keeping.sync()
            self._inbox.done(self._inbox.taken)
            self._show_board()

    @property
    def failure(self) -> str:
        """One sentence where it stopped because it could not begin; else empty."""
        return self._failure

    def _push(self, frame: Frame) -> None:
        self._keeping.recorder.write(frame)
        self._held.push(frame)

    def _note(self, note: Note, at: int) -> None:
        self._push(note_frame(note, at))

    def _now(self) -> int:
        return self._now_ns() // 1_000_000

    async def _turns(self, stop: asyncio.Event) -> None:
        turn = 0
        while self.session.state is not SessionState.STOPPED:
            turn += 1
            if turn % _TURNS_AN_INBOX == 0:
                for command in self._inbox.take():
                    self._tell(command)
            stops_at = self._options.stops_at
            if stop.is_set() or (stops_at is not None and self._now() >= stops_at):
                self._tell(Command.STOP)
            now = self._now()
            self._keeping.say(self._held.release(now))
            self._choose_topics()
            await asyncio.sleep(0 if self._held.is_behind(now) else TURN_SECONDS)

    def _tell(self, command: Command) -> None:
        if self._stop_is_told:
            return
        self._stop_is_told = command is Command.STOP
        self._note(Told(command.value), self._now())

    def _choose_topics(self) -> None:
        """Tickers of all that may take part until the universe is frozen; from then on tickers and candles of it."""
        session = self.session
        if session.next_page is not None:
            return
        wanted = len(session.traded) if session.is_frozen else -1
        if self._topics_of == wanted:
            return
        self._topics_of = wanted
        if session.is_frozen:
            minutes = session.settings.timeframe_minutes
            tickers = [ticker_topic(symbol) for symbol in session.traded]
            self._link.want([*tickers, *(kline_topic(symbol, minutes) for symbol in session.traded)])
            return
        universe = session.settings.universe
        self._link.want([ticker_topic(symbol) for symbol in session.instruments if is_chosen(symbol, universe)])

    async def _each_second(self) -> None:
        """What was said is made durable, then shown."""
        began = self._now()
        while not self._ended.is_set():
            await self._sync()
            self._link.look_after()
            for task in self._works:
                if task.done():
                    task.result()
            self._fail_when_late(began)
            self._show_board()
            with suppress(TimeoutError):
                async with asyncio.timeout(1 - (self._now() - _AFTER_TICK_MS) % 1000 / 1000):
                    await self._ended.wait()

    async def _sync(self) -> None:
        taken, is_over = self._inbox.taken, self.session.state is SessionState.STOPPED
        await self._keeping.sync()
        # what was taken just now may be among the frames and not be done yet: a crash would forget it
        self._inbox.done(taken if is_over else taken & self._taken_before)
        self._taken_before = taken

    def _fail_when_late(self, began: int) -> None:
        if self.session.state is not SessionState.STARTING or self._stop_is_told:
            return
        seconds = self._options.start_seconds
        if self._now() - began < seconds * 1000:
            return
        self._failure = f"it could not begin within {seconds:.0f} s: {self._trouble()}; start it again later"
        logger.error("%s", self._failure)
        self._tell(Command.STOP)

    def _trouble(self) -> str:
        if self._lists.trouble:
            return self._lists.trouble
        if not self._has_instruments:
            return "the list of instruments has not come"
        if not self.session.instruments:
            return "no instrument may take part"
        return self._link.last_error or "no ticker has come"

    async def _instruments(self) -> None:
        await self._lists.instruments()
        self._has_instruments = True

    async def _candles(self) -> None:
        while True:
            symbol, pause = self._lost_candles.next(self.session, self._now()), 1.0
            if symbol is not None:
                is_answered = await self._lists.candles(symbol)
                pause = 1 / _CANDLES_A_SECOND if is_answered else _CANDLES_PAUSE_SECONDS
            await asyncio.sleep(pause)

    def _show_board(self) -> None:
        state, reason = self.session.state, self._last_reason()
        if self._failure and state is SessionState.STOPPED:
            state, reason = SessionState.FAILED, self._failure
        self._show(
            self._boards.make(
                Outside(
                    self._now(),
                    state,
                    reason,
                    self._keeping.lines,
                    self._link.connections,
                    {
                        "refused_topics": len(self._link.refused),
                        "clock_ahead_ms": self._lists.clock_ahead_ms,
                        "frames": self._keeping.recorder.written,
                        "no_commands": self._inbox.passed_over,
                    },
                )
            )
        )

    def _last_reason(self) -> str:
        if self.session.state is SessionState.STARTING:
            return self._trouble()
        return self.session.reason
