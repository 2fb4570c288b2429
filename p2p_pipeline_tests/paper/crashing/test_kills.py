"""SIGKILL at any moment: no durable line is lost, every line follows from the frames, and the session goes on."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.actions.replaying import replay_session
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.paper.log.scanning import DamagedLog
from p2p_pipeline.paper.log.verifying import look_at, verify_log
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.recovering import recovered
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.replaying import name_of, recorded, session_of
from p2p_pipeline.paper.results.auditing import fees_and_funding_add_up, money_conserved
from p2p_pipeline.paper.results.reading import results_of
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.crashing.runner import SECONDS, Life
from p2p_pipeline_tests.paper.golden import nobody
from p2p_pipeline_tests.paper.machine.test_recovering import Watched, known, money
from p2p_pipeline_tests.paper.recordings import START, RandomRecording
from p2p_pipeline_tests.shared_files import REPOSITORY

KILLS = this_many(6, 1_000)


@pytest.fixture(scope="module")
def runner() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "p2p_pipeline_tests.paper.crashing.runner"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def ended(runner: subprocess.Popen[bytes], life: Life) -> bool:
    """Whether it was killed."""
    assert runner.stdin is not None
    assert runner.stdout is not None
    runner.stdin.write(orjson.dumps(asdict(life)) + b"\n")
    runner.stdin.flush()
    answer = runner.stdout.readline()
    assert answer in (b"killed\n", b"stopped\n"), life
    return answer == b"killed\n"


def prepared(data: Path, seed: int) -> tuple[SessionFolder, PaperSettings]:
    settings = PaperSettings.model_validate(RandomRecording(seed, seconds=SECONDS).settings)
    folder = SessionFolder(DataPaths(data), name_of(START, settings))
    folder.root.mkdir(parents=True)
    folder.config.write_text(yaml.safe_dump(settings.model_dump(mode="json")))
    return folder, settings


@pytest.mark.timeout(this_many(300, 3_600))
def test_sigkill_at_any_moment(
    tmp_path: Path, runner: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, found, kills, seed = random.Random(7), Counter[str](), 0, 0
    while kills < KILLS:
        seed += 1
        data = tmp_path / str(seed)
        folder, settings = prepared(data, seed)
        acknowledged = data / "acknowledged"
        is_killed, lives = True, 0
        while is_killed:
            lives += 1
            death = death_of(rng) if lives <= 8 else {}
            life = Life(str(data), folder.session, seed, rng.randrange(10**9), str(acknowledged), **death)
            is_killed = ended(runner, life)
            kills += is_killed
            if is_killed and folder.log.exists():
                found[looked_at(folder, settings, acknowledged, lives, monkeypatch)] += 1
        found["sessions"] += 1
        found["recovered"] += recovered_in(folder)
    print(f"{kills} kills: {dict(found)}")  # noqa: T201
    # kills that hit nothing would prove nothing
    assert found["torn"] >= this_many(1, 50)
    assert found["recovered"] >= this_many(1, 500)


def death_of(rng: random.Random) -> dict[str, Any]:
    """Within some bytes of any file or of the log, or after a while."""
    return rng.choice(
        [
            {"dies_after_bytes": rng.randrange(1, 25_000)},
            {"dies_after_bytes": rng.randrange(1, 5_000), "of_files": ".jsonl"},
            {"dies_after_seconds": rng.random() * 0.15},
        ]
    )


def recovered_in(folder: SessionFolder) -> int:
    """At a session's end: the log is whole, its replay is the same, its money adds up; how much the crashes closed."""
    assert verify_log(folder.root).is_finished, folder
    replayed = replay_session(folder.paths, folder.root, nobody)
    assert replayed.compared.told() == "same as the session's log, byte for byte", folder
    lines = parsed(folder)
    money(lines, lines)
    results = results_of(lines)
    assert money_conserved(lines, results.money.start).wrong == ()
    assert fees_and_funding_add_up(lines, results.config, results).wrong == (), folder
    numbers = [line["order"] for line in lines if line["type"] == "order_placed"]
    ends = {"order_expired", "order_cancelled", "position_closed"}
    assert sorted(line["order"] for line in lines if line["type"] in ends) == numbers, folder
    return sum(line.get("reason") == "recovered" for line in lines)


def looked_at(
    folder: SessionFolder, settings: PaperSettings, acknowledged: Path, lives: int, monkeypatch: pytest.MonkeyPatch
) -> str:
    """After a kill: what is durable is there, and a replay comes to the same lines and the same state."""
    seen = look_at(folder.log)
    durable = acknowledged.read_bytes().split(b"\n") if acknowledged.exists() else [b""]
    # the last one may be half written itself
    assert seen.end.lines >= int(durable[-2] if len(durable) > 1 else 0)
    lines = [line for _, line in LogReader(folder.root).lines_from(1)]
    assert len(lines) == seen.end.lines
    with monkeypatch.context() as patched:
        watched = Watched(patched)
        arrived = in_order(recorded(folder.frames, nobody))
        chain = Chain()
        again = [chain.line(one) for one in session_of(new_session(folder.session, settings), arrived)]
    assert again[: len(lines)] == lines
    # of a session that has died before, each life's lines would have to be counted apart
    if lives == 1 and len(lines) in watched.known:
        assert known(recovered(parsed(folder), folder.session, settings)) == watched.known[len(lines)]
    verdict = verified(folder.root)
    if "breaks off" in verdict:
        assert f"breaks off within line {len(lines) + 1}, as a crash leaves it; the {len(lines)} whole" in verdict
        return "torn"
    if verdict:
        # nothing of it was durable yet
        assert "is empty" in verdict or "without the session's stop, and no" in verdict
        return "before the first head"
    return "whole"


def verified(log: Path) -> str:
    try:
        verify_log(log)
    except DamagedLog as error:
        return str(error)
    return ""


def parsed(folder: SessionFolder) -> list[dict[str, Any]]:
    return [orjson.loads(line) for _, line in LogReader(folder.root).lines_from(1)]
