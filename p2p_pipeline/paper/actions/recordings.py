"""Which recordings there are that configurations can be tried on."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time
from pathlib import Path
from typing import NamedTuple

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.sessions.finding import has_stopped, session_names
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sweeps.days import DAY_MS
from p2p_pipeline.paper.sweeps.settings import SweepError, SweepSettings


class Recording(NamedTuple):
    """Where frames lie."""

    label: str
    path: Path
    until: int | None = None
    """Ms: a session that runs is taken up to the last midnight."""


def recordings_of(paths: DataPaths, sweep: SweepSettings) -> list[Recording]:
    """What a sweep may use: what it names, else every live session's frames and what lies in paper/recorded."""
    if sweep.recordings is not None:
        return [_named(Path(one)) for one in sweep.recordings]
    found = []
    midnight = int(datetime.combine(datetime.now(UTC).date(), time(), UTC).timestamp()) * 1000
    for session in session_names(paths.paper):
        folder = SessionFolder(paths, session)
        if folder.frames.is_dir():
            found.append(Recording(session, folder.frames, None if has_stopped(folder) else midnight))
    if paths.paper_recordings.is_dir():
        found += [_named(path) for path in sorted(paths.paper_recordings.iterdir()) if not path.name.startswith(".")]
    return found


def _named(path: Path) -> Recording:
    if not path.exists():
        raise SweepError("recordings has {path}, and there is no such file or folder", path=path)
    place = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:8]
    return Recording(f"{path.name.split('.')[0]}-{place}", path.absolute())


def fingerprint_of(recording: Recording) -> str:
    """Another one as soon as the recording is another: by its files, their sizes, and when they were written."""
    files = sorted(recording.path.rglob("*")) if recording.path.is_dir() else [recording.path]
    said = [str(recording.until)]
    for path in files:
        if path.is_file() and not _is_after(path, recording.until):
            state = path.stat()
            said.append(f"{path.relative_to(recording.path.parent)} {state.st_size} {state.st_mtime_ns}")
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def _is_after(path: Path, until: int | None) -> bool:
    """Whether a file of frames is of a day that is not taken yet: it grows, and makes nothing of what is taken new."""
    if until is None:
        return False
    return path.parent.name >= datetime.fromtimestamp(until // DAY_MS * DAY_MS // 1000, UTC).date().isoformat()
