"""Recordings into the frames folder, as often as you like: what is there already is left alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from p2p_pipeline.exchanges.frames.folder import FrameFile, admit, hour_of
from p2p_pipeline.exchanges.frames.frame_file import Damage, read_lines
from p2p_pipeline.exchanges.frames.frame_writer import FrameWriter
from p2p_pipeline.exchanges.frames.lines import to_line
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.recordings import BrokenLine, read_recording
from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem

_MEMBER_LINES = 5_000


@dataclass(frozen=True, slots=True)
class FramesImported:
    """What an import added."""

    frames: int
    already_there: int


def import_recordings(
    paths: Sequence[Path], folder: Path, broken: BrokenLine, files: FileSystem | None = None
) -> FramesImported:
    """Keep the frames of recordings, as imported. A frame is there already when the same line is, as often.

    Raises RecordingError for a file that is no recording; those before it are imported then.
    """
    disk = RealFileSystem() if files is None else files
    admit(folder, Source.IMPORTED, disk)
    writer = FrameWriter(folder, Source.IMPORTED, disk)
    added = there = 0
    for path in paths:
        lines: dict[FrameFile, list[bytes]] = defaultdict(list)
        for frame in read_recording(path, broken):
            file = FrameFile(frame.exchange, frame.connection, hour_of(frame.received_at_ns), Source.IMPORTED)
            lines[file].append(to_line(frame))
        for file, found in lines.items():
            new = list(_new(found, disk.read(folder / file.path)))
            for at in range(0, len(new), _MEMBER_LINES):
                writer.append(file, new[at : at + _MEMBER_LINES])
            added += len(new)
            there += len(found) - len(new)
    writer.sync()
    return FramesImported(added, there)


def _new(lines: Sequence[bytes], stored: bytes) -> Iterator[bytes]:
    """Those that are not stored, or not as often."""
    known = Counter(line for part in read_lines(stored) if not isinstance(part, Damage) for line in part)
    for line in lines:
        if known[line]:
            known[line] -= 1
        else:
            yield line
