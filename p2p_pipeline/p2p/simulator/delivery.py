"""Sending an answer over a socket, well or, where a fault says so, badly."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import zlib
from collections.abc import AsyncIterator
from http import HTTPStatus

from p2p_pipeline.p2p.simulator.exchange import Outgoing
from p2p_pipeline.p2p.simulator.faults import FaultName

_REASONS = {status.value: status.phrase for status in HTTPStatus}

SIMULATOR_HEADER = "x-p2p-simulator"
"""On every answer, so that a client can tell that what it got is simulated."""

_MEGABYTE = 1 << 20


def head(outgoing: Outgoing, length: int, encoding: str | None = None, *, is_last: bool = False) -> bytes:
    """The status line and the headers."""
    answer = outgoing.answer
    lines = [
        f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}",
        f"content-type: {answer.content_type}",
        f"content-length: {length}",
        f"{SIMULATOR_HEADER}: 1",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
    ]
    if encoding is not None:
        lines.append(f"content-encoding: {encoding}")
    if is_last:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def whole(outgoing: Outgoing, *, accepts_gzip: bool, is_last: bool) -> bytes:
    """An answer as one piece: compressed when the client takes that and it pays."""
    body = outgoing.answer.body
    if accepts_gzip and len(body) > 500:
        packed = gzip.compress(body, compresslevel=1, mtime=0)
        return head(outgoing, len(packed), "gzip", is_last=is_last) + packed
    return head(outgoing, len(body), is_last=is_last) + body


async def deliver_badly(outgoing: Outgoing, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Carry out a fault of the connection, which is then over; False when the rule's fault is none of these."""
    rule = outgoing.rule
    if rule is None:
        return False
    body = outgoing.answer.body
    match rule.name:
        case FaultName.NEVER_ANSWERS:
            # Ends when the client leaves.
            await reader.read()
        case FaultName.SLOW_DRIP:
            await _drip(writer, head(outgoing, len(body), is_last=True) + body, rule.amount or 0.05)
        case FaultName.TRUNCATED_GZIP:
            packed = gzip.compress(body, compresslevel=1, mtime=0)
            cut = packed[: max(12, len(packed) // 2)]
            writer.write(head(outgoing, len(cut), "gzip", is_last=True) + cut)
        case FaultName.SHORT_BODY:
            writer.write(head(outgoing, len(body), is_last=True) + body[: len(body) // 2])
        case FaultName.OVERSIZED_BODY:
            megabytes = int(rule.amount or 300)
            writer.write(head(outgoing, megabytes * _MEGABYTE, is_last=True))
            await _pour(writer, _blanks(megabytes))
        case FaultName.GZIP_BOMB:
            megabytes = int(rule.amount or 300)
            blocks = _bomb_blocks(megabytes)
            writer.write(head(outgoing, sum(map(len, blocks)), "gzip", is_last=True))
            await _pour(writer, _each(blocks))
        case FaultName.CONNECTION_RESET:
            _reset(writer)
        case _:
            return False
    return True


async def _drip(writer: asyncio.StreamWriter, data: bytes, seconds: float) -> None:
    for place in range(len(data)):
        writer.write(data[place : place + 1])
        await writer.drain()
        await asyncio.sleep(seconds)


async def _pour(writer: asyncio.StreamWriter, blocks: AsyncIterator[bytes]) -> None:
    async for block in blocks:
        writer.write(block)
        await writer.drain()


async def _blanks(megabytes: int) -> AsyncIterator[bytes]:
    block = b" " * _MEGABYTE
    for _ in range(megabytes):
        yield block


async def _each(blocks: list[bytes]) -> AsyncIterator[bytes]:
    for block in blocks:
        yield block


def _bomb_blocks(megabytes: int) -> list[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = packer.compress(b" " * _MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    # A fully flushed block depends on nothing before it, so the same one can be repeated without packing again.
    start = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
    return [start, *([megabyte] * megabytes), packer.flush(zlib.Z_FINISH)]


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:
        # Lingering for no time makes closing a reset instead of an orderly end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
