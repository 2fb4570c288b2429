"""A killed session goes on in its folder: what was open is closed first, and its replay is the same, byte for byte."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import shutil
import signal
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.actions.replaying import replay_session
from p2p_pipeline.paper.actions.resuming import resume, session_to_resume
from p2p_pipeline.paper.actions.running import run
from p2p_pipeline.paper.actions.sessions import SessionFailed, sessions, start, status, stop
from p2p_pipeline.paper.board import board_to_json
from p2p_pipeline.paper.live.beginning import OtherSettings, beginning_of
from p2p_pipeline.paper.live.boards import BoardMaker, Outside
from p2p_pipeline.paper.live.link import ConnectionState
from p2p_pipeline.paper.log.continuing import TORN
from p2p_pipeline.paper.log.parts import full_parts
from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.paper.log.scanning import DamagedLog
from p2p_pipeline.paper.log.verifying import look_at, verify_log
from p2p_pipeline.paper.log.writing import LogWriter, head_path
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.notes import Resumed
from p2p_pipeline.paper.replay.replaying import name_of, session_of
from p2p_pipeline.paper.sessions.about import About, write_about
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.reserve import keep_reserve
from p2p_pipeline.paper.sessions.running import SessionRuns
from p2p_pipeline.paper.sessions.status import NoSuchSession
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import SessionState
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.paper.actions.serving import served
from p2p_pipeline_tests.paper.actions.test_sessions import awaited
from p2p_pipeline_tests.paper.golden import nobody
from p2p_pipeline_tests.paper.live.loopback import Loopback
from p2p_pipeline_tests.paper.live.sessions import EAGER
from p2p_pipeline_tests.paper.machine.test_recovering import money
from p2p_pipeline_tests.paper.recordings import START
from p2p_pipeline_tests.paper.sessions import armed, moved

# positions stay open: only a crash or the stop closes them
SETTINGS = PaperSettings.model_validate({**EAGER, "exit": {"take_profit_pct": 90, "stop_loss_pct": 90}})


def kill(paths: DataPaths, session: str) -> None:
    awaited(lambda: status(paths, session).about.pid > 0)
    os.kill(status(paths, session).about.pid, signal.SIGKILL)
    awaited(lambda: not status(paths, session).is_running)


def lines_of(folder: SessionFolder) -> list[dict[str, Any]]:
    return [json.loads(line) for _, line in LogReader(folder.root).lines_from(1)]


def test_a_killed_session_goes_on_with_its_positions_closed_and_replays_to_the_same_log(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    with served(Loopback(candle_every=0.3, frames_per_second=100)) as exchange:
        session = start(paths, SETTINGS, exchange.url).session
        folder = SessionFolder(paths, session)
        awaited(lambda: any(line["type"] == "order_filled" for line in lines_of(folder)))
        with pytest.raises(SessionRuns, match="is running already"):
            resume(paths, session)
        kill(paths, session)
        with folder.log.open("ab") as file:
            file.write(b'{"at":17000')
        before = lines_of(folder)
        assert (
            replay_session(paths, folder.root, nobody)
            .compared.told()
            .startswith(f"the same up to line {len(before)}, where the session's log breaks off")
        )
        assert session_to_resume(paths, None) == session
        found = resume(paths, session)
        assert (found.session, found.is_running, found.state) == (session, True, "RUNNING")
        awaited(lambda: any(line.get("reason") == "recovered" for line in lines_of(folder)[len(before) + 1 :]))
        summary = stop(paths, session).summary
    assert summary is not None
    lines = lines_of(folder)
    assert lines[: len(before)] == before
    assert (lines[len(before)]["type"], lines[len(before)]["reason"]) == ("session_state", "recovered")
    closed = [line for line in lines if line["type"] == "position_closed" and line["reason"] == "recovered"]
    assert {line["order"] for line in closed} <= {line["order"] for line in before if line["type"] == "order_filled"}
    money(lines, lines)
    assert verify_log(folder.root).is_finished
    assert [path.read_bytes() for path in (folder.root / TORN).glob("*.bin")] == [b'{"at":17000']
    again = replay_session(paths, folder.root, nobody)
    assert again.compared.told() == "same as the session's log, byte for byte"
    assert again.replayed.log == tmp_path / "paper" / "replays" / session / "events.jsonl"
    assert again.replayed.sha256 == summary.sha256
    with pytest.raises(SessionFailed, match="has stopped: nothing of it is open"):
        resume(paths, session)
    with pytest.raises(NoSuchSession, match="no session ended unasked"):
        session_to_resume(paths, None)
    replays_from_the_command(tmp_path, folder)


def replays_from_the_command(data: Path, folder: SessionFolder) -> None:
    done = CliRunner().invoke(app, ["--data-dir", str(data), "paper", "replay", str(folder.root), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["same"], said["differs_at"], said["session_lines"]) == (True, None, said["events"])
    # another line in the log than the frames say: the first is named, and it is an error
    whole = folder.log.read_bytes()
    lines = whole.split(b"\n")
    lines[4] = lines[4].replace(b'"n":5', b'"n":5 ')
    folder.log.write_bytes(b"\n".join(lines))
    done = CliRunner().invoke(app, ["--data-dir", str(data), "paper", "replay", str(folder.root)])
    assert (done.exit_code, "differs from the session's log from line 5 on" in done.output) == (1, True)
    folder.log.write_bytes(whole)


def killed(paths: DataPaths, lines: int) -> SessionFolder:
    """What a process leaves that died."""
    folder = SessionFolder(paths, name_of(START, SETTINGS))
    folder.root.mkdir(parents=True)
    folder.config.write_text(yaml.safe_dump(SETTINGS.model_dump(mode="json")))
    write_about(folder, About(folder.session, None, is_simulated=False, started_at=START))
    frames = [from_line(orjson.dumps(line)) for line in moved(armed(), 21_500).ticker(25_000).lines]
    with closing(Recorder(folder.frames)) as recorder:
        for frame in frames:
            recorder.write(frame)
    log = LogWriter(folder.log)
    for said in list(session_of(new_session(folder.session, SETTINGS), in_order(frames)))[:lines]:
        log.say(said)
    log.sync()
    return folder


def test_a_log_that_no_crash_has_left_is_not_gone_on_with(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    folder = killed(paths, 8)
    whole = folder.log.read_bytes()
    folder.log.write_bytes(whole[:900])
    for _ in range(2):
        # and the lock is free again each time
        with pytest.raises(DamagedLog, match="changed or cut off"):
            resume(paths, folder.session)
    assert [found.state for found in sessions(paths)] == ["DIED"]


def test_a_configuration_that_was_changed_meanwhile_is_not_gone_on_with(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    folder = killed(paths, 8)
    other = SETTINGS.model_copy(update={"account": SETTINGS.account.model_copy(update={"start_equity": Decimal(77)})})
    folder.config.write_text(yaml.safe_dump({**other.model_dump(mode="json"), "short": None}))
    for _ in range(2):
        with pytest.raises(OtherSettings, match=r"start_equity was 10000, is 77, .*short.oiv_move_pct was -0.05"):
            resume(paths, folder.session)
    with pytest.raises(OtherSettings, match="was changed since the session started"):
        run(paths, folder.session)
    folder.log.unlink()
    head_path(folder.log).unlink()
    assert beginning_of(folder, other, START).session.settings == other, "nothing was said by another"


def test_the_hash_of_a_session_is_that_of_all_parts_of_its_log(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    folder = killed(paths, 99)
    whole = folder.log.read_bytes()
    frames = [from_line(orjson.dumps(line)) for line in moved(armed(), 21_500).ticker(25_000).lines]
    log = LogWriter(folder.log, part_bytes=600)
    for said in session_of(new_session(folder.session, SETTINGS), in_order(frames)):
        log.say(said)
        log.sync()
    assert len(full_parts(folder.log, [path.name for path in folder.root.iterdir()])) > 3
    run(paths, folder.session)
    summary = status(paths, folder.session).summary
    assert summary is not None
    assert summary.sha256 == hashlib.sha256(whole).hexdigest()
    assert replay_session(paths, folder.root, nobody).replayed.sha256 == summary.sha256


def test_a_copy_under_another_name_is_made_again_as_the_session_that_it_is(tmp_path: Path) -> None:
    folder = killed(DataPaths(tmp_path), 99)
    copy = shutil.copytree(folder.root, tmp_path / "usb" / "mine")
    again = replay_session(DataPaths(tmp_path), copy, nobody)
    assert again.compared.told() == "same as the session's log, byte for byte"
    assert again.replayed.session == folder.session
    assert again.replayed.log == tmp_path / "paper" / "replays" / "mine" / "events.jsonl"


def test_a_dead_session_is_shown_as_of_its_last_board_without_connections(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    folder = killed(paths, 8)
    board = BoardMaker(new_session(folder.session, SETTINGS), START, None, is_simulated=True).make(
        Outside(START + 5_000, SessionState.RUNNING, "", 8, [ConnectionState("ws1", True, 4, 2)])
    )
    folder.board.write_bytes(board_to_json(board))
    done = CliRunner().invoke(app, ["--data-dir", str(tmp_path), "paper", "status", folder.session])
    at = f"{datetime.fromtimestamp(START / 1000 + 5, UTC):%Y-%m-%d %H:%M:%S}"
    assert f"as of {at} UTC, its last second:" in done.stdout
    assert "connection" not in done.stdout


def test_what_stopped_but_could_not_say_so_is_told_as_stopped_without_an_exchange(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    folder = killed(paths, 99)
    assert status(paths, folder.session).state == "DIED"
    run(paths, folder.session)
    found = status(paths, folder.session)
    assert found.summary is not None
    assert (found.state, found.summary.events) == ("STOPPED", verify_log(folder.root).lines)


@pytest.mark.parametrize(
    ("lines", "told", "expected"),
    [
        (3, None, None),
        (3, 500, 500),
        (3, 99, 100),
        # an order is open: it is cancelled at once, but a position would need prices
        (10, 99, 10_100),
        (10, 500, 500),
    ],
)
def test_a_session_whose_time_is_over_waits_for_prices_of_what_is_open_before_it_stops(
    tmp_path: Path, lines: int, told: int | None, expected: int | None
) -> None:
    begun = beginning_of(killed(DataPaths(tmp_path), lines), SETTINGS, START)
    assert begun.note == Resumed(lines)
    assert begun.stops_at(told, 100) == expected
    # 25 s was the last frame: whatever the clock says, nothing new is before it
    assert begun.not_before_ns == (START + 25_001) * 1_000_000


class FullDisk:
    """Takes nothing any more of files of one kind, from the moment when somebody says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
        self.is_full, before = False, RealFileSystem.append

        def append(files: RealFileSystem, path: Path, data: bytes) -> None:
            if self.is_full and path.name.endswith(suffix):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            before(files, path, data)

        monkeypatch.setattr(RealFileSystem, "append", append)

    def keeps_only_the_reserve_of(self, folder: SessionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        """No file is taken at all as long as a session keeps its room."""
        before = Path.write_bytes

        def write_bytes(path: Path, data: bytes) -> int:
            if self.is_full and folder.reserve.exists():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return before(path, data)

        monkeypatch.setattr(Path, "write_bytes", write_bytes)


@pytest.mark.parametrize("suffix", [".jsonl", ".zst"])
def test_a_full_disk_fails_the_session_at_once_with_a_sentence_and_it_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    paths = DataPaths(tmp_path)
    disk = FullDisk(monkeypatch, suffix)
    with served(Loopback(candle_every=0.3)) as exchange:
        started_at = time.time_ns() // 1_000_000
        folder = SessionFolder(paths, name_of(started_at, SETTINGS))
        folder.root.mkdir(parents=True)
        folder.config.write_text(yaml.safe_dump(SETTINGS.model_dump(mode="json")))
        write_about(folder, About(folder.session, exchange.url, is_simulated=True, started_at=started_at))
        keep_reserve(folder)
        disk.keeps_only_the_reserve_of(folder, monkeypatch)
        threading.Timer(1.3, lambda: setattr(disk, "is_full", True)).start()
        run(paths, folder.session)
        failed = status(paths, folder.session)
        assert (failed.state, failed.is_running) == ("FAILED", False)
        what = f"{folder.log}" if suffix == ".jsonl" else "frames"
        assert failed.reason.startswith(f"{what} can't be written: No space left on device")
        assert "`p2p paper resume`" in failed.reason
        lines = lines_of(folder)
        assert failed.board is not None
        assert 0 < len(lines) == failed.board.log_lines
        assert not folder.reserve.exists()
        if suffix == ".zst":
            # how it goes on is the same
            return
        disk.is_full = False
        assert resume(paths, folder.session).is_running
        assert stop(paths, folder.session).state == "STOPPED"
    assert lines_of(folder)[: len(lines)] == lines
    assert replay_session(paths, folder.root, nobody).compared.told() == "same as the session's log, byte for byte"


@only_long
@pytest.mark.long
@pytest.mark.timeout(900)
def test_real_processes_are_killed_again_and_again(tmp_path: Path) -> None:
    paths, rng = DataPaths(tmp_path), random.Random(9)
    with served(Loopback(candle_every=0.3, frames_per_second=200)) as exchange:
        session = start(paths, SETTINGS, exchange.url).session
        folder = SessionFolder(paths, session)
        for _ in range(25):
            time.sleep(rng.random() * 3)
            kill(paths, session)
            looked_at = look_at(folder.log) if folder.log.exists() else None
            durable = 0 if (board := status(paths, session).board) is None else board.log_lines
            assert (0 if looked_at is None else looked_at.end.lines) >= durable
            resume(paths, session)
        stop(paths, session)
    assert verify_log(folder.root).is_finished
    assert replay_session(paths, folder.root, nobody).compared.told() == "same as the session's log, byte for byte"
    lines = lines_of(folder)
    money(lines, lines)
    print(len(lines), "lines,", sum(line.get("reason") == "recovered" for line in lines), "recovered")  # noqa: T201
