"""What `p2p up` starts it also ends, grandchildren too, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from p2p_pipeline.commands import children as module
from p2p_pipeline.commands.children import ChildEnded, Children

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
_IGNORE_CTRL_C = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
STUBBORN = [sys.executable, "-c", _IGNORE_CTRL_C]


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie that nobody waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see who runs")


@needs_proc
def test_all_that_was_started_is_ended_and_a_bystander_lives(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP) as bystander:
        with Children(tmp_path / "logs") as children:
            pids = [children.start(name, SLEEP, {}, tmp_path).process.pid for name in ("a", "b")]
            children.check()
        assert not any(map(is_alive, pids))
        assert is_alive(bystander.pid)
        bystander.kill()


@needs_proc
def test_a_process_that_does_not_listen_is_killed_with_its_own_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASK_SECONDS", 0.3)
    with Children(tmp_path) as children:
        child = children.start("stubborn", STUBBORN, {}, tmp_path)
        deadline = time.monotonic() + 10
        while not child.log.read_bytes().strip() and time.monotonic() < deadline:
            time.sleep(0.02)
        grandchild = int(child.log.read_text())
        assert is_alive(grandchild)
    assert not is_alive(child.process.pid)
    assert wait_until_gone(grandchild)


def test_a_process_that_ended_is_noticed_with_its_code_and_its_log(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("broken", [sys.executable, "-c", "print('why'); raise SystemExit(3)"], {}, tmp_path)
        child.process.wait(10)
        with pytest.raises(ChildEnded, match=r"broken ended with exit code 3; its log is .*broken\.log"):
            children.check()
        assert child.log.read_text() == "why\n"


def test_a_child_hears_ctrl_c_even_when_the_program_was_started_to_ignore_it(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import signal, sys, time\nfrom pathlib import Path\n"
        "from p2p_pipeline.commands.children import Children\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "with Children(Path(sys.argv[1])) as children:\n"
        "    child = children.start('a', [sys.executable, '-c', 'import time; time.sleep(60)'], {}, Path('.'))\n"
        "    time.sleep(0.5)\n"
        "print(child.process.returncode)\n"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) in (1, -2)
    assert time.monotonic() - began < 15
