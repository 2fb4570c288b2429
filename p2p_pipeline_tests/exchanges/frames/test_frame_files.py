"""What is kept of frames comes back byte for byte, and what a crash, a disk or a person did to a file is told."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.exchanges.frames.folder import FrameFile, frame_files, hour_of
from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.frames.frame_file import Damage, end_of, members_of, read_lines
from p2p_pipeline.exchanges.frames.frame_writer import FrameWriter
from p2p_pipeline.exchanges.frames.lines import from_line, to_line
from p2p_pipeline.exchanges.frames.members import Member, Source
from p2p_pipeline.exchanges.frames.reader import read_frames
from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline_tests.exchanges.frames.example_frames import AT, AT_NS, example_frame
from p2p_pipeline_tests.p2p.raw.power_loss import PowerLossFiles

FILE = FrameFile("okx", "ws1", hour_of(AT_NS), Source.LIVE)


@given(
    body=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8")),
    passage=st.sampled_from(list(Passage)),
    received=st.none() | st.integers(0, 2**62),
    flags=st.tuples(st.booleans(), st.booleans()),
    connection=st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_a_frame_comes_back_from_its_line_byte_for_byte(
    body: bytes, passage: Passage, received: int | None, flags: tuple[bool, bool], connection: str
) -> None:
    is_binary = flags[1] and passage is Passage.SOCKET
    frame = Frame("okx", connection, passage, body, received, "wss://x", flags[0], is_binary)
    line = to_line(frame)
    assert b"\n" not in line
    assert b"\r" not in line
    assert from_line(line) == frame


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.none() | st.integers(0, 4 * 10**18))
def test_a_files_name_says_whose_frames_it_has_whatever_a_connection_is_called(connection: str, at: int | None) -> None:
    file = FrameFile("okx", connection, hour_of(at), Source.IMPORTED)
    assert FrameFile.named(file.path) == file
    assert len(file.path.parts) == 3
    assert ".." not in file.path.parts


def written(folder: Path, count: int, per_member: int = 3) -> Path:
    writer = FrameWriter(folder, Source.LIVE, RealFileSystem())
    for at in range(0, count, per_member):
        writer.append(FILE, [to_line(example_frame(number)) for number in range(at, min(at + per_member, count))])
    writer.sync()
    return folder / FILE.path


def test_frames_come_back_in_order_and_any_zstd_tool_prints_them(tmp_path: Path) -> None:
    path = written(tmp_path, 20)
    assert list(read_frames(tmp_path)) == [example_frame(number) for number in range(20)]
    with path.open("rb") as file:
        lines = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read().splitlines()
    assert [json.loads(line)["connection"] for line in lines] == ["ws1"] * 20


def test_a_changed_byte_costs_its_member_alone_and_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, 30)
    data = path.read_bytes()
    members = [member for member in members_of(data) if isinstance(member, Member)]
    generator = Random(3)
    told: list[str] = []
    for _ in range(60):
        told.clear()
        position = generator.randrange(len(data))
        changed = bytes([data[position] ^ (1 << generator.randrange(8))])
        path.write_bytes(data[:position] + changed + data[position + 1 :])
        found = list(read_frames(tmp_path, damaged=lambda _, __, reason: told.append(reason)))
        hit = next(n for n, member in enumerate(members) if position < member.position + member.length)
        kept = [example_frame(number) for number in range(30) if number // 3 != hit]
        assert found in (kept, [example_frame(number) for number in range(30)])
        assert told or hit == len(members) - 1


def test_a_member_that_is_taken_out_or_exchanged_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, 12)
    data = path.read_bytes()
    first, second, *_ = (member for member in members_of(data) if isinstance(member, Member))
    parts = (
        data[: first.length],
        data[first.length : first.length + second.length],
        data[first.length + second.length :],
    )
    for changed in (parts[1] + parts[0] + parts[2], parts[0] + parts[2], parts[1] + parts[2]):
        found = list(read_lines(changed))
        assert any(isinstance(part, Damage) and "before it" in part.reason for part in found)


def test_a_torn_tail_is_kept_aside_and_cut_off_before_anything_is_appended(tmp_path: Path) -> None:
    path = written(tmp_path, 9)
    whole = path.read_bytes()
    for cut in range(1, 200, 13):
        path.write_bytes(whole + whole[:cut])
        assert list(read_frames(tmp_path)) == [example_frame(number) for number in range(9)]
        writer = FrameWriter(tmp_path, Source.LIVE, RealFileSystem())
        writer.append(FILE, [to_line(example_frame(9))])
        assert list(read_frames(tmp_path)) == [example_frame(number) for number in range(10)]
        (kept,) = writer.torn
        assert kept.read_bytes() == whole[:cut]
        assert not any(isinstance(part, Damage) for part in read_lines(path.read_bytes()))


@pytest.mark.parametrize("seed", range(40))
def test_after_a_power_loss_all_that_was_synced_is_there_and_nothing_that_was_never_written(seed: int) -> None:
    generator = Random(seed)
    files = PowerLossFiles(generator)
    folder = Path("/frames")
    count = 0
    there: list[int] = []
    for _ in range(3):
        writer = FrameWriter(folder, Source.LIVE, files)
        new, synced = list[int](), 0
        for _ in range(generator.randrange(1, 8)):
            added = [number for number in range(count, count + generator.randrange(1, 5)) if number % 5 != 4]
            count = max([count, *added]) + 2
            writer.append(FILE, [to_line(example_frame(number)) for number in added])
            new += added
            if generator.random() < 0.4:
                writer.sync()
                synced = len(new)
        files.crash()
        bodies = (frame.body.lstrip(b"\x1f\x8b\xff\x00") for frame in read_frames(folder, files=files))
        found = [int(json.loads(body)["n"]) for body in bodies]
        assert found[: len(there) + synced] == there + new[:synced]
        assert set(found) <= {*there, *new}
        assert found == sorted(found)
        there = found


def test_a_range_of_time_gives_the_frames_within_it_of_all_connections_by_time(tmp_path: Path) -> None:
    writer = FrameWriter(tmp_path, Source.LIVE, RealFileSystem())
    frames = [example_frame(number, f"ws{number % 3}", seconds=1.0) for number in range(150)]
    for frame in frames:
        file = FrameFile("okx", frame.connection, hour_of(frame.received_at_ns), Source.LIVE)
        writer.append(file, [to_line(frame)])
    assert len(list(frame_files(tmp_path))) == 6
    assert list(read_frames(tmp_path)) == frames
    middle = [frame for frame in frames if AT_NS + 50 * 10**9 <= (frame.received_at_ns or 0) < AT_NS + 70 * 10**9]
    start, end = (AT.fromtimestamp(AT.timestamp() + seconds, AT.tzinfo) for seconds in (50, 70))
    assert list(read_frames(tmp_path, ["okx"], start, end)) == middle
    assert list(read_frames(tmp_path, ["kraken"])) == []


def test_the_chain_goes_on_where_an_earlier_writer_ended(tmp_path: Path) -> None:
    path = written(tmp_path, 3)
    checksum, tail = end_of(path.read_bytes())
    written(tmp_path, 3)
    members = [member for member in members_of(path.read_bytes()) if isinstance(member, Member)]
    assert tail is None
    assert members[1].previous == checksum == members[0].checksum
