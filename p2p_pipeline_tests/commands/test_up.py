"""`p2p up` is alone on its data folder, outlived by nothing it started, and patient with a slow machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from p2p_pipeline.commands import awaiting
from p2p_pipeline.commands.awaiting import NoAnswer, Patience, wait_for
from p2p_pipeline.commands.background import BackgroundJobs, Job
from p2p_pipeline.commands.children import ChildEnded, Children
from p2p_pipeline.commands.demo import DEMO_SETTINGS, with_demo_settings
from p2p_pipeline.commands.only_one import AlreadyRun, only_one
from p2p_pipeline.commands.ports import PortInUse, free_port, require_free_port
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.installation import CommandContext
from p2p_pipeline_tests.commands.test_children import SLEEP, needs_proc, wait_until_gone

UP = """
import sys, time
from pathlib import Path
from p2p_pipeline.commands.children import Children
from p2p_pipeline.commands.only_one import only_one
folder = Path(sys.argv[1])
with only_one(folder, folder) as lock, Children(folder / "logs", (lock.descriptor,), lock.note) as children:
    if sys.argv[2:]:
        import p2p_pipeline.commands.children as module
        module._libc = lambda: None
    child = children.start("dagster", [sys.executable, "-c", "import time; time.sleep(60)"], {}, folder)
    print(child.process.pid, flush=True)
    time.sleep(60)
"""


def started_up(folder: Path, *more: str) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-c", UP, str(folder), *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@needs_proc
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_what_a_killed_up_had_started_ends_too_and_the_folder_is_free_again(tmp_path: Path) -> None:
    process, child = started_up(tmp_path)
    kill(process)
    assert wait_until_gone(child)
    with only_one(tmp_path, tmp_path):
        pass


@needs_proc
def test_where_it_does_not_end_the_folder_stays_locked_and_it_is_named(tmp_path: Path) -> None:
    process, child = started_up(tmp_path, "without death signal")
    kill(process)
    try:
        told = rf"process {child} \(dagster\), left by a `p2p up` that was killed"
        with pytest.raises(AlreadyRun, match=told), only_one(tmp_path, tmp_path):
            pass
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_second_up_names_the_first(tmp_path: Path) -> None:
    told = f"already by process {os.getpid()}; stop"
    with only_one(tmp_path, tmp_path), pytest.raises(AlreadyRun, match=told), only_one(tmp_path, tmp_path):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="other systems show it to root only")
def test_a_port_in_use_is_told_with_who_has_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortInUse, match=f"in use by process {os.getpid()} "):
            require_free_port(taken.getsockname()[1])
    require_free_port(free_port())


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(awaiting, "STANDSTILL_SECONDS", 1.0)
    monkeypatch.setattr(awaiting, "SAY_SECONDS", 0.3)
    monkeypatch.setattr(awaiting, "_LOOK_SECONDS", 0.05)
    return iter(())


BUSY = [sys.executable, "-c", "while True: pass"]


def test_a_child_that_is_at_work_is_waited_for_with_a_word(
    quick: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    server: list[HTTPServer] = []

    def answer_at_last() -> None:
        server.append(HTTPServer(("127.0.0.1", port), Answer))
        server[0].serve_forever()

    with Children(tmp_path) as children:
        child = children.start("slow", BUSY, {}, tmp_path)
        timer = threading.Timer(2.0, answer_at_last)
        timer.start()
        wait_for(f"http://127.0.0.1:{port}", child, "the slow one", children.check)
    server[0].shutdown()
    server[0].server_close()
    assert "waiting for the slow one to answer" in capsys.readouterr().out


def test_a_child_that_does_nothing_is_given_up_with_its_log(quick: None, tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("idle", SLEEP, {}, tmp_path)
        with pytest.raises(NoAnswer, match=r"the idle one has done nothing for 1 s .*idle\.log"):
            wait_for(f"http://127.0.0.1:{free_port()}", child, "the idle one", children.check)


def test_a_child_that_ends_is_told_at_once(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("short", [sys.executable, "-c", ""], {}, tmp_path)
        with pytest.raises(ChildEnded):
            wait_for(f"http://127.0.0.1:{free_port()}", child, "it", children.check)


def test_patience_lasts_as_long_as_something_moves() -> None:
    patience = Patience.starting(0.0)
    for moment in range(0, 3_000, 10):
        patience.look(float(moment), moment)
        assert not patience.is_over(moment + 299.0)
    assert patience.is_over(2_990 + 300.0)


def test_background_jobs_run_one_after_the_other_and_a_failed_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("p2p_pipeline.commands.background.beside_python", lambda _: sys.executable)
    jobs = (Job("bad", "the first", ("-c", "raise SystemExit(3)")), Job("good", "the second", ("-c", "")))
    with Children(tmp_path) as children:
        background = BackgroundJobs(children, {}, jobs)
        seen: set[str] = set()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and (not seen or "in the background" in background.told):
            background.go_on()
            seen.add(background.told)
            children.check()
            time.sleep(0.02)
    assert "in the background: the first" in seen
    assert any("the first failed with exit code 3" in told and "the second" in told for told in seen)
    assert background.told.startswith("the first failed with exit code 3; its log is ")


def test_a_demos_settings_lie_with_its_data_and_may_be_changed_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("P2P_SETTINGS", raising=False)
    paths = DataPaths(tmp_path / "demo")
    assert len(with_demo_settings(CommandContext(paths)).settings.markets) == 4
    assert (paths.root / "settings.yaml").read_bytes() == DEMO_SETTINGS.read_bytes()
    assert len(CommandContext(paths).settings.markets) == 4
    (paths.root / "settings.yaml").write_text("markets: []")
    assert with_demo_settings(CommandContext(paths)).settings.markets == ()
    named = tmp_path / "mine.yaml"
    assert with_demo_settings(CommandContext(paths, named)).settings_file == named
