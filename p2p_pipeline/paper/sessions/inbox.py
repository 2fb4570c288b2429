"""What a session is told from outside: a file a command in its folder, written whole, taken in the order of names."""

from __future__ import annotations

import time
import uuid

import msgspec

from p2p_pipeline.kernel.whole_file import write_whole
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.sessions.folder import SessionFolder


class _Letter(msgspec.Struct, frozen=True):
    command: Command


_READER = msgspec.json.Decoder(_Letter)


def put(folder: SessionFolder, command: Command) -> None:
    """Tell a session something."""
    folder.inbox.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns() // 1_000_000:013d}-{uuid.uuid4().hex}.json"
    write_whole(folder.inbox / name, msgspec.json.encode(_Letter(command)))


class Inbox:
    """Of one session, in its process. What was taken stays on disk until `done`: a crash before that loses nothing."""

    def __init__(self, folder: SessionFolder) -> None:
        self._folder = folder.inbox
        self._taken: set[str] = set()

    def take(self) -> list[Command]:
        """What is new. A file that is no command is removed."""
        try:
            names = sorted(path.name for path in self._folder.iterdir() if path.suffix == ".json")
        except FileNotFoundError:
            return []
        found = []
        for name in names:
            if name in self._taken:
                continue
            self._taken.add(name)
            try:
                found.append(_READER.decode((self._folder / name).read_bytes()).command)
            except (OSError, msgspec.MsgspecError):
                continue
        return found

    def done(self, taken: set[str]) -> None:
        """These are among the frames for good."""
        for name in taken:
            (self._folder / name).unlink(missing_ok=True)
        self._taken -= taken

    @property
    def taken(self) -> set[str]:
        """Names of what was taken and is not done."""
        return set(self._taken)
