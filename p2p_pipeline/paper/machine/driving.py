"""A session driven: what arrives, and before it what the clock does. Live and replayed it is this. Pure."""

from __future__ import annotations

from p2p_pipeline.paper.events import Event, Rank
from p2p_pipeline.paper.machine.queue import Arrived, Moments, Place, stop_at
from p2p_pipeline.paper.machine.recovering import go_on
from p2p_pipeline.paper.machine.session import advance
from p2p_pipeline.paper.machine.state import Session, opening
from p2p_pipeline.paper.notes import Resumed, note_of
from p2p_pipeline.paper.wire.reading import read
from p2p_pipeline.paper.words import Said


class Driver:
    """Of one session. Whoever calls it hands over what arrived in the order of the places, and says how late it is."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._moments: Moments | None = None

    def take(self, arrived: Arrived) -> list[Said]:
        """Everything that comes of one arrival, and of the clock's moments before it; the first begins the session."""
        at, rank, source, number, frame = arrived
        said: list[Said] = []
        if self._moments is None:
            note = note_of(frame)
            if isinstance(note, Resumed):
                # a live session after a crash: whoever made it has recovered its state
                return self.go_on(self.session, at, is_new=not note.line)
            self._moments = Moments(at)
            said.append(opening(self.session, at))
        self._moments_before(self._moments, (at, rank, source, number), said)
        what = read(frame, self.session.settings.timeframe_minutes)
        said += self._advance(Event(at, rank, source, number, what))
        return said

    def until(self, at: int) -> list[Said]:
        """What the clock does before a millisecond in which nothing has arrived yet."""
        said: list[Said] = []
        if self._moments is not None:
            self._moments_before(self._moments, (at, Rank.FRAME, "", -1), said)
        return said

    def go_on(self, session: Session, at: int, *, is_new: bool = False) -> list[Said]:
        """After a crash: go on at a moment from a state that was recovered, with a clock that begins anew.

        `is_new` when no line of the log had been kept.
        """
        self.session, self._moments = session, Moments(at)
        return [opening(session, at)] if is_new else go_on(session, at)

    def stop(self, at: int) -> list[Said]:
        """The end of a recording: the command `stop`, after everything of its time."""
        said: list[Said] = []
        if self._moments is not None:
            stop = stop_at(at)
            self._moments_before(self._moments, stop.place, said)
            said += self._advance(stop)
        return said

    def _moments_before(self, moments: Moments, place: Place, said: list[Said]) -> None:
        for event in moments.before(place):
            said += self._advance(event)

    def _advance(self, event: Event) -> list[Said]:
        said = advance(self.session, event)
        if self.session.due and self._moments is not None:
            self._moments.expect(self.session.due)
        return said
