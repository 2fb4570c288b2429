"""Sessions as processes of their own: several at once, stopped by the rules, and found dead when they were killed."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from p2p_pipeline.cli import app
from p2p_pipeline.exchanges.connections.addresses import checked_source
from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.actions.replaying import replay_session
from p2p_pipeline.paper.actions.sessions import (
    SessionFailed,
    session_only,
    sessions,
    start,
    status,
    stop,
    stop_all_of,
    tell,
)
from p2p_pipeline.paper.configuration.presets import presets
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.log.verifying import verify_log
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.sessions.status import NoSuchSession
from p2p_pipeline.paper.settings import PaperSettings, read_paper_settings
from p2p_pipeline_tests.paper.actions.serving import served
from p2p_pipeline_tests.paper.live.loopback import Loopback
from p2p_pipeline_tests.paper.live.sessions import EAGER

SETTINGS = PaperSettings.model_validate(EAGER)


def awaited(is_so: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_several_sessions_run_at_once_and_each_stops_by_the_rules_with_a_log_that_replays(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    with served(Loopback(candle_every=0.3)) as exchange:
        one = start(paths, SETTINGS, exchange.url)
        other = start(paths, SETTINGS.model_copy(update={"touch_price": "last"}), exchange.url, seconds=3600)
        assert {one.state, other.state} <= {"STARTING", "WARMING_UP", "RUNNING"}
        assert one.is_running
        assert one.is_simulated
        assert [found.session for found in sessions(paths)] == sorted([one.session, other.session], reverse=True)
        with pytest.raises(NoSuchSession, match="2 sessions are running; name one of"):
            session_only(paths, None)
        with pytest.raises(NoSuchSession, match=r"there is no session '\.\./up'; there are "):
            session_only(paths, "../up")
        awaited(lambda: status(paths, one.session).state == "RUNNING")
        tell(paths, one.session, Command.CLOSE_ALL)
        stopped = stop(paths, one.session)
        assert stopped.state == "STOPPED"
        assert stopped.summary is not None
        again = stop(paths, one.session)
        assert again == stopped
        assert session_only(paths, None) == other.session
        with pytest.raises(SessionFailed, match="is not running"):
            tell(paths, one.session, Command.CANCEL_ALL)
        # a session that is stopped before all pages of instruments came can't be made again of its frames
        awaited(lambda: status(paths, other.session).state == "RUNNING")
        os.kill(status(paths, other.session).about.pid, signal.SIGTERM)
        awaited(lambda: not status(paths, other.session).is_running)
    for found in (one, other):
        folder = SessionFolder(paths, found.session)
        assert verify_log(folder.log).is_finished
        made_again = replay_session(paths, folder.root, lambda *_: None).replayed
        summary = status(paths, found.session).summary
        assert summary is not None
        assert (made_again.session, made_again.sha256) == (found.session, summary.sha256)
        assert not folder.inbox.exists() or not list(folder.inbox.iterdir())


def test_a_simulator_that_ends_has_its_sessions_stopped_first_and_a_killed_session_is_told_as_dead(
    tmp_path: Path,
) -> None:
    paths = DataPaths(tmp_path)
    with served(Loopback()) as exchange, served(Loopback()) as other:
        mine = start(paths, SETTINGS, exchange.url)
        another = start(paths, SETTINGS, other.url)
        (stopped,) = stop_all_of(paths, exchange.url)
        assert (stopped.session, stopped.state) == (mine.session, "STOPPED")
        assert stop_all_of(paths, exchange.url) == []
        assert status(paths, another.session).is_running
        os.kill(status(paths, another.session).about.pid, signal.SIGKILL)
        awaited(lambda: not status(paths, another.session).is_running)
    dead = stop(paths, another.session)
    assert (dead.state, dead.summary) == ("DIED", None)
    assert f"p2p paper resume {another.session}" in dead.reason


def test_a_follower_that_is_interrupted_stops_its_session_and_prints_what_it_came_to(tmp_path: Path) -> None:
    with served(Loopback()) as exchange:
        command = [sys.executable, "-m", "p2p_pipeline.cli", "--data-dir", str(tmp_path), "paper", "start"]
        command += ["--source", exchange.url, "--for", "10m", "--json"]
        follower = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        # the follower begins to follow at the first board, which is more than a second before
        awaited(lambda: [found.state for found in sessions(DataPaths(tmp_path))] == ["RUNNING"])
        follower.send_signal(signal.SIGINT)
        printed, _ = follower.communicate(timeout=20)
    assert follower.returncode == 0
    said = json.loads(printed)
    assert set(said) == {
        "session", "events", "trades", "realised", "fees", "funding", "equity", "log", "sha256"
    }  # fmt: skip
    assert status(DataPaths(tmp_path), said["session"]).state == "STOPPED"


@pytest.mark.parametrize(
    "url", ["somewhere", "ftp://a.example", "http://127.0.0.1:8530/bybit", "http://127.0.0.1:99999"]
)
def test_a_source_that_is_no_address_starts_nothing(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidInput, match="write the simulator's address without a path"):
        start(DataPaths(tmp_path), SETTINGS, url)
    assert not sessions(DataPaths(tmp_path))
    assert checked_source("http://127.0.0.1:8530/") == "http://127.0.0.1:8530"


def test_a_disk_that_takes_nothing_starts_nothing_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_bytes(path: Path, _: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", write_bytes)
        with pytest.raises(SessionFailed, match=r"paper/2.* can't be written: No space left on device; .*make room"):
            start(DataPaths(tmp_path), SETTINGS, "http://127.0.0.1:9")
    assert list((tmp_path / "paper").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(SessionFailed, match="can't be written: Not a directory; nothing was started"):
        start(DataPaths(tmp_path / "file"), SETTINGS, "http://127.0.0.1:9")


def p2p(data: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["--data-dir", str(data), "paper", "start", *words])
    return done.exit_code, done.stderr


def test_a_preset_is_what_a_session_is_started_by(tmp_path: Path) -> None:
    code, told = p2p(tmp_path, "--preset", "no", "--source", "http://127.0.0.1:9")
    assert (code, "there is no preset 'no'; there are momentum_five_minutes, " in told) == (1, True)
    (tmp_path / "mine.yaml").write_text("{}")
    code, told = p2p(tmp_path, "--preset", "demo", "--config", str(tmp_path / "mine.yaml"))
    assert (code, "--config and --preset are two configurations; give one" in told) == (1, True)
    assert sessions(DataPaths(tmp_path)) == []
    assert p2p(tmp_path, "--preset", "demo", "--source", "http://127.0.0.1:9")[0] == 0
    (begun,) = sessions(DataPaths(tmp_path))
    assert read_paper_settings(SessionFolder(DataPaths(tmp_path), begun.session).config) == presets()["demo"].settings
    stop(DataPaths(tmp_path), begun.session)


def test_without_a_session_it_is_said_that_there_is_none(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    with pytest.raises(NoSuchSession, match="no paper session is running"):
        session_only(paths, None)
    with pytest.raises(NoSuchSession, match="none was started with this data folder yet"):
        status(paths, "x")
    (tmp_path / "paper" / "replayed").mkdir(parents=True)
    assert sessions(paths) == []
