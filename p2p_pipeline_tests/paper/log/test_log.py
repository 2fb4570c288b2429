"""The log: canonical, chained, and any change of it is found."""

from __future__ import annotations

import random
import shutil
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from p2p_pipeline.paper.log.lines import START, Chain, decimal_text, hash_of
from p2p_pipeline.paper.log.scanning import DamagedLog
from p2p_pipeline.paper.log.showing import shown_log
from p2p_pipeline.paper.log.verifying import Verified, verify_log
from p2p_pipeline.paper.log.writing import LogWriter, head_path
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.effort import IS_LONG
from p2p_pipeline_tests.paper.golden import made


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(4, tmp_path_factory.mktemp("log"))[0].log


@pytest.fixture
def copied(log: Path, tmp_path: Path) -> Path:
    """The log without the file beside it."""
    return Path(shutil.copy(log, tmp_path / "copy.jsonl"))


def test_numbers_are_text_without_exponent_and_trailing_zeros() -> None:
    given = ["0", "-0.000", "1.500", "1E+3", "1E-9", "-12.30", "100", "0.0199584"]
    assert [decimal_text(Decimal(one)) for one in given] == [
        "0", "0", "1.5", "1000", "0.000000001", "-12.3", "100", "0.0199584",
    ]  # fmt: skip
    digits = "1234567890" * 8
    assert decimal_text(Decimal(f"0.{digits}")) == f"0.{digits.rstrip('0')}"


def test_a_line_is_canonical_json_that_chains_to_the_one_before() -> None:
    chain = Chain()
    first = chain.line(Said(7, "signal", {"symbol": "Ä", "mark": Decimal("1.0")}))
    assert first == f'{{"at":7,"mark":"1","n":1,"prev":"{START}","symbol":"Ä","type":"signal"}}'.encode()
    assert orjson.loads(chain.line(Said(8, "signal", {})))["prev"] == hash_of(first)


def test_a_number_that_is_no_decimal_never_gets_into_the_log() -> None:
    with pytest.raises(TypeError):
        Chain().line(Said(7, "signal", {"mark": object()}))


def test_a_log_verifies_with_and_without_the_file_beside_it(log: Path, copied: Path) -> None:
    lines = log.read_bytes().splitlines()
    assert verify_log(log) == verify_log(copied) == Verified(len(lines), True, hash_of(lines[-1]))


def test_any_changed_byte_is_found(copied: Path) -> None:
    whole = copied.read_bytes()
    last = whole.rindex(b"\n", 0, len(whole) - 1)
    rng = random.Random(1)
    places = range(len(whole)) if IS_LONG else [*range(last, len(whole)), *rng.sample(range(last), 60)]
    for place in places:
        changed = bytearray(whole)
        changed[place] = rng.choice([byte for byte in b'0123456789abcf",: \n' if byte != whole[place]])
        copied.write_bytes(changed)
        with pytest.raises(DamagedLog):
            verify_log(copied)


def test_a_missing_a_doubled_and_a_swapped_line_are_found(copied: Path) -> None:
    lines = copied.read_bytes().splitlines(keepends=True)
    for wrong in (
        lines[:3] + lines[4:], lines[1:], lines[:4] + lines[3:], [lines[0], lines[2], lines[1], *lines[3:]],
    ):  # fmt: skip
        copied.write_bytes(b"".join(wrong))
        with pytest.raises(DamagedLog, match=r"does not follow the line before"):
            verify_log(copied)


@pytest.mark.parametrize("has_head", [True, False])
def test_a_cut_is_found_at_a_line_s_end_too(log: Path, copied: Path, has_head: bool) -> None:
    if has_head:
        shutil.copy(head_path(log), head_path(copied))
    lines = copied.read_bytes().splitlines(keepends=True)
    for count in range(1, len(lines)):
        copied.write_bytes(b"".join(lines[:count]))
        with pytest.raises(DamagedLog, match="changed or cut off" if has_head else "without the session's stop"):
            verify_log(copied)


def test_a_torn_end_is_told_with_how_much_is_good(copied: Path) -> None:
    whole = copied.read_bytes()
    copied.write_bytes(whole[:-10])
    with pytest.raises(DamagedLog, match=r"breaks off within line (\d+), as a crash leaves it"):
        verify_log(copied)
    copied.write_bytes(b"")
    with pytest.raises(DamagedLog, match="is empty"):
        verify_log(copied)


def test_a_log_that_goes_on_is_vouched_for_by_what_was_made_durable(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "session" / "events.jsonl")
    writer.say(Said(1, "signal", {}))
    writer.sync()
    assert verify_log(writer.path) == Verified(1, False, writer.chain.previous)
    writer.say(Said(2, "signal", {}))
    writer.sync()
    # a new session in the same folder begins anew
    again = LogWriter(writer.path)
    again.say(Said(3, "signal", {}))
    again.sync()
    assert verify_log(writer.path).lines == 1
    head_path(writer.path).write_bytes(b"?")
    with pytest.raises(DamagedLog, match="can't be read, so nothing says where"):
        verify_log(writer.path)


def test_a_person_reads_a_line_an_event(log: Path) -> None:
    shown = list(shown_log(log))
    assert len(shown) == len(log.read_bytes().splitlines())
    assert "2023-11-14 22:13:20.000  session_started" in shown[0]
    assert any("signal" in line and "price_move_pct=" in line for line in shown)


@pytest.mark.parametrize("at", ["-1", "253402300800000", '"1"', "1e3"])
def test_a_line_whose_time_is_none_is_no_line(tmp_path: Path, at: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(f'{{"at":{at},"n":1,"prev":"{START}","type":"signal"}}\n')
    with pytest.raises(DamagedLog, match="line 1: it is no line as the log has them"):
        list(shown_log(path))
    with pytest.raises(DamagedLog, match="line 1: it is no line as the log has them"):
        verify_log(path)
