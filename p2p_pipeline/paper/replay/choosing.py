"""Where the frames or columns lie that are meant by a folder around them."""

from __future__ import annotations

from pathlib import Path

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.paper.sessions.folder import FRAMES_NAME

_COLUMNS_FILE = "columns.json"


class NothingToReplay(ClearError):
    """A folder in which nothing is recorded, or more than one thing."""


def recording_of(path: Path) -> Path:
    """The frames of a session's folder, the only columns of a folder of them, else the path. Raises NothingToReplay."""
    if not path.is_dir():
        return path
    inside = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    if not inside:
        raise NothingToReplay("{path} is empty: nothing is recorded there", path=path)
    if (path / FRAMES_NAME).is_dir():
        return recording_of(path / FRAMES_NAME)
    columns = [entry for entry in inside if (entry / _COLUMNS_FILE).is_file()]
    if len(columns) > 1:
        raise NothingToReplay(
            "{path} has columns of {count} recordings; name one: {names}",
            path=path,
            count=len(columns),
            names=", ".join(entry.name for entry in columns),
        )
    return columns[0] if columns else path
