from __future__ import annotations

import gzip
import io
from dataclasses import replace as replaced

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2p_pipeline.p2p.markets import Source
from p2p_pipeline.p2p.raw.day_index import DamagedPart, Entry, Place, Tail, scan
from p2p_pipeline.p2p.raw.members import MemberError, decode_member, encode_member, parse_header

NAME = "bybit.USDT-RUB:BUY:2026-03-01T00:00:00Z"
MEMBER = encode_member(b"a line\n" * 40, NAME, Source.LIVE, 700)


@given(st.binary(max_size=3000), st.text(max_size=100).filter(str.isprintable), st.integers(0, 2**40))
def test_a_member_is_read_back_by_us_and_by_any_gzip_reader(lines: bytes, name: str, offset: int) -> None:
    member = encode_member(lines, name, Source.IMPORTED, offset)
    header = parse_header(member)
    assert header is not None
    assert (header.snapshot_id, header.source, header.offset) == (name, Source.IMPORTED, offset)
    assert (header.stored_length, header.length) == (len(member), len(lines))
    assert decode_member(member, header) == lines
    assert gzip.decompress(member + member) == lines * 2


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    assert encode_member(b"a line\n" * 40, NAME, Source.LIVE, 700) == MEMBER


@given(st.integers(0, len(MEMBER) - 1), st.integers(1, 255))
def test_no_changed_byte_changes_what_is_read(position: int, change: int) -> None:
    garbled = MEMBER[:position] + bytes([MEMBER[position] ^ change]) + MEMBER[position + 1 :]
    header = parse_header(garbled)
    if header is None:
        return
    try:
        lines = decode_member(garbled, header)
    except MemberError:
        return
    # A few bits mean nothing (padding, the repeated length): then the content is what it was.
    assert lines == b"a line\n" * 40


def test_a_short_member_and_one_that_swells_are_refused() -> None:
    header = parse_header(MEMBER)
    assert header is not None
    with pytest.raises(MemberError, match="of its"):
        decode_member(MEMBER[:-1], header)
    with pytest.raises(MemberError, match="checksum"):
        decode_member(MEMBER, replaced(header, length=header.length - 1))


def test_an_endless_name_is_refused() -> None:
    with pytest.raises(MemberError, match="512"):
        encode_member(b"", "x" * 513, Source.LIVE, 0)


def members(count: int) -> list[bytes]:
    return [encode_member(b"%d\n" % n, f"s{n}", Source.LIVE, 2 * n) for n in range(count)]


def test_a_scan_hops_from_header_to_header_without_reading_contents() -> None:
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.taken += len(data)
            return data

    big = [encode_member(bytes(str(list(range(200_000))), "ascii"), f"s{n}", Source.LIVE, 0) for n in range(3)]
    file = Counting(b"".join(big))
    found = list(scan(file, 0, sum(map(len, big))))
    assert [entry.snapshot_id for entry in found if isinstance(entry, Entry)] == ["s0", "s1", "s2"]
    assert file.taken < 5_000 < len(big[0])


@given(st.data())
def test_damage_in_the_middle_costs_only_the_member_it_is_in(data: st.DataObject) -> None:
    all_members = members(5)
    hit = data.draw(st.integers(0, 3))
    start = data.draw(st.integers(0, len(all_members[hit]) - 1))
    junk = data.draw(st.binary(min_size=1, max_size=len(all_members[hit]) - start))
    damaged = list(all_members)
    damaged[hit] = damaged[hit][:start] + junk + damaged[hit][start + len(junk) :]
    content = b"".join(damaged)
    found = [entry for entry in scan(io.BytesIO(content), 0, len(content)) if isinstance(entry, Entry)]
    others = {(f"s{n}", 2 * n) for n in range(5) if n != hit}
    assert others <= {(entry.snapshot_id, entry.offset) for entry in found}


@pytest.mark.parametrize("torn", [MEMBER[:1], MEMBER[:3], MEMBER[:30], MEMBER[:-1], bytes(50), b"junk" * 20])
def test_a_torn_end_is_told_apart_from_whole_members(torn: bytes) -> None:
    content = b"".join(members(2)) + torn
    *whole, tail = scan(io.BytesIO(content), 0, len(content))
    assert len(whole) == 2
    assert isinstance(tail, Tail)
    assert tail.length == len(torn)
    assert tail.may_be_in_flight == (torn[0] == 0x1F)


def test_a_gap_of_junk_is_reported_with_its_place() -> None:
    first, second = members(2)
    content = first + b"junk" * 9 + second
    found = list(scan(io.BytesIO(content), 0, len(content)))
    assert found[1] == DamagedPart(Place.FRAMED, len(first), 36, "no member begins here")
