"""What a session is told from outside: a file a command in its folder, written whole, taken in the order of names."""

from __future__ import annotations

import logging
import time
import uuid
from pathlib import Path

import msgspec

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.whole_file import write_whole
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.sessions.folder import SessionFolder

_LETTER_BYTES = 4096
"""No command is longer."""

logger = logging.getLogger(__name__)


class NotTold(ClearError):
    """A command could not be put where its session looks."""


class _Letter(msgspec.Struct, frozen=True):
    command: Command


_READER = msgspec.json.Decoder(_Letter)


def put(folder: SessionFolder, command: Command) -> None:
    """Tell a session something. Raises NotTold."""
    name = f"{time.time_ns() // 1_000_000:013d}-{uuid.uuid4().hex}.json"
    try:
        folder.inbox.mkdir(parents=True, exist_ok=True)
        write_whole(folder.inbox / name, msgspec.json.encode(_Letter(command)))
    except OSError as error:
        raise NotTold(
            "{inbox} can't be written: {why}; make room, or make it a folder of yours, then tell it again",
            inbox=folder.inbox,
            why=error.strerror or str(error),
        ) from None


class Inbox:
    """Of one session, in its process. What was taken stays on disk until `done`: a crash before that loses nothing.

    Whatever else lies there costs the session nothing: it is passed over, counted and told once.
    """

    def __init__(self, folder: SessionFolder) -> None:
        self._folder = folder.inbox
        self._taken: set[str] = set()
        self._passed_over: set[str] = set()

    def take(self) -> list[Command]:
        """What is new. A file that is no command is removed; what is no file stays where it is."""
        try:
            names = sorted(path.name for path in self._folder.iterdir() if path.suffix == ".json")
        except FileNotFoundError:
            return []
        except OSError as error:
            self._pass_over(self._folder, f"no command can be read: {error.strerror or error}")
            return []
        found = []
        for name in names:
            command = None if name in self._taken else self._read(self._folder / name)
            if command is not None:
                found.append(command)
        return found

    def done(self, taken: set[str]) -> None:
        """These are among the frames for good."""
        for name in taken:
            try:
                (self._folder / name).unlink(missing_ok=True)
            except OSError as error:
                # it stays among those that were taken: nothing is done twice
                self._pass_over(self._folder / name, f"can't be removed: {error.strerror or error}")
            else:
                self._taken.discard(name)

    @property
    def taken(self) -> set[str]:
        """Names of what was taken and is not done."""
        return set(self._taken)

    @property
    def passed_over(self) -> int:
        """How many things there were no command, or could not be removed."""
        return len(self._passed_over)

    def _read(self, path: Path) -> Command | None:
        try:
            # a pipe would be waited for
            if not path.is_file():
                if path.exists():
                    self._pass_over(path, "passed over: no command, no file even")
                return None
            self._taken.add(path.name)
            with path.open("rb") as file:
                return _READER.decode(file.read(_LETTER_BYTES)).command
        except (OSError, msgspec.MsgspecError) as error:
            self._pass_over(path, f"passed over: no command ({error})")
            return None

    def _pass_over(self, path: Path, why: str) -> None:
        if path.name not in self._passed_over:
            self._passed_over.add(path.name)
            logger.warning("%s: %s", path, why)
