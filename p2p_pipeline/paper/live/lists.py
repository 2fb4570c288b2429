"""What a session asks by REST: the instruments when it starts, and candles whose end never came over the socket."""

from __future__ import annotations

import asyncio
import logging
import random

from p2p_pipeline.exchanges.connections.backoff import reconnect_seconds
from p2p_pipeline.exchanges.connections.rest import NoAnswer, Rest
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.words import Request
from p2p_pipeline.paper.events import InstrumentPage, Unreadable, What
from p2p_pipeline.paper.wire.asking import candles_request, instruments_request, told_at
from p2p_pipeline.paper.wire.reading import read

_WRONG_CLOCK_MS = 3_000

logger = logging.getLogger(__name__)


class Lists:
    """Of one session. Every answer is a frame of it before it is looked at here."""

    def __init__(self, rest: Rest, timeframe_minutes: int, random_source: random.Random) -> None:
        self.trouble = ""
        """Why there is no list of instruments yet."""
        self.clock_ahead_ms = 0
        """Of this machine's, against the exchange's when it last gave a list."""
        self._candles_trouble = ""
        self._rest = rest
        self._minutes = timeframe_minutes
        self._random = random_source

    async def instruments(self) -> None:
        """Ask for all pages, each until there is an answer."""
        cursor, attempt = "", 0
        while True:
            page = await self._asked(instruments_request(cursor))
            if not isinstance(page, InstrumentPage):
                attempt += 1
                await asyncio.sleep(reconnect_seconds(attempt, self._random))
                continue
            self.trouble, attempt = "", 0
            cursor = page.next_cursor
            if not cursor:
                return

    async def candles(self, symbol: str) -> bool:
        """Ask for a symbol's newest candles; whether there was an answer."""
        try:
            what = read(await self._rest.ask(candles_request(symbol, self._minutes)), self._minutes)
            why = f"candles of {symbol} can't be read: {what.reason}" if isinstance(what, Unreadable) else ""
        except NoAnswer as error:
            why = str(error)
        if why and not self._candles_trouble:
            # once for a trouble: hundreds of symbols may have it
            logger.warning("lost candles could not be asked for (%s); it goes on without them, and tries again", why)
        self._candles_trouble = why
        return not why

    async def _asked(self, request: Request) -> What | None:
        try:
            frame = await self._rest.ask(request)
        except NoAnswer as error:
            self._failed(str(error))
            return None
        self._look_at_clock(frame)
        what = read(frame, self._minutes)
        if isinstance(what, Unreadable):
            # 10006 (too many requests) and the like come with the status of a good answer
            self._failed(f"the list of instruments can't be read: {what.reason}")
        return what

    def _look_at_clock(self, frame: Frame) -> None:
        told = told_at(frame.body)
        if told is None or frame.received_at_ns is None:
            return
        was_fine = abs(self.clock_ahead_ms) < _WRONG_CLOCK_MS
        self.clock_ahead_ms = frame.received_at_ns // 1_000_000 - told
        if was_fine and abs(self.clock_ahead_ms) >= _WRONG_CLOCK_MS:
            logger.warning(
                "this machine's clock is %.1f s ahead of the exchange's (below 0: behind): funding and the cooldown "
                "around it come as much too early or too late; set the clock and start the session again",
                self.clock_ahead_ms / 1000,
            )

    def _failed(self, why: str) -> None:
        if why != self.trouble:
            logger.warning("%s; it is asked again", why)
        self.trouble = why
