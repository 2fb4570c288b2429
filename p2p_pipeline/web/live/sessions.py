"""One reader a session for all who look at it: started with the first of them, and gone a while after the last.

The session's process knows nothing of it: its board and log are read where it leaves them.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.live.session_topic import MOST_LINES_KEPT, SessionTopic
from p2p_pipeline.web.live.socket import Clients

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
"""A board comes each second: a quarter of it late at most."""
KEPT_SECONDS = 300.0
"""After the last client has gone, so that who comes back gets what was missed."""
MOST_LINES_A_LOOK = 2_000


@dataclass
class _Followed:
    clients: Clients
    task: asyncio.Task[None]
    unused_since: float | None = None


class FollowedSessions:
    """The sessions that somebody looks at, by name. Of the event loop alone."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        self._followed: dict[str, _Followed] = {}

    async def clients_of(self, session: str) -> Clients:
        """Who looks at a session. Raises NoSuchSession."""
        found = self._followed.get(session)
        if found is None:
            reader = await asyncio.to_thread(self._edges.paper.log, session)
            topic = SessionTopic(session, self._edges.now)
            await asyncio.to_thread(_begin, self._edges, topic, reader)
            # Somebody else may have come while the files were read.
            found = self._followed.get(session)
            if found is None:
                task = asyncio.create_task(self._follow(session, topic, reader))
                found = self._followed[session] = _Followed(Clients(topic), task)
        return found.clients

    def close(self) -> None:
        """End all readers."""
        for one in self._followed.values():
            one.task.cancel()
        self._followed.clear()

    async def _follow(self, session: str, topic: SessionTopic, reader: LogReader) -> None:
        """Publish until nobody looks. A mistake in one look is logged, and the next look tries again."""
        loop = asyncio.get_running_loop()
        while not self._is_unused(session, loop.time()):
            try:
                board = await asyncio.to_thread(self._edges.paper.board, session)
                lines = await asyncio.to_thread(_new_lines, reader, topic.events)
            except Exception:
                log.exception("session %s could not be read; it is tried again", session)
            else:
                if lines:
                    topic.append(lines)
                if board is not None:
                    topic.show(board)
            await asyncio.sleep(LOOK_SECONDS)
        self._followed.pop(session, None)

    def _is_unused(self, session: str, now: float) -> bool:
        one = self._followed[session]
        if one.clients.count:
            one.unused_since = None
        elif one.unused_since is None:
            one.unused_since = now
        return one.unused_since is not None and now - one.unused_since > KEPT_SECONDS


def _begin(edges: Edges, topic: SessionTopic, reader: LogReader) -> None:
    """What there is already: the board, and the log's last lines for who comes back."""
    topic.remember(list(reader.lines_from(reader.last_number() - MOST_LINES_KEPT + 1)))
    board = edges.paper.board(topic.session)
    if board is not None:
        topic.show(board)


def _new_lines(reader: LogReader, after: int) -> list[tuple[int, bytes]]:
    """At most so many at once: who is far behind catches up over some looks."""
    found = []
    for one in reader.lines_from(after + 1):
        found.append(one)
        if len(found) == MOST_LINES_A_LOOK:
            break
    return found
