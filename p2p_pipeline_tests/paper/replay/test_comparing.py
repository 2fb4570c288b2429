"""A replay is held against what the session had said: of one that runs, what its frames can explain."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.importing import import_recordings
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.actions import replaying
from p2p_pipeline.paper.actions.replaying import replay_session
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.machine.queue import Arrived, in_order
from p2p_pipeline.paper.replay.comparing import compared
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.paper.golden import nobody
from p2p_pipeline_tests.paper.sessions import CONFIG, armed, moved


def log(folder: Path, *said: Said) -> Path:
    folder.mkdir()
    chain = Chain()
    (folder / "events.jsonl").write_bytes(b"".join(chain.line(one) + b"\n" for one in said))
    return folder


FIRST, TICK = Said(1, "signal", {}), Said(3, "order_cancelled", {"reason": "expired"})
STOP = Said(2, "session_state", {"state": "STOPPING", "reason": "stop"})


def test_what_a_running_session_said_since_and_the_replays_own_stop_are_left_out(tmp_path: Path) -> None:
    live, again = log(tmp_path / "live", FIRST, TICK, TICK), log(tmp_path / "again", FIRST, STOP)
    assert compared(live, again).differs_at == 2
    assert compared(live, again, 1).told().startswith("the same up to line 1: the session still runs")
    # it had said more than the newest frame explains: a second passed without one
    assert compared(live, again, 2)[:3] == (1, None, True)
    early = log(tmp_path / "early", FIRST, Said(1, "order_cancelled", {}))
    assert compared(early, again, 2).differs_at == 2
    other = log(tmp_path / "other", Said(1, "signal", {"symbol": "A"}), STOP)
    assert compared(live, other, 1).differs_at == 1


def test_a_log_that_grows_while_its_running_session_is_replayed_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = DataPaths(tmp_path)
    folder = SessionFolder(paths, "20231114-221320-aaaaaaaa")
    import_recordings([moved(armed(), 21_200).write(tmp_path / "recording.jsonl.gz")], folder.frames, nobody)
    folder.config.write_text(yaml.safe_dump(CONFIG))
    replayed = replay_session(paths, folder.root, nobody).replayed
    lines = replayed.log.read_bytes().splitlines(keepends=True)
    stop = next(number for number, line in enumerate(lines) if b"STOPPING" in line)
    folder.log.write_bytes(b"".join(lines[: stop - 1]))

    def growing(frames: Iterable[Frame]) -> list[Arrived]:
        with folder.log.open("ab") as file:
            file.write(b'{"at":9999999999999}\n' * 3)
        return in_order(frames)

    monkeypatch.setattr(replaying, "in_order", growing)
    descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        found = replay_session(paths, folder.root, nobody).compared
    finally:
        os.close(descriptor)
    assert (found.is_same, found.session_lines, found.is_running) == (True, stop - 1, True)
