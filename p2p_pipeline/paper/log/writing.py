"""A log on disk, and beside it how far it was made durable: without that, a cut at a line's end would look whole."""

from __future__ import annotations

from pathlib import Path

from p2p_pipeline.kernel.filesystem import FileSystem, RealFileSystem
from p2p_pipeline.paper.log.lines import Chain, canonical
from p2p_pipeline.paper.words import Said

LOG_NAME = "events.jsonl"


def head_path(log: Path) -> Path:
    """The file beside a log that says its last durable line."""
    return log.with_name(f"{log.name}.head")


class LogWriter:
    """Appends to a new log. What was said is durable after `sync`."""

    def __init__(self, path: Path, files: FileSystem | None = None) -> None:
        self.path, self.chain = path, Chain()
        self._disk = RealFileSystem() if files is None else files
        self._waiting: list[bytes] = []
        self._disk.make_folder(path.parent)
        # its head goes first: a new log under an old head would be called damaged
        self._disk.remove(head_path(path))
        self._disk.remove(path)

    def say(self, said: Said) -> None:
        """Add a line."""
        self._waiting.append(self.chain.line(said))

    def sync(self) -> None:
        """Make everything that was said durable, then say so beside it."""
        if not self._waiting:
            return
        self._disk.append(self.path, b"\n".join((*self._waiting, b"")))
        self._waiting.clear()
        self._disk.sync(self.path)
        head = head_path(self.path)
        aside = head.with_name(f"{head.name}.new")
        self._disk.remove(aside)
        self._disk.append(aside, canonical({"n": self.chain.number, "sha256": self.chain.previous}) + b"\n")
        self._disk.sync(aside)
        self._disk.replace(aside, head)
        self._disk.sync_folder(self.path.parent)
