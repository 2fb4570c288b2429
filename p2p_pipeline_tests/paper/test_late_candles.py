"""Hours in which candles come late, some further back than what is kept: three ways to the same log."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.columns import making, rows
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.log.naming import name_of
from p2p_pipeline.paper.machine.market import KEPT
from p2p_pipeline.paper.machine.queue import in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.replaying import replay, session_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.golden import nobody
from p2p_pipeline_tests.paper.recordings import START, Recording, instrument
from p2p_pipeline_tests.paper.reference import Reference
from p2p_pipeline_tests.paper.sessions import CONFIG

MINUTE = 60_000
ON_THE_GRID = MINUTE - START % MINUTE
SETTINGS: dict[str, Any] = {**CONFIG, "reference_max_age_seconds": 40, "stale_after_seconds": 60}


def hours(seed: int, minutes: int = KEPT + 50) -> Recording:
    """A frame in some twenty seconds, with exchange times that jump now and then; candles of any minute."""
    rng, recording = random.Random(seed), Recording().instruments(instrument("AAAUSDT")).snapshot(100)
    at = 100
    while at < minutes * MINUTE:
        at += rng.randrange(1_000, 35_000)
        jump = rng.choice([0] * 60 + [-90_000, 90_000, -300_000, 20 * MINUTE])
        recording.ticker(at, ts=at + jump, openInterestValue=f"{rng.randrange(100_000, 200_000)}")
        if rng.random() < 0.5:
            back = rng.choice([1, 1, 2, 3, rng.randrange(1, 5), rng.randrange(KEPT - 8, KEPT + 8)])
            beside = rng.choice([0] * 9 + [5_000, 500]) if seed % 2 else 0
            start = (at - ON_THE_GRID) // MINUTE * MINUTE + ON_THE_GRID - back * MINUTE + beside
            recording.kline(at, start, close=f"{rng.choice([100, 100, 101])}")
    return recording


def test_frames_columns_and_the_plain_implementation_agree_on_how_far_back_a_candle_may_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # so that a past is long soon, and lies in many chunks
    for module in (making, rows):
        monkeypatch.setattr(module, "LONG_PAST", 150)
    types: Counter[str] = Counter()
    too_late = 0
    for seed in range(this_many(2, 100)):
        recording = hours(seed)
        settings = PaperSettings.model_validate(SETTINGS)
        arrived = in_order(from_line(orjson.dumps(line)) for line in recording.lines)
        name, chain = name_of(arrived[0].at, settings), Chain()
        plainly = [chain.line(one) for one in session_of(new_session(name, settings), arrived)]
        path = recording.write(tmp_path / "recording.jsonl.gz")
        assert plainly == Reference(name, SETTINGS).run(path), seed
        assert plainly == replay(path, settings, tmp_path, nobody).log.read_bytes().splitlines(), seed
        lines = [orjson.loads(line) for line in plainly]
        types.update(line["type"] for line in lines)
        too_late += sum(
            line["type"] == "reference_missing" and line["at"] - line["start"] > KEPT * MINUTE for line in lines
        )
    assert types["candle_confirmed"] > 100
    assert types["candle_conflict"] > 10
    assert too_late > 0
