"""What a session asks by REST: the instruments when it starts, and candles whose end never came over the socket."""

from __future__ import annotations

import asyncio
import logging
import random

from p2p_pipeline.exchanges.connections.backoff import reconnect_seconds
from p2p_pipeline.exchanges.connections.rest import NoAnswer, Rest
from p2p_pipeline.exchanges.words import Request
from p2p_pipeline.paper.events import InstrumentPage, Unreadable, What
from p2p_pipeline.paper.wire.asking import candles_request, instruments_request
from p2p_pipeline.paper.wire.reading import read

logger = logging.getLogger(__name__)


class Lists:
    """Of one session. Every answer is a frame of it before it is looked at here."""

    def __init__(self, rest: Rest, timeframe_minutes: int, random_source: random.Random) -> None:
        self.trouble = ""
        """Why there is no list of instruments yet."""
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
            await self._rest.ask(candles_request(symbol, self._minutes))
        except NoAnswer as error:
            logger.warning("candles of %s: %s", symbol, error)
            return False
        return True

    async def _asked(self, request: Request) -> What | None:
        try:
            what = read(await self._rest.ask(request), self._minutes)
        except NoAnswer as error:
            self._failed(str(error))
            return None
        if isinstance(what, Unreadable):
            # 10006 (too many requests) and the like come with the status of a good answer
            self._failed(f"the list of instruments can't be read: {what.reason}")
        return what

    def _failed(self, why: str) -> None:
        if why != self.trouble:
            logger.warning("%s; it is asked again", why)
        self.trouble = why
