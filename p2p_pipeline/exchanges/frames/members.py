"""Some frames as one member of a file: a header, their lines as a zstd frame, a footer with a chained checksum.

Header and footer are zstd's skippable frames, so `zstd -dc` prints the lines of a whole file. A member's checksum is
over the one before it too: none can be taken out or exchanged without its follower showing it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
import zstandard

LEVEL = 3
_SKIPPABLE = struct.Struct("<II")
_HEADER_MAGIC, _FOOTER_MAGIC = 0x184D2A5A, 0x184D2A5B
HEADER_START = _HEADER_MAGIC.to_bytes(4, "little")
_LONGEST_HEADER = 4096
_LONGEST_MEMBER = 1 << 30


class Source(StrEnum):
    """Where frames come from."""

    LIVE = "live"
    SIMULATED = "simulated"
    IMPORTED = "imported"


class MemberError(ValueError):
    """Bytes that are no whole member; the text says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member's place in a file, and what it says of itself."""

    position: int
    length: int
    frames: int
    lost: int
    """Frames that could not be kept just before it."""
    content_length: int
    previous: str
    checksum: str
    content_position: int


def encode_member(lines: Sequence[bytes], previous: str, *, source: Source, lost: int = 0) -> tuple[bytes, str]:
    """A member of lines, and its checksum for the next one."""
    content = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(b"\n".join(lines) + b"\n")
    said = {
        "version": 1, "source": source, "frames": len(lines), "lost": lost, "length": len(content),
        "previous": previous,
    }  # fmt: skip
    header = orjson.dumps(said)
    checksum = _checksum(header, content)
    footer = orjson.dumps({"sha256": checksum})
    before, after = _SKIPPABLE.pack(_HEADER_MAGIC, len(header)), _SKIPPABLE.pack(_FOOTER_MAGIC, len(footer))
    return b"".join((before, header, content, after, footer)), checksum


def parse_member(data: bytes, position: int) -> Member:
    """The member that begins at a position. Raises MemberError when there is none, or only a part of one."""
    header, content_position = _skippable(data, position, _HEADER_MAGIC, "header")
    try:
        frames, lost, length = (int(header[name]) for name in ("frames", "lost", "length"))
        previous = str(header["previous"])
    except (KeyError, ValueError, TypeError) as error:
        raise MemberError(f"its header does not say {error}") from None
    if not 0 <= length <= _LONGEST_MEMBER:
        raise MemberError("its header says an impossible length")
    if header.get("version") != 1:
        raise MemberError(f"its version was {header.get('version')!r}, this program reads 1")
    footer, end = _skippable(data, content_position + length, _FOOTER_MAGIC, "footer")
    return Member(position, end - position, frames, lost, length, previous, str(footer.get("sha256")), content_position)


def lines_of(data: bytes, member: Member) -> list[bytes]:
    """A member's lines. Raises MemberError when its bytes are not what was written."""
    content = data[member.content_position : member.content_position + member.content_length]
    header = data[member.position + _SKIPPABLE.size : member.content_position]
    if _checksum(header, content) != member.checksum:
        raise MemberError("its checksum does not match its content")
    try:
        text = zstandard.ZstdDecompressor().decompressobj().decompress(content)
    except zstandard.ZstdError as error:
        raise MemberError(f"it can't be decompressed: {error}") from None
    return text.splitlines()


def _checksum(header: bytes, content: bytes) -> str:
    return hashlib.sha256(header + content).hexdigest()


def _skippable(data: bytes, position: int, magic: int, name: str) -> tuple[dict[str, Any], int]:
    if len(data) < position + _SKIPPABLE.size:
        raise MemberError(f"it ends before its {name}")
    found, length = _SKIPPABLE.unpack_from(data, position)
    if found != magic or length > _LONGEST_HEADER:
        raise MemberError(f"there is no {name}")
    start = position + _SKIPPABLE.size
    if len(data) < start + length:
        raise MemberError(f"it ends within its {name}")
    try:
        value = orjson.loads(data[start : start + length])
    except orjson.JSONDecodeError:
        raise MemberError(f"its {name} can't be read") from None
    if not isinstance(value, dict):
        raise MemberError(f"its {name} is no object")
    return value, start + length
