"""A log's index: any part of it at once, filtered, while it grows and is cut into parts."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from p2p_pipeline.paper.log.index import Filter, LogIndex
from p2p_pipeline.paper.log.lines import Chain, canonical
from p2p_pipeline.paper.log.parts import part_path
from p2p_pipeline.paper.log.searching import about_of
from p2p_pipeline.paper.log.writing import LOG_NAME
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.web.paper_boards import BEGAN, said_lines


def logged(folder: Path, said: list[Said], parts: tuple[int, ...] = ()) -> list[bytes]:
    """A log whose parts end after these lines."""
    chain = Chain()
    lines = [chain.line(one) for one in said]
    before = 0
    for number, beyond in enumerate(parts, 1):
        part_path(folder / LOG_NAME, number).write_bytes(b"".join(line + b"\n" for line in lines[before:beyond]))
        before = beyond
    (folder / LOG_NAME).write_bytes(b"".join(line + b"\n" for line in lines[before:]))
    return lines


def test_any_part_of_a_log_in_parts_is_given_and_new_lines_are_found(tmp_path: Path) -> None:
    lines = logged(tmp_path, said_lines(90), parts=(30, 31))
    index = LogIndex(tmp_path)
    assert index.count() == 90
    assert [line.body for line in index.lines(28, 5)] == lines[28:33]
    assert [line.number for line in index.lines(88, 5)] == [89, 90]
    with (tmp_path / LOG_NAME).open("ab") as log:
        log.write(b'{"n":91,"at":1,"type":"torn')
        log.flush()
        assert index.count() == 90, "a line is there when it is whole"
        log.write(b'"}\n')
    assert index.count() == 91


def test_a_log_that_is_cut_into_parts_while_it_is_read_goes_on(tmp_path: Path) -> None:
    lines = logged(tmp_path, said_lines(40))
    index = LogIndex(tmp_path)
    assert index.matching(Filter(type="symbol_stale"), 0, 99)[0] == 8
    log = tmp_path / LOG_NAME
    log.rename(part_path(log, 1))
    log.write_bytes(lines[4] + b"\n")
    assert index.count() == 41
    assert index.matching(Filter(type="symbol_stale"), 0, 99)[0] == 9
    assert index.lines(40, 1)[0].body == lines[4]


def test_another_log_under_the_name_is_read_from_its_beginning(tmp_path: Path) -> None:
    logged(tmp_path, said_lines(40))
    index = LogIndex(tmp_path)
    index.types()
    lines = logged(tmp_path, said_lines(7))
    index.count()
    assert index.count() == 7
    assert [line.body for line in index.lines(0, 9)] == lines
    assert sum(index.types().values()) == 7


def test_places_lead_to_a_line_and_to_a_time(tmp_path: Path) -> None:
    logged(tmp_path, said_lines(90))
    index, closed = LogIndex(tmp_path), Filter(type="position_closed")
    assert index.place_at(Filter(), BEGAN + 40_500) == 41
    place = index.place_at(closed, BEGAN + 40_500)
    first = index.matching(closed, place, 1)[1][0]
    assert orjson.loads(first.body)["at"] == BEGAN + 43_000
    assert index.place_of(closed, first.number) == place


@settings(deadline=None)
@given(
    texts=st.lists(st.sampled_from(("BTC", "stop_loss", "ab", "12", "é")), max_size=12),
    wanted=st.sampled_from(("btc", "AB", "1", "stop", "é", "f")),
    cut=st.integers(0, 12),
)
def test_a_text_is_found_wherever_it_stands_but_in_the_hash_of_the_line_before(
    texts: list[str], wanted: str, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("log")
    chain = Chain()
    lines = [chain.line(Said(BEGAN, "symbol_armed", {"symbol": text})) for text in texts]
    log, index = folder / LOG_NAME, LogIndex(folder)
    log.write_bytes(b"".join(line + b"\n" for line in lines[:cut]))
    index.matching(Filter(text=wanted), 0, 99)
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    plain = [canonical({**orjson.loads(line), "prev": ""}).decode() for line in lines]
    spellings = {wanted, wanted.lower(), wanted.upper()}
    expected = [n for n, text in enumerate(plain, 1) if any(one in text for one in spellings)]
    count, found = index.matching(Filter(text=wanted), 0, 99)
    assert (count, [line.number for line in found]) == (len(expected), expected)


@settings(deadline=None)
@given(st.sampled_from(["symbol_armed", "snapshot", "later"]), st.text(max_size=8), st.text(max_size=8))
def test_what_a_line_is_about_is_what_its_fields_say_whatever_strangers_wrote(
    kind: str, symbol: str, other: str
) -> None:
    fields = {"symbol": symbol, "what": f'{other}"type":"x","symbol":"y', "orders": [{"symbol": "Z"}]}
    line = Chain().line(Said(BEGAN, kind, fields))
    assert about_of(line) == (kind, symbol)
    bare = Chain().line(Said(BEGAN, kind, {"a": [{"symbol": "Z"}] if kind == "snapshot" else other}))
    assert about_of(bare) == (kind, "")
