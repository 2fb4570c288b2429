"""The pauses that venues asked for (Retry-After), kept on disk so that a restart honours them too."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from p2p_pipeline.p2p.markets import parse_time

PAUSES_FOLDER = "pauses"
_log = logging.getLogger(__name__)


class PauseFolder:
    """One small file a venue, and a proxy if there is one: until when it asked to be left alone.

    The pause of this process holds without it.
    """

    def __init__(self, state_folder: Path) -> None:
        self._folder = state_folder / PAUSES_FOLDER

    def until(self, venue: str) -> datetime | None:
        """Until when a venue asked to be left alone, as last written; it may be over."""
        try:
            return parse_time(self._path(venue).read_text("ascii").strip())
        except (OSError, ValueError):
            return None

    def stamp(self, venue: str) -> tuple[int, int] | None:
        """What changes whenever a pause is kept: cheaper than reading it. None when there is none."""
        try:
            found = self._path(venue).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def keep(self, venue: str, until: datetime) -> None:
        """Remember the pause that a venue asked for last."""
        path = self._path(venue)
        aside = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside.write_text(until.astimezone(UTC).isoformat().replace("+00:00", "Z") + "\n", "ascii")
            aside.replace(path)
        except OSError as error:
            _log.warning("the pause that %s asked for could not be kept for a restart: %s", venue, error)
            with suppress(OSError):
                aside.unlink(missing_ok=True)

    def _path(self, venue: str) -> Path:
        return self._folder / f"{venue}.txt"
