"""Protobuf written by hand: a field's number and what is in it. Only what MEXC needs."""

from __future__ import annotations


def varint(value: int) -> bytes:
    """A whole number, seven bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    """A field with a whole number."""
    return varint(field << 3) + varint(value)


def content(field: int, value: str | bytes) -> bytes:
    """A field with a text or with another message; an empty text is not written, as proto3 has it."""
    body = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(body)) + body if body or isinstance(value, bytes) else b""
