"""A live session's folder replayed aside, and held against what the session had said."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.paper.log.writing import LOG_NAME
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.comparing import Compared, compared
from p2p_pipeline.paper.replay.replaying import LeftOut, NoSession, Replayed, recorded, written
from p2p_pipeline.paper.replay.resuming import said_by
from p2p_pipeline.paper.sessions.folder import CONFIG_NAME, FRAMES_NAME, SessionFolder
from p2p_pipeline.paper.sessions.running import is_running
from p2p_pipeline.paper.settings import read_paper_settings


class ReplayedSession(NamedTuple):
    """A session made again from its folder."""

    replayed: Replayed
    compared: Compared


def is_session_folder(path: Path) -> bool:
    """Whether a live session was kept there: a configuration, and frames."""
    return (path / CONFIG_NAME).is_file() and (path / FRAMES_NAME).is_dir()


def replay_session(paths: DataPaths, folder: Path, left_out: LeftOut) -> ReplayedSession:
    """Replay a session's folder by its own configuration, aside. Raises NoSession, PaperSettingsError.

    A session that crashed and went on does so again at the same place; one that runs is compared up to where it was.
    """
    root = folder.resolve()
    settings = read_paper_settings(root / CONFIG_NAME)
    # noted before the frames are read: a session that runs says more meanwhile, of frames that nobody reads any more
    own = SessionFolder(paths, root.name)
    lines = LogReader(root).last_number() if root == own.root.resolve() and is_running(own) else None
    arrived = in_order(recorded(root / FRAMES_NAME, left_out))
    if not arrived:
        raise NoSession("{path} has no frame: the session ended before anything was kept", path=root / FRAMES_NAME)
    driver = Driver(new_session(root.name, settings))
    replayed = written(paths.paper_replays / root.name / LOG_NAME, driver, said_by(driver, arrived))
    return ReplayedSession(replayed, compared(root, replayed.log.parent, lines))
