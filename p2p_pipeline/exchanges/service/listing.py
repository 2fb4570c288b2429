"""What an exchange trades and on which chains its assets are: asked again and again, and what was good is kept."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from p2p_pipeline.exchanges.books.taking import LISTS_SESSION
from p2p_pipeline.exchanges.connections.backoff import reconnect_seconds
from p2p_pipeline.exchanges.connections.rest import NoAnswer, Rest
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.identity.asked import NEEDS_KEY, UNKNOWN, AskedLists, currencies_in
from p2p_pipeline.exchanges.venues.connector import Lists
from p2p_pipeline.exchanges.words import Capability, Currencies, Listed, Request

__all__ = [
    "CURRENCIES_SECONDS",
    "INSTRUMENTS_SECONDS",
    "NEEDS_KEY",
    "OLDEST_SECONDS",
    "UNKNOWN",
    "AskedLists",
    "ListKeeping",
]

INSTRUMENTS_SECONDS = 3600.0
CURRENCIES_SECONDS = 300.0
"""An exchange shuts a way out when it likes."""
OLDEST_SECONDS = 900.0
"""What an older list says of ways in and out counts for nothing: they are not known."""


@dataclass
class _Due:
    """When something is asked next."""

    every_seconds: float
    at: float = 0.0
    failures: int = 0

    def answered(self, now: float) -> None:
        self.at, self.failures = now + self.every_seconds, 0

    def failed(self, now: float, random_source: random.Random) -> None:
        self.failures += 1
        self.at = now + reconnect_seconds(self.failures, random_source)


class ListKeeping:
    """The newest good lists of one exchange. A request that fails costs nothing but its age, and is made again."""

    def __init__(
        self,
        rest: Rest,
        lists: Lists,
        capability: Capability,
        seconds: Callable[[], float],
        random_source: random.Random,
    ) -> None:
        self.trouble = ""
        """Why the newest turn went without an answer; empty when it had all that it asked for."""
        self.has_answered = False
        """Whether anything was answered in the newest turn."""
        self._rest, self._lists, self._capability = rest, lists, capability
        self._seconds, self._random = seconds, random_source
        self._instruments, self._currencies = _Due(INSTRUMENTS_SECONDS), _Due(CURRENCIES_SECONDS)
        if capability.currencies_need_key:
            self._currencies.at = float("inf")
        self._listed: Listed | None = None
        self._listed_ns: Mapping[str, int] = {}
        self._told: tuple[Currencies, Mapping[str, int]] | None = None
        self._transfers = NEEDS_KEY if capability.currencies_need_key else UNKNOWN
        self._confirmed = float("-inf")
        """When an answer last said what is known of currencies."""
        self._is_outdated = False

    @property
    def due(self) -> float:
        """When the next turn is, in seconds."""
        if self._listed is None:
            return self._instruments.at
        ages_at = float("inf") if self._told is None or self._is_outdated else self._confirmed + OLDEST_SECONDS
        return min(self._instruments.at, self._currencies.at, ages_at)

    @property
    def has_lists(self) -> bool:
        """Whether there are any."""
        return self._listed is not None

    async def turn(self) -> AskedLists | None:
        """Ask for what is due; the lists where they say something new, or what they said is too old by now."""
        self.trouble, self.has_answered, is_news = "", False, False
        if self._seconds() >= self._instruments.at:
            is_news = await self._tried(self._instruments, self._ask_instruments())
        if self._listed is None:
            return None
        if self._seconds() >= self._currencies.at:
            is_news |= await self._tried(self._currencies, self._ask_currencies())
        was_outdated = self._is_outdated
        self._is_outdated = self._told is not None and self._seconds() - self._confirmed >= OLDEST_SECONDS
        if not is_news and was_outdated == self._is_outdated:
            return None
        currencies, when = (Currencies(), None) if self._told is None else self._told
        lists = AskedLists(self._listed, currencies, self._transfers, self._listed_ns, when)
        return lists.outdated() if self._is_outdated else lists

    async def _tried(self, due: _Due, asking: Awaitable[bool]) -> bool:
        try:
            is_news = await asking
        except NoAnswer as error:
            self.trouble = str(error)
            due.failed(self._seconds(), self._random)
            return False
        self.has_answered = True
        due.answered(self._seconds())
        return is_news

    async def _ask_instruments(self) -> bool:
        answers = await self._answers(self._lists.instrument_requests())
        # Ten megabytes at some exchanges: in a thread, so that frames are read meanwhile.
        listed = await asyncio.to_thread(self._lists.instruments, _bodies(answers))
        if not listed.instruments:
            why = listed.left_out[0].reason if listed.left_out else "it is empty"
            raise NoAnswer(
                "{exchange}'s list of instruments is of no use: {why}", exchange=self._capability.name, why=why
            )
        self._listed, self._listed_ns = listed, _moments(answers)
        return True

    async def _ask_currencies(self) -> bool:
        asked_at = self._seconds()
        answers = await self._answers(self._lists.currency_requests())
        currencies, transfers = await asyncio.to_thread(currencies_in, self._lists, _bodies(answers), need_key=False)
        if not currencies.chains:
            raise NoAnswer("{exchange}'s list of currencies is of no use", exchange=self._capability.name)
        self._confirmed = asked_at
        if self._told is not None and self._told[0] == currencies:
            return False
        self._told, self._transfers = (currencies, _moments(answers)), transfers
        return True

    async def _answers(self, requests: Iterable[Request]) -> dict[str, Frame]:
        return {request.url: await self._rest.ask(request, LISTS_SESSION) for request in requests}


def _bodies(answers: Mapping[str, Frame]) -> dict[str, bytes]:
    return {url: frame.body for url, frame in answers.items()}


def _moments(answers: Mapping[str, Frame]) -> dict[str, int]:
    return {url: frame.received_at_ns or 0 for url, frame in answers.items()}
