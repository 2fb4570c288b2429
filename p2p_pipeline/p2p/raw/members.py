"""One snapshot as one gzip member, with a header that lets a scan hop over it.

Any gzip reader can read these members (`zcat` works). The header's extra field says how long the member is, which
snapshot it holds, where it belongs in the uncompressed file, and carries a checksum of its own, so that finding a
snapshot in a day's file, or the next whole member behind damage, needs no decompression.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from isal import isal_zlib
from isal.igzip_lib import IsalError

from p2p_pipeline.p2p.markets import Source

HEADER_READ_BYTES = 1024
"""Reading this much at a member's start always covers the header."""

COMPRESSION_LEVEL = 6

_MAGIC = b"\x1f\x8b\x08\x04"
# mtime 0 and OS "unknown": the same snapshot gives the same bytes.
_START = struct.Struct("<4sIBBH2sH")
_FIELDS = struct.Struct("<BBIIQ")
_CHECKSUM = struct.Struct("<I")
_TRAILER = struct.Struct("<II")
_SUBFIELD = b"P2"
_VERSION = 1
_SOURCES = {Source.LIVE: 1, Source.IMPORTED: 2, Source.SIMULATED: 3}
_SOURCE_NAMES = {number: source for source, number in _SOURCES.items()}
_LONGEST_ID_BYTES = 512


class MemberError(ValueError):
    """A member's bytes are not what was written."""


@dataclass(frozen=True, slots=True)
class MemberHeader:
    """What a member says about itself."""

    snapshot_id: str
    source: Source
    stored_length: int
    """Bytes of the whole member in the file, header and trailer included."""
    length: int
    """Bytes of its lines, uncompressed."""
    offset: int
    """Where its lines belong in the day's uncompressed file."""
    header_length: int


def encode_member(lines: bytes, snapshot_id: str, source: Source, offset: int) -> bytes:
    """Pack a snapshot's lines; deterministic."""
    name = snapshot_id.encode()
    if len(name) > _LONGEST_ID_BYTES:
        raise MemberError(f"snapshot id has {len(name)} bytes; at most {_LONGEST_ID_BYTES} are allowed")
    deflate = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflate.compress(lines) + deflate.flush()
    payload_length = _FIELDS.size + len(name) + _CHECKSUM.size
    stored_length = _START.size + payload_length + len(packed) + _TRAILER.size
    start = _START.pack(_MAGIC, 0, 0, 255, payload_length + 4, _SUBFIELD, payload_length)
    head = start + _FIELDS.pack(_VERSION, _SOURCES[source], stored_length, len(lines), offset) + name
    return b"".join(
        (head, _CHECKSUM.pack(zlib.crc32(head)), packed, _TRAILER.pack(zlib.crc32(lines), len(lines) & 0xFFFFFFFF))
    )


def parse_header(data: bytes) -> MemberHeader | None:
    """Read a header at the start of `data`; None when there is none, or not whole, or not ours."""
    if len(data) < _START.size + _FIELDS.size or not data.startswith(_MAGIC):
        return None
    _, _, _, _, extra_length, subfield, payload_length = _START.unpack_from(data)
    end = _START.size + payload_length
    name_start, name_end = _START.size + _FIELDS.size, end - _CHECKSUM.size
    if subfield != _SUBFIELD or extra_length != payload_length + 4 or end > len(data) or name_end < name_start:
        return None
    if _CHECKSUM.unpack_from(data, name_end)[0] != zlib.crc32(data[:name_end]):
        return None
    version, source, stored_length, length, offset = _FIELDS.unpack_from(data, _START.size)
    if version != _VERSION or source not in _SOURCE_NAMES:
        return None
    name = data[name_start:name_end].decode(errors="replace")
    return MemberHeader(name, _SOURCE_NAMES[source], stored_length, length, offset, end)


def is_header_start(data: bytes) -> bool:
    """Whether bytes at a file's end could be the beginning of a member that is being written just now."""
    return data[: len(_MAGIC)] == _MAGIC[: len(data)]


def stored_checksum(data: bytes, header: MemberHeader) -> int:
    """What a member says its lines' CRC-32 is."""
    checksum: int = _TRAILER.unpack_from(data, header.stored_length - _TRAILER.size)[0]
    return checksum


def decode_member(data: bytes, header: MemberHeader) -> bytes:
    """Unpack a member and make sure that it is what was written; raises MemberError with the reason."""
    if len(data) < header.stored_length:
        raise MemberError(f"the member has {len(data)} of its {header.stored_length} bytes")
    inflate = isal_zlib.decompressobj(-zlib.MAX_WBITS)
    packed = data[header.header_length : header.stored_length - _TRAILER.size]
    try:
        lines = inflate.decompress(packed, header.length + 1)
    except IsalError as error:  # type: ignore[misc]  # its stub calls the class an exception
        raise MemberError(f"the member can't be decompressed: {error}") from None
    if len(lines) != header.length or isal_zlib.crc32(lines) != stored_checksum(data, header):
        raise MemberError("the member's checksum does not match its content")
    return lines
