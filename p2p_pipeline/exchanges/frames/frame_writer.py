"""Members at the ends of files, and what a crash left there cut off first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from p2p_pipeline.exchanges.frames.folder import TORN, FrameFile
from p2p_pipeline.exchanges.frames.frame_file import end_of
from p2p_pipeline.exchanges.frames.members import Source, encode_member
from p2p_pipeline.kernel.filesystem import FileSystem
from p2p_pipeline.kernel.torn_tail import keep_aside


class FrameWriter:
    """Appends to the files of one folder. One writer a folder and source at a time: whoever starts it sees to that."""

    def __init__(self, folder: Path, source: Source, files: FileSystem) -> None:
        self.torn: list[Path] = []
        """Where torn tails were kept that were found when a file was appended to first."""
        self._folder = folder
        self._source = source
        self._files = files
        self._checksums: dict[FrameFile, str] = {}
        self._unsynced: set[Path] = set()
        self._new_names: set[Path] = set()
        """Folders with files whose names are not durable yet."""

    def append(self, file: FrameFile, lines: list[bytes], lost: int = 0) -> int:
        """Write a member; how many bytes it takes. Raises OSError, and then the next append looks at the file anew."""
        path = self._folder / file.path
        checksum = self._checksums.pop(file, None)
        if checksum is None:
            checksum = self._recovered(path)
        member, checksum = encode_member(lines, checksum, source=self._source, lost=lost)
        self._files.append(path, member)
        self._unsynced.add(path)
        self._checksums[file] = checksum
        return len(member)

    def sync(self) -> None:
        """Make all that was written durable."""
        for path in sorted(self._unsynced):
            self._files.sync(path)
        for folder in sorted(self._new_names):
            self._files.sync_folder(folder)
        self._unsynced.clear()
        self._new_names.clear()

    def forget(self, files: Iterable[FrameFile]) -> None:
        """These will not be written to any more."""
        for file in files:
            self._checksums.pop(file, None)

    @property
    def open_files(self) -> tuple[FrameFile, ...]:
        """Those written to so far and not forgotten."""
        return tuple(self._checksums)

    def _recovered(self, path: Path) -> str:
        data = self._files.read(path)
        if not data:
            self._files.make_folder(path.parent)
            self._new_names.add(path.parent)
            return end_of(b"")[0]
        checksum, tail = end_of(data)
        if tail is not None:
            kept_at, _ = keep_aside(self._files, path, tail.position, tail.reason, self._folder / TORN)
            self.torn.append(kept_at)
        return checksum
