"""What strangers lay into a session's inbox costs it nothing; a command beside it is taken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.inbox import Inbox, NotTold, put


@pytest.fixture
def folder(tmp_path: Path) -> SessionFolder:
    found = SessionFolder(DataPaths(tmp_path), "one")
    found.root.mkdir(parents=True)
    return found


def test_folders_pipes_and_rubbish_are_passed_over_and_counted_once(
    folder: SessionFolder, caplog: pytest.LogCaptureFixture
) -> None:
    (folder.inbox / "a.json" / "b.json").mkdir(parents=True)
    os.mkfifo(folder.inbox / "c.json")
    (folder.inbox / "d.json").write_bytes(b"\xff" * 9_000)
    (folder.inbox / "e.json").symlink_to("nowhere")
    put(folder, Command.STOP)
    inbox = Inbox(folder)
    assert inbox.take() == [Command.STOP]
    inbox.done(inbox.taken)
    assert inbox.take() == []
    assert inbox.taken == set()
    assert inbox.passed_over == 3 == len(caplog.messages)
    assert sorted(path.name for path in folder.inbox.iterdir()) == ["a.json", "c.json", "e.json"]


def test_a_command_that_can_not_be_removed_is_done_once(folder: SessionFolder) -> None:
    put(folder, Command.CLOSE_ALL)
    inbox = Inbox(folder)
    assert inbox.take() == [Command.CLOSE_ALL]
    (letter,) = folder.inbox.iterdir()
    letter.unlink()
    letter.mkdir()
    inbox.done(inbox.taken)
    assert inbox.take() == []
    assert inbox.passed_over == 1


def test_an_inbox_that_is_a_file_ends_nothing_and_who_tells_something_hears_it(folder: SessionFolder) -> None:
    folder.inbox.write_text("")
    inbox = Inbox(folder)
    assert [inbox.take(), inbox.take()] == [[], []]
    assert inbox.passed_over == 1
    with pytest.raises(NotTold, match="inbox can't be written: File exists; make room, or make it a folder"):
        put(folder, Command.STOP)
