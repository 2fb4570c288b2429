"""The indexes of the logs that people look at: each log is read once, and what it is about before anybody asks."""

from __future__ import annotations

import threading
from collections import OrderedDict

from p2p_pipeline.paper.log.index import LogIndex
from p2p_pipeline.paper.sessions.folder import SessionFolder

INDEXES_KEPT = 4
"""Some 12 MB for a million lines."""
WARMED_LINES = 20_000
"""A shorter log is read in no time."""


class LogIndexes:
    """By session; used in the event loop alone."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, LogIndex] = OrderedDict()
        self._warming: set[str] = set()

    def of(self, folder: SessionFolder) -> LogIndex:
        """A session's."""
        found = self._kept.pop(folder.session, None) or LogIndex(folder.root)
        self._kept[folder.session] = found
        while len(self._kept) > INDEXES_KEPT:
            self._kept.popitem(last=False)
        return found

    def warm(self, folder: SessionFolder, lines: int) -> None:
        """Who looks at a long log will filter it: what its lines are about is read while they look."""
        if lines < WARMED_LINES or folder.session in self._warming:
            return
        self._warming.add(folder.session)
        # Not one of the few threads of questions: this takes seconds, and nobody waits for it.
        threading.Thread(target=self._read, args=(folder.session, self.of(folder)), daemon=True).start()

    def _read(self, session: str, index: LogIndex) -> None:
        try:
            index.types()
        finally:
            self._warming.discard(session)
