"""Whether a snapshot that comes a second time can still be read from where it is stored.

Importing a recording again asks it of every snapshot, in the order they were stored. So the day stays open between two
of them: a packed day's frame is decompressed once, not from its beginning for each.
"""

from __future__ import annotations

import threading
import zlib
from datetime import date

from p2p_pipeline.p2p.raw.day_file import DayFile, IndexMemory
from p2p_pipeline.p2p.raw.day_index import DayIndex, Entry, Place
from p2p_pipeline.p2p.raw.folder import RawFolder
from p2p_pipeline.p2p.raw.members import MemberError


class Duplicates:
    """The day that was asked about last, kept open; one at a time, for it holds two files and a frame's window."""

    def __init__(self, folder: RawFolder, memory: IndexMemory) -> None:
        self._folder = folder
        self._memory = memory
        self._mutex = threading.Lock()
        self._day_file: DayFile | None = None
        self._known_as: tuple[object, ...] = ()
        self._stored: dict[str | None, Entry] = {}

    def is_damaged(self, index: DayIndex, day: date, file_key: str, snapshot_id: str, lines: bytes) -> bool:
        """Whether what is stored of a snapshot can't be read any more and these are the lines it had.

        A packed snapshot's checksum is in an index that has one itself, so other lines are known. A growing file's
        member has its checksum behind its content: either may be what was damaged, so its name and length decide.
        """
        with self._mutex:
            day_file = self._opened(index, day, file_key, snapshot_id)
            stored = self._stored[snapshot_id]
            if stored.length != len(lines):
                return False
            try:
                day_file.lines(stored)
            except MemberError:
                return stored.place is Place.FRAMED or stored.checksum == zlib.crc32(lines)
            return False

    def let_go(self, other_than: tuple[date, str] | None = None) -> None:
        """Close the day that is open, unless it is this one."""
        with self._mutex:
            if other_than is None or self._known_as[:2] != other_than:
                self._close()

    def _opened(self, index: DayIndex, day: date, file_key: str, snapshot_id: str) -> DayFile:
        known_as = (day, file_key, index.begun, len(index.stored_again))
        if self._day_file is None or self._known_as != known_as or snapshot_id not in self._stored:
            self._close()
            self._day_file = DayFile(self._folder, self._memory, day, file_key)
            self._known_as = known_as
            self._stored = {entry.snapshot_id: entry for entry in self._day_file.entries if isinstance(entry, Entry)}
        return self._day_file

    def _close(self) -> None:
        if self._day_file is not None:
            self._day_file.close()
        self._day_file, self._known_as, self._stored = None, (), {}
