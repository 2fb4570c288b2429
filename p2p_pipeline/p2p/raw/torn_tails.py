"""What a crash left half written at a file's end: found, kept aside, cut off.

Only the last member can be torn: an append makes everything before it durable first. Nothing cut off was ever
acknowledged, yet it is kept, because a person may want to know what it was.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from p2p_pipeline.kernel.filesystem import read_at
from p2p_pipeline.kernel.torn_tail import keep_aside
from p2p_pipeline.p2p.raw.day_index import DayIndex, Place, Tail
from p2p_pipeline.p2p.raw.folder import RawFolder
from p2p_pipeline.p2p.raw.members import MemberError, decode_member, parse_header
from p2p_pipeline.p2p.raw.stored import TornTail


def find_torn_tail(growing: BinaryIO, index: DayIndex) -> Tail | None:
    """The end of a file that is no whole member: too short, zeros, or with content that fails its checksum."""
    if index.tail is not None:
        return index.tail
    last = index.last_member
    if last is None or last.place is not Place.FRAMED:
        return None
    data = read_at(growing, last.position, last.stored_length)
    header = parse_header(data)
    try:
        if header is not None:
            decode_member(data, header)
            return None
        reason = "the last member's header is damaged"
    except MemberError as error:
        reason = str(error)
    return Tail(last.position, last.stored_length, reason, may_be_in_flight=False)


def cut_off(folder: RawFolder, path: Path, tail: Tail) -> TornTail:
    """Keep a torn tail in `_torn/` with a note of its origin, then cut it off."""
    kept_at, length = keep_aside(folder.files, path, tail.position, tail.reason, folder.torn)
    return TornTail(path, tail.position, length, tail.reason, kept_at)
