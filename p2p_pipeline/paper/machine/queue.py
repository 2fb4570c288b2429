"""The one order of everything: frames as they were received, and between them the clock's own moments. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from operator import itemgetter
from typing import NamedTuple

from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.paper.events import Command, Event, FundingMoment, Rank, Tick
from p2p_pipeline.paper.notes import Told, note_of
from p2p_pipeline.paper.wire.reading import is_linear

Place = tuple[int, int, str, int]
PLACE = itemgetter(0, 1, 2, 3)
"""Of what arrived: by it everything is sorted."""
_SECOND = 1000


class Arrived(NamedTuple):
    """A frame with its place in the queue; what it says is read when its turn comes."""

    at: int
    rank: Rank
    source: str
    number: int
    frame: Frame


class Arrivals:
    """Gives each frame of a session its place, in the order in which frames come: live and in a replay the same."""

    def __init__(self) -> None:
        self._newest: dict[tuple[Rank, str], int] = {}
        self._counted: Counter[tuple[Rank, str]] = Counter()

    def place(self, frame: Frame) -> Arrived | None:
        """The frame with its place; None for one without a time or of another market.

        Frames of one source keep their order even when its clock was set back: then they count as of its newest time.
        """
        if frame.received_at_ns is None or not is_linear(frame):
            return None
        rank = rank_of(frame)
        source = (rank, frame.connection)
        at = self._newest[source] = max(self._newest.get(source, 0), frame.received_at_ns // 1_000_000)
        number = self._counted[source]
        self._counted[source] = number + 1
        return Arrived(at, rank, frame.connection, number, frame)


def rank_of(frame: Frame) -> Rank:
    """Which of several of one millisecond comes first."""
    if frame.passage is Passage.REST:
        return Rank.REST
    if frame.passage is Passage.NOTE:
        return Rank.COMMAND if isinstance(note_of(frame), Told) else Rank.BEGINNING
    return Rank.FRAME


def in_order(frames: Iterable[Frame]) -> list[Arrived]:
    """The frames of a session by their places."""
    arrivals = Arrivals()
    found = [placed for frame in frames if (placed := arrivals.place(frame)) is not None]
    found.sort(key=PLACE)
    return found


class Moments:
    """What the clock does between frames: whole seconds after the start, and the funding times that were shown."""

    def __init__(self, start: int) -> None:
        self._next_tick = (start // _SECOND + 1) * _SECOND
        self._funding: list[tuple[int, str]] = []

    def expect(self, due: list[tuple[int, str]]) -> None:
        """Take funding moments over, by time and symbol."""
        for moment in due:
            heappush(self._funding, moment)
        due.clear()

    @property
    def next_tick(self) -> int:
        """The next whole second."""
        return self._next_tick

    @property
    def next_funding(self) -> int | None:
        """The next funding moment; None where none is expected."""
        return self._funding[0][0] if self._funding else None

    def skip_to(self, at: int) -> None:
        """Pass over whole seconds before a moment; who does so knows that nothing happens on them."""
        self._next_tick = max(self._next_tick, -(-at // _SECOND) * _SECOND)

    def before(self, place: Place) -> Iterator[Event]:
        """Every moment whose place is before another; funding that is expected meanwhile is among them."""
        while True:
            tick: Place = (self._next_tick, Rank.TICK, "", 0)
            funding: Place = (self._funding[0][0], Rank.FUNDING, self._funding[0][1], 0) if self._funding else tick
            if min(tick, funding) >= place:
                return
            if funding < tick:
                at, symbol = heappop(self._funding)
                yield Event(at, Rank.FUNDING, symbol, 0, FundingMoment(symbol, at))
            else:
                self._next_tick += _SECOND
                yield Event(tick[0], Rank.TICK, "", 0, Tick())


def stop_at(end: int) -> Event:
    """The command that ends a replay, after everything of its time."""
    return Event(end, Rank.COMMAND, "", 0, Command.STOP)
