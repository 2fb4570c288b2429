"""The same recording is the same log: under another hash seed, in another order of arrival, from our own frames."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import defaultdict
from decimal import Context, Decimal, localcontext
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.exchanges.frames.importing import import_recordings
from p2p_pipeline.paper.log.lines import decimal_text
from p2p_pipeline.paper.replay.replaying import replay
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.golden import golden, made, nobody
from p2p_pipeline_tests.paper.recordings import RandomRecording
from p2p_pipeline_tests.paper.sessions import lines_of, of_type
from p2p_pipeline_tests.shared_files import REPOSITORY


def test_the_order_of_arrival_at_equal_times_changes_nothing(tmp_path: Path) -> None:
    rng = random.Random(3)
    for seed in range(this_many(8, 200)):
        first, random_one, _ = made(seed, tmp_path)
        recording, lines = random_one.recording, []
        by_source = defaultdict(list)
        for line in recording.lines:
            by_source[line["connection"]].append(line)
        for _, equal in groupby(sorted(recording.lines, key=when), key=when):
            sources = defaultdict(list)
            for line in equal:
                sources[line["connection"]].append(line)
            queues = list(sources.values())
            while queues:
                queue = rng.choice(queues)
                lines.append(queue.pop(0))
                queues = [one for one in queues if one]
        # within each source as it was
        its = {name: iter(frames) for name, frames in by_source.items()}
        recording.lines = [next(its[line["connection"]]) for line in lines]
        path = recording.write(tmp_path / "again.jsonl.gz")
        again = replay(path, PaperSettings.model_validate(random_one.settings), tmp_path / "again", nobody)
        assert again.sha256 == first.sha256, seed


def when(line: dict[str, int]) -> int:
    return line["received_at_ns"] // 1_000_000


OTHERS = [name for name in os.environ.get("P2P_OTHER_PYTHONS", "").split(os.pathsep) if name]
"""Interpreters of other versions with pydantic, orjson, msgspec, PyYAML and zstandard; a run knows of none."""


@pytest.mark.parametrize("interpreter", [sys.executable, *OTHERS])
def test_another_hash_seed_process_and_python_make_the_same_logs(interpreter: str) -> None:
    count = 3 if interpreter == sys.executable else 25
    done = subprocess.run(
        [interpreter, "-m", "p2p_pipeline_tests.paper.golden", str(count)],
        cwd=REPOSITORY, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": "77"},
    )  # fmt: skip
    assert [line.split()[-1] for line in done.stdout.splitlines()] == golden()[:count]


def test_our_own_frames_folder_is_a_recording_too(tmp_path: Path) -> None:
    for seed in range(3):
        first, random_one, path = made(seed, tmp_path)
        folder = tmp_path / f"frames{seed}"
        import_recordings([path], folder, nobody)
        again = replay(folder, PaperSettings.model_validate(random_one.settings), tmp_path / "again", nobody)
        assert again.sha256 == first.sha256


def test_the_number_of_digits_that_the_program_around_it_works_with_changes_nothing(tmp_path: Path) -> None:
    first, random_one, path = made(4, tmp_path)
    configured = PaperSettings.model_validate(random_one.settings)
    with localcontext(Context(prec=3)):
        again = replay(path, configured, tmp_path / "again", nobody)
    assert again.sha256 == first.sha256


@settings(max_examples=this_many(20, 1_000), deadline=None)
@given(st.integers(10_000, 1_000_000))
def test_money_is_conserved_to_the_last_digit(seed: int) -> None:
    random_one = RandomRecording(seed, seconds=60)
    lines = lines_of(random_one.recording, **random_one.settings)
    summary = of_type(lines, "summary")[0]
    start = Decimal(str(random_one.settings["account"]["start_equity"]))
    with localcontext(Context(prec=500)):
        closed = of_type(lines, "position_closed")
        realised = sum((Decimal(line["realised"]) for line in closed), Decimal(0))
        fees = sum((Decimal(line["fee"]) for line in [*closed, *of_type(lines, "order_filled")]), Decimal(0))
        paid = sum((Decimal(line["amount"]) for line in of_type(lines, "funding_applied")), Decimal(0))
        expected = start + realised - fees - paid
    found = {name: summary[name] for name in ("realised", "fees", "funding", "equity")}
    assert found == {
        "realised": decimal_text(realised),
        "fees": decimal_text(fees),
        "funding": decimal_text(-paid),
        "equity": decimal_text(expected),
    }
    assert summary["trades"] == len(closed) == len(of_type(lines, "order_filled"))
    for figures in summary["fill_models"].values():
        money = {name: Decimal(figures[name]) for name in ("realised", "fees", "funding", "equity")}
        with localcontext(Context(prec=500)):
            assert money["equity"] == start + money["realised"] - money["fees"] + money["funding"]
