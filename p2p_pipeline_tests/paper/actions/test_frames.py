"""Frames of sessions that are over can be let go of; what still needs them keeps them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.actions.frames import FramesNeeded, let_frames_go
from p2p_pipeline.paper.notes import Began, note_frame
from p2p_pipeline.paper.sessions.about import About, Summary, write_about
from p2p_pipeline.paper.sessions.folder import SessionFolder

SUMMARY = Summary(9, 0, "0", "0", "0", "10000", "events.jsonl", "0" * 64)
YEAR_2023, YEAR_2100 = 1_700_000_000_000, 4_102_444_800_000


def made(paths: DataPaths, session: str, started_at: int, summary: Summary | None = SUMMARY) -> SessionFolder:
    folder = SessionFolder(paths, session)
    folder.root.mkdir(parents=True)
    folder.log.write_text("log")
    write_about(folder, About(session, None, False, started_at, finished=summary is not None, summary=summary))
    with closing(Recorder(folder.frames, Source.LIVE)) as recorder:
        recorder.write(note_frame(Began(session), started_at))
    return folder


def files_of(folder: SessionFolder) -> list[Path]:
    return [file for file in folder.frames.rglob("*") if file.is_file()]


def test_frames_of_old_sessions_that_have_stopped_go_and_their_logs_stay(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    old, new = made(paths, "old", YEAR_2023), made(paths, "new", YEAR_2100)
    died = made(paths, "died", YEAR_2023, None)
    tried = let_frames_go(paths, None, 30, is_dry_run=True)
    assert files_of(old)
    assert let_frames_go(paths, None, 30) == tried
    assert [one.session for one in tried] == ["old"]
    assert tried[0].bytes > 100
    assert files_of(old) == []
    assert old.log.exists()
    assert files_of(new)
    assert files_of(died)
    assert let_frames_go(paths, None, 30) == []
    with pytest.raises(FramesNeeded, match="p2p paper resume died"):
        let_frames_go(paths, "died", 0)
    let_frames_go(paths, "new", 30)
    assert files_of(new) == []
