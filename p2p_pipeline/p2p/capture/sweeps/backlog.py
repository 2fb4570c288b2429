"""How many requests are wanted just now: enough to use the whole rate, few enough that each book is read quickly."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable


class Ticket:
    """The requests that one market side still wants."""

    def __init__(self, backlog: Backlog, pages: int) -> None:
        self._backlog = backlog
        self._pages = pages

    def expect(self, pages: int) -> None:
        """So many are to come, as is known now."""
        self._backlog.change(pages - self._pages)
        self._pages = pages

    def page_done(self) -> None:
        """One of them is answered; the side itself counts as one until it leaves."""
        if self._pages > 1:
            self.expect(self._pages - 1)

    def leave(self, _: object = None) -> None:
        """None is wanted any more."""
        self.expect(0)


class Backlog:
    """Lets a market side begin only while fewer requests are wanted than the target.

    A long book thus has the rate nearly to itself while it is read: its pages are asked within seconds and shift
    little, and nothing of it is left for the end of the sweep.
    """

    def __init__(self, target: Callable[[], int]) -> None:
        """`target` is looked at anew whenever something changes."""
        self._target = target
        self._wanted = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def room(self) -> None:
        """Wait until another market side may begin."""
        await self._has_room.wait()

    def enter(self, pages: int) -> Ticket:
        """A market side begins that is believed to have so many pages."""
        ticket = Ticket(self, 0)
        ticket.expect(max(1, pages))
        return ticket

    def change(self, requests: int) -> None:
        """So many more are wanted, or fewer."""
        self._wanted += requests
        if self._wanted < self._target():
            self._has_room.set()
        else:
            self._has_room.clear()


_LEAST_WANTED = 4
_RESERVE = 2.0


def requests_wanted(requests_per_second: float, seconds_a_request: float, concurrency: int) -> int:
    """How many requests keep a rate busy: those on their way (rate x time), and as many again that stand in line.

    More would only stand in line for longer, and page 2 of a book would come long after its page 1.
    """
    on_their_way = requests_per_second * seconds_a_request
    return max(min(_LEAST_WANTED, concurrency), min(concurrency, math.ceil(_RESERVE * on_their_way) + _LEAST_WANTED))
