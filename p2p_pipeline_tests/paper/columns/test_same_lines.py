"""Sessions over columns say the same lines, byte for byte, as sessions over the frames."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest

from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.paper.columns import making
from p2p_pipeline.paper.columns.arriving import columns_of
from p2p_pipeline.paper.columns.making import chunks_of
from p2p_pipeline.paper.columns.running import said_of
from p2p_pipeline.paper.columns.storing import Columns, write_columns
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.log.naming import name_of
from p2p_pipeline.paper.machine.queue import Arrived, in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.replay.replaying import session_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.golden import nobody
from p2p_pipeline_tests.paper.recordings import RandomRecording


def lines(said: Iterable[Said]) -> list[bytes]:
    chain = Chain()
    return [chain.line(one) for one in said]


def arrived_of(made: RandomRecording) -> list[Arrived]:
    return in_order(from_line(orjson.dumps(line)) for line in made.recording.lines)


def by_frames(arrived: list[Arrived], settings: PaperSettings) -> list[bytes]:
    return lines(session_of(new_session(name_of(arrived[0].at, settings), settings), arrived))


def by_columns(arrived: list[Arrived], settings: PaperSettings) -> list[bytes]:
    chunks = list(chunks_of(arrived))
    return lines(said_of(Columns(arrived[0].at, lambda: chunks), settings))


def assert_same(found: list[bytes], expected: list[bytes], seed: int) -> None:
    for one, other in zip(found, expected, strict=False):
        assert one == other, seed
    assert len(found) == len(expected), seed


@pytest.mark.parametrize("most_rows", [7, 400_000])
def test_random_recordings_in_chunks_of_any_size(monkeypatch: pytest.MonkeyPatch, most_rows: int) -> None:
    monkeypatch.setattr(making, "MOST_ROWS", most_rows)
    for seed in range(this_many(8, 2_000)):
        made = RandomRecording(seed)
        monkeypatch.setattr(making, "CHUNK_MS", random.Random(seed).choice([600_000, 10_000, 700]))
        settings = PaperSettings.model_validate(made.settings)
        arrived = arrived_of(made)
        assert_same(by_columns(arrived, settings), by_frames(arrived, settings), seed)


def test_columns_are_stored_once_and_read_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "CHUNK_MS", 10_000)
    for seed in (4, 5):
        made = RandomRecording(seed)
        settings = PaperSettings.model_validate(made.settings)
        path = made.recording.write(tmp_path / "recording.jsonl.gz")
        expected = by_frames(arrived_of(made), settings)
        columns = columns_of(path, tmp_path / "cache", nobody)
        assert_same(lines(said_of(columns, settings)), expected, seed)
        monkeypatch.setattr("p2p_pipeline.paper.columns.arriving.write_columns", None)
        again = columns_of(path, tmp_path / "cache", nobody)
        assert_same(lines(said_of(again, settings)), expected, seed)
        monkeypatch.setattr("p2p_pipeline.paper.columns.arriving.write_columns", write_columns)
        path.unlink()
