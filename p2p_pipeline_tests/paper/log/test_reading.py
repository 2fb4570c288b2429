"""A log is read from any line on while it is written, over all its parts, and a half-written line waits."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from p2p_pipeline.paper.log import reading
from p2p_pipeline.paper.log.lines import Chain
from p2p_pipeline.paper.log.parts import full_parts, part_path
from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.paper.words import Said


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    # as if a block were small: finding a line halves over many of them
    monkeypatch.setattr(reading, "_BLOCK", 64)
    chain, rng = Chain(), random.Random(1)
    return [chain.line(Said(7, "signal", {"symbol": "A" * rng.randrange(300)})) for _ in range(60)]


def numbered(lines: list[bytes], first: int) -> list[tuple[int, bytes]]:
    return list(enumerate(lines, 1))[max(first, 1) - 1 :]


@pytest.mark.parametrize("ends", [[], [1], [20, 21, 45]])
def test_every_line_is_found_by_its_number_over_all_parts(tmp_path: Path, lines: list[bytes], ends: list[int]) -> None:
    log = tmp_path / "events.jsonl"
    for number, (begin, end) in enumerate(zip([0, *ends], ends, strict=False), 1):
        part_path(log, number).write_bytes(b"".join(line + b"\n" for line in lines[begin:end]))
    log.write_bytes(b"".join(line + b"\n" for line in lines[ends[-1] if ends else 0 :]))
    assert full_parts(log, [one.name for one in tmp_path.iterdir()]) == list(range(1, len(ends) + 1))
    followed = LogReader(tmp_path)
    for first in [0, 1, 2, 60, 61, 99, 7, 20, 21, 22, 45, 46, *range(1, 62)]:
        assert list(LogReader(tmp_path).lines_from(first)) == numbered(lines, first), first
        assert list(followed.lines_from(first)) == numbered(lines, first), first
        assert followed.last_number() == 60


def test_who_follows_gets_each_line_once_and_a_half_written_one_when_it_is_whole(
    tmp_path: Path, lines: list[bytes]
) -> None:
    log, rng = tmp_path / "events.jsonl", random.Random(2)
    found: list[tuple[int, bytes]] = []
    reader, part = LogReader(tmp_path), 1
    assert list(reader.lines_from(1)) == []
    assert reader.last_number() == 0
    whole = b"".join(line + b"\n" for line in lines)
    ends = {sum(len(line) + 1 for line in lines[:count]) for count in (10, 11, 40)}
    written = 0
    while written < len(whole):
        step = min([written + rng.randrange(1, 200), len(whole), *(end for end in ends if end > written)])
        with log.open("ab") as file:
            file.write(whole[written:step])
        if step in ends:
            # sometimes what is before the end was not read yet
            if rng.random() < 0.5:
                found += list(reader.lines_from(len(found) + 1))
            log.rename(part_path(log, part))
            part += 1
        elif rng.random() < 0.7:
            found += list(reader.lines_from(len(found) + 1))
        written = step
    found += list(reader.lines_from(len(found) + 1))
    assert found == numbered(lines, 1)


def test_a_reader_that_stops_in_the_middle_goes_on_from_there(tmp_path: Path, lines: list[bytes]) -> None:
    (tmp_path / "events.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    reader = LogReader(tmp_path)
    some = reader.lines_from(5)
    assert next(some)[0] == 5
    assert next(reader.lines_from(6)) == (6, lines[5])
    assert next(some)[0] == 6


def test_where_no_log_is_there_are_no_lines(tmp_path: Path) -> None:
    assert list(LogReader(tmp_path / "nobody").lines_from(1)) == []
