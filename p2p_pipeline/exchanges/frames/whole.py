"""Whether files of frames are whole: every member's checksum, the chain between them, and what was lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from p2p_pipeline.exchanges.frames.folder import FrameFile
from p2p_pipeline.exchanges.frames.frame_file import Damage, members_of, read_lines
from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem


@dataclass(frozen=True, slots=True)
class FileLooked:
    """What one file holds."""

    file: FrameFile
    bytes: int
    frames: int
    lost: int
    damage: str
    """The first thing that is wrong with it; empty when all is whole."""


def look_into(folder: Path, chosen: Iterable[FrameFile], files: FileSystem | None = None) -> Iterator[FileLooked]:
    """Read files whole and verify them."""
    disk = RealFileSystem() if files is None else files
    for file in chosen:
        data = disk.read(folder / file.path)
        frames, damage = 0, ""
        for part in read_lines(data):
            if isinstance(part, Damage):
                damage = damage or f"at byte {part.position}: {part.reason}"
            else:
                frames += len(part)
        lost = sum(0 if isinstance(member, Damage) else member.lost for member in members_of(data))
        yield FileLooked(file, len(data), frames, lost, damage)
