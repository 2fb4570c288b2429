"""What an exchange says the time is, asked once a minute: by it a slow way is told from a clock that goes wrong."""

from __future__ import annotations

from urllib.parse import urlsplit

from p2p_pipeline.exchanges.books.actions import Action, Fetch
from p2p_pipeline.exchanges.books.clock_offset import ClockOffset
from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.venues.connector import Lists

_EVERY_NS = 60 * 1_000_000_000


class ServerTime:
    """Of one exchange.

    A connection that was slow from its first frame on looks like a clock that is behind: only an answer that came
    another way shows that it is none.
    """

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._request = lists.time_request()
        self._asked_ns: int | None = None

    def due(self, now_ns: int) -> list[Action]:
        """The request, when its time has come and the exchange has a clock."""
        if self._request is None or (self._asked_ns is not None and now_ns - self._asked_ns < _EVERY_NS):
            return []
        self._asked_ns = now_ns
        return [Fetch(self._request, "")]

    def heard(self, frame: Frame, clock: ClockOffset) -> bool:
        """Whether a REST answer is one about the time; it is taken note of."""
        if self._request is None or urlsplit(frame.url).path != self._request.path:
            return False
        told_ms = self._lists.time_ms(frame.body)
        if told_ms is not None and frame.received_at_ns is not None:
            clock.was_at(frame.received_at_ns, told_ms * 1000)
        return True
