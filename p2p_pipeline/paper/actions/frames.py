"""Let go of what sessions recorded: frames are nearly all of what a session takes on disk, and its log stays."""

from __future__ import annotations

import time
from dataclasses import dataclass

from p2p_pipeline.exchanges.frames.retention import drop_frames, frame_sizes
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.status import SessionStatus, folder_named, session_folders, status_of

_DAY_MS = 86_400_000


class FramesNeeded(ClearError):
    """A session that runs, or that a resume may go on with, needs its frames."""


@dataclass(frozen=True, slots=True)
class LetGo:
    """The frames of one session."""

    session: str
    bytes: int


def let_frames_go(
    paths: DataPaths, session: str | None, older_than_days: float, *, is_dry_run: bool = False
) -> list[LetGo]:
    """Remove the frames of one session that has ended, or of all that were started so many days ago.

    Log, configuration and summary stay; what can't be done any more is a replay. Raises NoSuchSession, FramesNeeded.
    """
    if session is not None:
        folder = folder_named(paths, session)
        found = status_of(folder)
        if found is None or not _is_over(found):
            raise FramesNeeded(
                "session {session} has not stopped, and goes on from its frames; `p2p paper stop {session}` first, or "
                "`p2p paper resume {session}` where its process died",
                session=session,
            )
        return [_let_go(folder, is_dry_run=is_dry_run)]
    started_before = time.time_ns() // 1_000_000 - older_than_days * _DAY_MS
    over = [
        folder
        for folder in session_folders(paths)
        if (found := status_of(folder)) is not None and _is_over(found) and found.started_at < started_before
    ]
    return [one for folder in over if (one := _let_go(folder, is_dry_run=is_dry_run)).bytes]


def _is_over(found: SessionStatus) -> bool:
    return not found.is_running and found.summary is not None


def _let_go(folder: SessionFolder, *, is_dry_run: bool) -> LetGo:
    sizes = frame_sizes(folder.frames)
    if not is_dry_run:
        drop_frames(folder.frames, list(sizes))
    return LetGo(folder.session, sum(sizes.values()))
