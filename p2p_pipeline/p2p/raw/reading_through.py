"""Many snapshots of a market's day in stored order: what one alone would not be worth is done here once for all.

A packed frame is decompressed whole, and zstd's own checksum of the whole stands for that of each snapshot. Where it
does not hold, or the frame is larger than any that is written now, snapshots are had one by one (day_file.py), which
says whose bytes are damaged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from p2p_pipeline.p2p.raw.day_file import DayFile, read_lines
from p2p_pipeline.p2p.raw.day_index import DamagedPart, Entry, Place
from p2p_pipeline.p2p.raw.stored import Damage, StoredSnapshot
from p2p_pipeline.p2p.raw.typed_lines import typed_capture
from p2p_pipeline.p2p.raw.whole_frames import WholeFrames


def snapshots_in_order(day_file: DayFile, wanted: Iterable[Entry | DamagedPart]) -> Iterator[StoredSnapshot | Damage]:
    """What `DayFile.load` gives of each, one after the other."""
    lines = LinesInOrder(day_file)
    for found in wanted:
        had = lines.in_whole_frame(found) if isinstance(found, Entry) else None
        if had is None or not isinstance(found, Entry):
            yield from day_file.load(found, typed_capture)
        else:
            yield from read_lines(found.snapshot_id, day_file.raw_path, found.offset, had, typed_capture)


class LinesInOrder:
    """Gives snapshots' lines, out of the packed frame they lie in where there is one; holds one frame."""

    def __init__(self, day_file: DayFile) -> None:
        self._day_file = day_file
        self._frames = WholeFrames()
        self._position: int | None = None
        self._content: memoryview | None = None

    def lines(self, entry: Entry) -> bytes:
        """A snapshot's lines; raises MemberError as `DayFile.lines` does."""
        had = self.in_whole_frame(entry)
        return self._day_file.lines(entry) if had is None else had

    def in_whole_frame(self, entry: Entry) -> bytes | None:
        """A snapshot's lines when it lies in a frame that is whole."""
        if entry.place is not Place.PACKED:
            return None
        if entry.position != self._position:
            self._position, self._content = entry.position, self._day_file.whole_frame(entry, self._frames)
        if self._content is None or len(self._content) < entry.inner + entry.length:
            return None
        return bytes(self._content[entry.inner : entry.inner + entry.length])
