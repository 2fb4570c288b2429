"""A live session's folder replayed aside, and held against what the session had said."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import orjson

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.columns.arriving import Late, nearly_in_order
from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.paper.log.writing import LOG_NAME
from p2p_pipeline.paper.machine.driving import Driver
from p2p_pipeline.paper.machine.queue import Arrived, in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.comparing import Compared, compared
from p2p_pipeline.paper.replay.replaying import LeftOut, NoSession, Replayed, recorded, resumes_in, written
from p2p_pipeline.paper.replay.resuming import said_by
from p2p_pipeline.paper.sessions.folder import CONFIG_NAME, FRAMES_NAME, SessionFolder
from p2p_pipeline.paper.sessions.running import is_running
from p2p_pipeline.paper.settings import PaperSettings, read_paper_settings

_SLACK_MS = 5_000
"""A session's clock only grows, and its connections' files are merged by it: what comes later is a damaged folder."""


class ReplayedSession(NamedTuple):
    """A session made again from its folder."""

    replayed: Replayed
    compared: Compared


def is_session_folder(path: Path) -> bool:
    """Whether a live session was kept there: a configuration, and frames."""
    return (path / CONFIG_NAME).is_file() and (path / FRAMES_NAME).is_dir()


def _name_of(root: Path) -> str:
    """What a session calls itself in its log's first line: its folder may be a copy under another name."""
    first = next(LogReader(root).lines_from(1), None)
    try:
        found = {} if first is None else orjson.loads(first[1])
    except orjson.JSONDecodeError:
        found = {}
    name = found.get("session") if isinstance(found, dict) else None
    return name if isinstance(name, str) and name else root.name


def replay_session(paths: DataPaths, folder: Path, left_out: LeftOut) -> ReplayedSession:
    """Replay a session's folder by its own configuration, aside. Raises NoSession, PaperSettingsError.

    A session that crashed and went on does so again at the same place; one that runs is compared up to where it was.
    """
    root = folder.resolve()
    settings = read_paper_settings(root / CONFIG_NAME)
    # noted before the frames are read: a session that runs says more meanwhile, of frames that nobody reads any more
    own = SessionFolder(paths, root.name)
    lines = LogReader(root).last_number() if root == own.root.resolve() and is_running(own) else None
    frames, log = root / FRAMES_NAME, paths.paper_replays / root.name / LOG_NAME
    try:
        replayed = _replayed(nearly_in_order(recorded(frames, left_out), _SLACK_MS), root, settings, log)
    except Late:
        # told already what is left out
        replayed = _replayed(in_order(recorded(frames, lambda *_: None)), root, settings, log)
    return ReplayedSession(replayed, compared(root, replayed.log.parent, lines))


def _replayed(arrived: Iterable[Arrived], root: Path, settings: PaperSettings, log: Path) -> Replayed:
    """Frame after frame as they lie there: of a session of days the memory holds some seconds."""
    frames, rest = root / FRAMES_NAME, iter(arrived)
    first = next(rest, None)
    if first is None:
        raise NoSession("{path} has no frame: the session ended before anything was kept", path=frames)
    driver = Driver(new_session(_name_of(root), settings))
    return written(log, driver, said_by(driver, chain([first], rest), resumes_in(frames)))
