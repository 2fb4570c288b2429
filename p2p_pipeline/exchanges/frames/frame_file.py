"""The members of one file, and what in it is none: torn at the end, or damaged on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from p2p_pipeline.exchanges.frames.members import HEADER_START, Member, MemberError, lines_of, parse_member

START = "0" * 64
"""What a file's first member chains to."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of a file that can't be read; `is_tail`: nothing whole follows it, as a crash leaves it."""

    position: int
    length: int
    reason: str
    is_tail: bool = False


def members_of(data: bytes) -> Iterator[Member | Damage]:
    """Whole members in order, and what lies between them. Headers only: their content is not looked at."""
    position = 0
    while position < len(data):
        try:
            member = parse_member(data, position)
        except MemberError as error:
            following = _next_member(data, position + 1)
            yield Damage(position, following - position, str(error), is_tail=following == len(data))
            position = following
            continue
        yield member
        position += member.length


def read_lines(data: bytes) -> Iterator[list[bytes] | Damage]:
    """The lines of each member; damage where there is some, and where the chain of checksums is broken."""
    expected = START
    for member in members_of(data):
        if isinstance(member, Damage):
            yield member
            continue
        try:
            lines = lines_of(data, member)
        except MemberError as error:
            yield Damage(member.position, member.length, str(error))
        else:
            if member.previous != expected:
                yield Damage(member.position, 0, "what was written before it is missing or another")
            yield lines
        expected = member.checksum


def end_of(data: bytes) -> tuple[str, Damage | None]:
    """The checksum that the next member chains to, and the torn tail that must be cut off first, if there is one."""
    last: Member | None = None
    tail: Damage | None = None
    before = START
    for member in members_of(data):
        if isinstance(member, Damage):
            tail = member if member.is_tail else None
            continue
        before = START if last is None else last.checksum
        last, tail = member, None
    if last is None or tail is not None:
        return (START if last is None else last.checksum), tail
    try:
        lines_of(data, last)
    except MemberError as error:
        return before, Damage(last.position, last.length, str(error), is_tail=True)
    return last.checksum, None


def _next_member(data: bytes, start: int) -> int:
    while (found := data.find(HEADER_START, start)) != -1:
        try:
            parse_member(data, found)
        except MemberError:
            start = found + 1
            continue
        return found
    return len(data)
