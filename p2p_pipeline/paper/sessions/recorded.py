"""What a person means who names a session or a folder: its path, and where its frames or columns lie."""

from __future__ import annotations

from pathlib import Path

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.sessions.folder import FRAMES_NAME
from p2p_pipeline.paper.sessions.status import NoSuchSession

_COLUMNS_FILE = "columns.json"


class NothingToReplay(ClearError):
    """A folder in which nothing is recorded, or more than one thing."""


def path_of(paths: DataPaths, given: Path) -> Path:
    """What is meant by a path or by a session's name; a path that is there comes first. Raises NoSuchSession."""
    if given.exists():
        return given
    # looked up among those that there are: a name from outside never becomes a path
    names = [entry.name for entry in paths.paper.iterdir()] if paths.paper.is_dir() else []
    if f"{given}" in names:
        return paths.paper / given
    raise NoSuchSession(
        "there is no file or folder {given}, and no session of this name; `p2p paper list` shows the sessions",
        given=given,
    )


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
