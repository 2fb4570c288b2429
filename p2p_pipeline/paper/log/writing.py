"""A log on disk, and beside it how far it was made durable: without that, a cut at a line's end would look whole."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem
from p2p_pipeline.paper.log.lines import START, Chain, canonical
from p2p_pipeline.paper.log.parts import PART_BYTES, full_parts, part_path
from p2p_pipeline.paper.words import Said

LOG_NAME = "events.jsonl"


class UnwritableLog(ClearError):
    """A disk that takes no line any more: what is said from now on would be nowhere."""


class LogEnd(NamedTuple):
    """Where a log goes on."""

    lines: int = 0
    sha256: str = START
    """Of the last line."""
    part: int = 1
    """The number of the newest part."""
    bytes_in_part: int = 0


def head_path(log: Path) -> Path:
    """The file beside a log that says its last durable line."""
    return log.with_name(f"{log.name}.head")


class LogWriter:
    """Appends to a log, a new one or (continuing.py) one that a crash has ended. What was said is durable after `sync`.

    A part that is full is renamed to its number before the next line is written.
    """

    def __init__(
        self,
        path: Path,
        files: FileSystem | None = None,
        *,
        part_bytes: int = PART_BYTES,
        end: LogEnd | None = None,
    ) -> None:
        self.path = path
        self._disk = RealFileSystem() if files is None else files
        self._waiting: list[bytes] = []
        self._part_bytes = part_bytes
        if end is None:
            self._begin_anew()
            end = LogEnd()
        self.chain = Chain(end.lines, end.sha256)
        self.durable = end.lines
        """How many lines are durable."""
        self._part, self._bytes_in_part = end.part, end.bytes_in_part

    def say(self, said: Said) -> None:
        """Add a line."""
        self._waiting.append(self.chain.line(said))

    def sync(self) -> None:
        """Make everything that was said durable, then say so beside it. Raises UnwritableLog."""
        if not self._waiting:
            return
        try:
            self._write(b"\n".join((*self._waiting, b"")))
        except OSError as error:
            raise UnwritableLog(
                "{log} can't be written: {why}; its first {lines} lines are safe; make room, or make it writable",
                log=self.path,
                why=error.strerror or str(error),
                lines=self.durable,
            ) from None
        self._waiting.clear()
        self.durable = self.chain.number

    def _write(self, data: bytes) -> None:
        if self._bytes_in_part >= self._part_bytes:
            self._disk.replace(self.path, part_path(self.path, self._part))
            self._part, self._bytes_in_part = self._part + 1, 0
        self._disk.append(self.path, data)
        self._bytes_in_part += len(data)
        self._disk.sync(self.path)
        if self._bytes_in_part == len(data):
            # the head would speak of lines in a file that has no name yet
            self._disk.sync_folder(self.path.parent)
        head = head_path(self.path)
        aside = head.with_name(f"{head.name}.new")
        self._disk.remove(aside)
        self._disk.append(aside, canonical({"n": self.chain.number, "sha256": self.chain.previous}) + b"\n")
        self._disk.sync(aside)
        self._disk.replace(aside, head)
        self._disk.sync_folder(self.path.parent)

    def _begin_anew(self) -> None:
        self._disk.make_folder(self.path.parent)
        # its head goes first: a new log under an old head would be called damaged
        self._disk.remove(head_path(self.path))
        self._disk.remove(self.path)
        for number in full_parts(self.path, self._disk.entries(self.path.parent)):
            self._disk.remove(part_path(self.path, number))
