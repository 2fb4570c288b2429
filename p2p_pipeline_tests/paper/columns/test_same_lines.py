"""Sessions over columns say the same lines, byte for byte, as sessions over the frames."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest

from p2p_pipeline.exchanges.frames.lines import from_line, to_line
from p2p_pipeline.paper.columns import making
from p2p_pipeline.paper.columns.arriving import Late, columns_of, nearly_in_order
from p2p_pipeline.paper.columns.making import NotColumnar, chunks_of
from p2p_pipeline.paper.columns.running import said_of
from p2p_pipeline.paper.columns.storing import Columns, write_columns
from p2p_pipeline.paper.events import Command
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.log.naming import name_of
from p2p_pipeline.paper.machine.queue import Arrived, in_order
from p2p_pipeline.paper.machine.state import new_session
from p2p_pipeline.paper.notes import Told, note_frame
from p2p_pipeline.paper.replay.replaying import replay, session_of
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.golden import nobody
from p2p_pipeline_tests.paper.recordings import START, RandomRecording
from p2p_pipeline_tests.paper.sessions import CONFIG, armed, moved


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


def told(made: RandomRecording, rng: random.Random) -> None:
    """Somebody closes, cancels, and sometimes stops it half-way."""
    commands = [Command.CLOSE_ALL, Command.CANCEL_ALL, *([Command.STOP] if rng.random() < 0.3 else [])]
    for command in commands:
        frame = note_frame(Told(command), START + rng.randrange(30_000, 100_000))
        made.recording.lines.append(orjson.loads(to_line(frame)))


@pytest.mark.parametrize("most_rows", [7, 400_000])
def test_random_recordings_in_chunks_of_any_size(monkeypatch: pytest.MonkeyPatch, most_rows: int) -> None:
    monkeypatch.setattr(making, "MOST_ROWS", most_rows)
    compared, seeds = 0, range(this_many(8, 2_000))
    for seed in seeds:
        made = RandomRecording(seed)
        monkeypatch.setattr(making, "CHUNK_MS", random.Random(seed).choice([600_000, 10_000, 700]))
        told(made, random.Random(seed))
        settings = PaperSettings.model_validate(made.settings)
        arrived = arrived_of(made)
        try:
            found = by_columns(arrived, settings)
        except NotColumnar:
            # an odd spelling of a number has more digits than a column holds: it is replayed by its frames
            continue
        compared += 1
        assert_same(found, by_frames(arrived, settings), seed)
    assert compared >= len(seeds) // 2


def test_silences_of_less_than_a_second_and_long_pasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "CHUNK_MS", 30_000)
    monkeypatch.setattr("p2p_pipeline.paper.columns.rows.LONG_PAST", 20)
    for seed in range(this_many(2, 200)):
        made = RandomRecording(seed)
        made.recording.lines = [line for line in made.recording.lines if "kline" not in f"{line['body']}{line['url']}"]
        for at in range(60_000 - START % 60_000, 100_000, 60_000):
            for symbol in made.symbols:
                made.recording.kline(at + 300, at - 60_000, symbol, f"{made.price[symbol] / 10}")
        for stale_after in ("0.5", "10"):
            settings = PaperSettings.model_validate({**made.settings, "stale_after_seconds": stale_after})
            arrived = arrived_of(made)
            assert_same(by_columns(arrived, settings), by_frames(arrived, settings), seed)


def test_digits_that_come_later_change_no_number_before_them() -> None:
    recording = moved(armed(), 21_200).ticker(22_400, ask1Price="100.70000001").ticker(23_400, bid1Price="101.523")
    recording.ticker(24_000, markPrice="100.12345678901", fundingRate="-0.000000012")
    settings = PaperSettings.model_validate(CONFIG)
    arrived = in_order(from_line(orjson.dumps(line)) for line in recording.lines)
    assert_same(by_columns(arrived, settings), by_frames(arrived, settings), 0)


@pytest.mark.parametrize("why", ["a number that no column holds", "connections far out of step"])
def test_what_columns_can_not_hold_is_replayed_by_its_frames(tmp_path: Path, why: str) -> None:
    recording = moved(armed(), 21_200).ticker(22_400, ask1Price="100.7").ticker(23_400, bid1Price="101.5")
    if why == "connections far out of step":
        recording.put(400_000, {"op": "pong"}, connection="ws9")
        recording.lines.insert(0, recording.lines.pop())
    else:
        recording.ticker(24_000, openInterestValue="1234567890123456.12345678")
    path = recording.write(tmp_path / "recording.jsonl.gz")
    settings = PaperSettings.model_validate(CONFIG)
    found = replay(path, settings, tmp_path, nobody)
    arrived = in_order(from_line(orjson.dumps(line)) for line in recording.lines)
    assert found.log.read_bytes().splitlines() == by_frames(arrived, settings)
    with pytest.raises((Late, NotColumnar)):
        list(chunks_of(nearly_in_order(from_line(orjson.dumps(line)) for line in recording.lines)))


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
        (folder,) = (tmp_path / "cache").glob("recording-*")
        assert_same(replay(folder, settings, tmp_path, nobody).log.read_bytes().splitlines(), expected, seed)
        shutil.rmtree(folder)
        monkeypatch.setattr("p2p_pipeline.paper.columns.arriving.write_columns", write_columns)
        path.unlink()
