"""A log of several parts is one log: what is missing or changed is found, and it goes on after a crash."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from p2p_pipeline.kernel.filesystem import RealFileSystem
from p2p_pipeline.paper.log import verifying
from p2p_pipeline.paper.log.continuing import FinishedLog, continued
from p2p_pipeline.paper.log.reading import LogReader
from p2p_pipeline.paper.log.scanning import DamagedLog, TornLog
from p2p_pipeline.paper.log.showing import shown_log
from p2p_pipeline.paper.log.verifying import Looked, look_at, verify_log
from p2p_pipeline.paper.log.writing import LogWriter, UnwritableLog, head_path
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.effort import this_many

LINES = 60
STOP = [
    Said(9, "summary", {"trades": 0}),
    Said(9, "session_state", {"state": "STOPPED", "reason": "stop"}),
]


def said(number: int) -> Said:
    return Said(7 + number, "signal", {"symbol": "A" * (number % 37)})


class Quick(RealFileSystem):
    """Nothing here looks at what a power loss leaves."""

    def sync(self, path: Path) -> None:
        """Not waited for."""

    def sync_folder(self, path: Path) -> None:
        """Not waited for."""


def written(folder: Path, lines: int = LINES, *, stop: bool = True) -> Path:
    log = LogWriter(folder / "events.jsonl", Quick(), part_bytes=3_000)
    for number in range(lines):
        log.say(said(number))
        if number % 3 == 0:
            log.sync()
    for one in STOP if stop else []:
        log.say(one)
    log.sync()
    return log.path


def parts(log: Path) -> list[Path]:
    return sorted(log.parent.glob("events*.jsonl"))


def test_a_full_part_is_renamed_and_all_of_them_are_one_log(tmp_path: Path) -> None:
    log = written(tmp_path)
    names = [path.name for path in parts(log)]
    assert names[:2] == ["events.000001.jsonl", "events.000002.jsonl"]
    assert len(names) > 2
    assert all(3_000 <= path.stat().st_size < 4_500 for path in parts(log)[:-1])
    found = {verify_log(path) for path in (log, tmp_path, *parts(log))}
    assert [one.lines for one in found] == [LINES + 2]
    assert found.pop().is_finished
    assert LogReader(tmp_path).last_number() == LINES + 2 == len(list(shown_log(tmp_path)))


def test_a_new_log_in_the_same_place_leaves_nothing_of_the_old_parts(tmp_path: Path) -> None:
    written(tmp_path)
    assert verify_log(written(tmp_path, 3)).lines == 5
    assert parts(tmp_path / "events.jsonl") == [tmp_path / "events.jsonl"]


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    log = written(tmp_path)
    for path in parts(log)[:-2]:
        whole = path.read_bytes()
        path.unlink()
        with pytest.raises(DamagedLog, match=rf"{path.name} is missing, a part"):
            verify_log(log)
        path.write_bytes(whole)
    # the last full one, or the newest, without the file beside it and with it
    for path in parts(log)[-2:]:
        whole = path.read_bytes()
        path.unlink()
        for head in (True, False):
            aside = head_path(log).read_bytes()
            if not head:
                head_path(log).unlink()
            with pytest.raises(DamagedLog):
                verify_log(tmp_path)
            head_path(log).write_bytes(aside)
        path.write_bytes(whole)
    assert verify_log(log).is_finished


def change_a_byte(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    other = rng.choice([byte for byte in b'019af",:\n' if byte != data[place]])
    return data[:place] + bytes([other]) + data[place + 1 :]


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def at_a_line(change: Callable[[list[bytes], int], list[bytes]]) -> Callable[[bytes, random.Random], bytes]:
    def changed(data: bytes, rng: random.Random) -> bytes:
        lines = data.splitlines(keepends=True)
        return b"".join(change(lines, rng.randrange(len(lines))))

    return changed


@pytest.mark.parametrize(
    "change",
    [
        change_a_byte,
        cut,
        at_a_line(lambda lines, place: lines[:place] + lines[place + 1 :]),
        at_a_line(lambda lines, place: lines[: place + 1] + lines[place:]),
        at_a_line(lambda lines, place: [*lines[:place], *reversed(lines[place : place + 2]), *lines[place + 2 :]]),
    ],
    ids=["changed byte", "cut", "missing line", "doubled line", "swapped lines"],
)
def test_any_change_in_any_part_is_found(tmp_path: Path, change: Callable[[bytes, random.Random], bytes]) -> None:
    log, rng, found = written(tmp_path), random.Random(5), 0
    for path in parts(log):
        whole = path.read_bytes()
        for _ in range(this_many(8, 2_000)):
            changed = change(whole, rng)
            if changed == whole:
                continue
            path.write_bytes(changed)
            with pytest.raises(DamagedLog):
                verify_log(log)
            found += 1
        path.write_bytes(whole)
    assert found > this_many(20, 5_000)
    assert verify_log(log).is_finished


class Dying(Quick):
    """Takes so many bytes more of a log, and is full within a write."""

    def __init__(self, left: int) -> None:
        self._left = left

    def append(self, path: Path, data: bytes) -> None:
        if path.suffix != ".jsonl":
            super().append(path, data)
            return
        super().append(path, data[: self._left])
        if len(data) > self._left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._left -= len(data)


def test_a_log_goes_on_after_a_crash_at_any_byte(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole", stop=False)
    expected = b"".join(path.read_bytes() for path in parts(whole))
    log, rng, torn = tmp_path / "crashed" / "events.jsonl", random.Random(6), 0
    for _ in range(this_many(20, 2_000)):
        writer = LogWriter(log, Dying(rng.randrange(1, len(expected))), part_bytes=3_000)
        while writer.durable < LINES:
            try:
                for number in range(writer.chain.number, min(LINES, writer.chain.number + 3)):
                    writer.say(said(number))
                writer.sync()
            except UnwritableLog:
                found = continued(log, Dying(rng.randrange(1, len(expected))), part_bytes=3_000)
                assert found.lines >= writer.durable
                writer, torn = found.writer, torn + (found.torn is not None)
        assert b"".join(path.read_bytes() for path in parts(log)) == expected
        assert verify_log(log.parent).lines == LINES
    assert torn > 5
    assert len(list((log.parent / "_torn").glob("*.bin"))) > 5


def test_a_crash_between_a_full_part_and_the_line_after_it_is_no_damage(tmp_path: Path) -> None:
    log = written(tmp_path, stop=False)
    parts(log)[-1].unlink()
    last = LogReader(tmp_path)
    (tmp_path / "events.jsonl.head").unlink()
    with pytest.raises(DamagedLog, match="without the session's stop"):
        verify_log(log)
    found = continued(log, part_bytes=3_000)
    assert found.lines == last.last_number()
    found.writer.say(said(0))
    found.writer.sync()
    assert verify_log(log).lines == found.lines + 1


def test_what_no_crash_leaves_is_not_continued(tmp_path: Path) -> None:
    log = written(tmp_path)
    with pytest.raises(FinishedLog, match="ends with the session's stop at line 62"):
        continued(log)
    log = written(tmp_path / "cut", stop=False)
    log.write_bytes(log.read_bytes()[:-20])
    with pytest.raises(DamagedLog, match="changed or cut off"):
        continued(log)
    head_path(log).unlink()
    with pytest.raises(TornLog, match=r"breaks off within line 60, as a crash leaves it; the 59 whole lines"):
        verify_log(log)
    assert continued(log).lines == 59


def test_where_no_line_was_durable_a_log_begins(tmp_path: Path) -> None:
    found = continued(tmp_path / "events.jsonl")
    assert (found.lines, found.torn) == (0, None)
    found.writer.say(said(0))
    found.writer.sync()
    assert verify_log(tmp_path).lines == 1


def test_a_disk_that_takes_no_line_any_more_is_told_with_what_is_safe(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "events.jsonl", Dying(200))
    writer.say(said(0))
    writer.sync()
    writer.say(said(1))
    with pytest.raises(UnwritableLog, match=r"can't be written: No space left on device; its first 1 lines are safe"):
        writer.sync()


def test_a_log_that_is_being_written_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(tmp_path)
    whole = log.read_bytes()
    log.write_bytes(whole[:-5])
    head_path(log).unlink()
    looks = []

    def look(path: Path) -> Looked:
        looks.append(path)
        try:
            return look_at(path)
        finally:
            # the rest of the line arrives meanwhile
            log.write_bytes(whole)

    monkeypatch.setattr(verifying, "look_at", look)
    assert verify_log(log).is_finished
    assert len(looks) == 2
