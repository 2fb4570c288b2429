"""Recordings come into the frames folder once, however often they are imported."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from p2p_pipeline.exchanges.frames.importing import import_recordings
from p2p_pipeline.exchanges.frames.lines import to_line
from p2p_pipeline.exchanges.frames.reader import read_frames
from p2p_pipeline.exchanges.frames.recordings import RecordingError, read_recording
from p2p_pipeline_tests.exchanges.frames.example_frames import example_frame
from p2p_pipeline_tests.shared_files import RECORDINGS


def recording(path: Path, numbers: range, *, broken: str = "") -> Path:
    lines = [to_line(example_frame(number, seconds=1.0)).decode() for number in numbers]
    text = "\n".join([*lines, broken]) if broken else "\n".join(lines) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def test_importing_again_or_a_recording_that_has_grown_adds_only_what_is_new(tmp_path: Path) -> None:
    folder, told = tmp_path / "frames", list[str]()

    def broken(path: Path, line: int, reason: str) -> None:
        told.append(f"{path.name} line {line}: {reason}")

    short = recording(tmp_path / "a.jsonl.gz", range(100))
    longer = recording(tmp_path / "b.jsonl", range(150), broken='{"venue":"okx"}')
    first = import_recordings([short], folder, broken)
    second = import_recordings([short, longer], folder, broken)
    assert (first.frames, first.already_there) == (100, 0)
    assert (second.frames, second.already_there) == (50, 200)
    assert list(read_frames(folder)) == [example_frame(number, seconds=1.0) for number in range(150)]
    assert told == ["b.jsonl line 151: 'received_at_ns' is missing"]


def test_a_file_that_breaks_off_gives_what_is_whole_and_one_that_is_none_is_told(tmp_path: Path) -> None:
    whole = recording(tmp_path / "a.jsonl.gz", range(400))
    whole.write_bytes(whole.read_bytes()[:-20])
    told: list[str] = []
    frames = list(read_recording(whole, lambda _, __, reason: told.append(reason)))
    assert frames[:50] == [example_frame(number, seconds=1.0) for number in range(50)]
    assert len(told) >= 1
    nothing = tmp_path / "b.jsonl"
    nothing.write_text("hello\n", encoding="utf-8")
    with pytest.raises(RecordingError, match=r"b.jsonl is no recording of an exchange \(line 1: no JSON"):
        list(read_recording(nothing))
    with pytest.raises(RecordingError, match="can't be read: No such file or directory"):
        list(read_recording(tmp_path / "c.jsonl"))


@pytest.mark.parametrize("name", ["bybit_linear_xrpusdt_ob500_2024-12-01", "htx_spot_2021-04", "gate_spot_2021-04"])
def test_a_real_recording_comes_out_of_the_folder_as_it_went_in(tmp_path: Path, name: str) -> None:
    path = RECORDINGS / "exchanges" / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"needs {path}")
    frames = list(read_recording(path))
    import_recordings([path], tmp_path, lambda *_: None)
    assert list(read_frames(tmp_path)) == frames
