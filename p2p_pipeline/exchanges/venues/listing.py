"""Lists of instruments and currencies, row by row: one that can't be read costs only itself, and is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, TypeVar

from p2p_pipeline.exchanges.venues.reading import MISREAD, bounded, reason_of
from p2p_pipeline.exchanges.words import AssetOnChain, Currencies, Instrument, LeftOut, Listed

Row = dict[str, Any]
Found = TypeVar("Found")

_SCALED = re.compile(r"(10{3,6}|1M)([A-Z]{3,})")
_MILLION = "1M"


class NotUsed(ValueError):
    """A readable row that is not for us (halted, a fiat account); the text is the reason."""


def instruments_of(
    body: bytes | None, rows: Callable[[bytes], Iterable[Any]], read: Callable[[Row], Instrument], name: str
) -> Listed:
    """Each row's instrument, or why it is left out; `name` is the key of a row's symbol."""
    instruments: dict[str, Instrument] = {}
    left_out: list[LeftOut] = []
    for row in _rows(body, rows, left_out):
        found = _read(row, read, name, left_out)
        if found is not None and found.symbol in instruments:
            left_out.append(LeftOut(found.symbol, "is listed twice"))
        elif found is not None:
            instruments[found.symbol] = found
    return Listed(tuple(instruments.values()), tuple(left_out))


def currencies_of(
    body: bytes | None,
    rows: Callable[[bytes], Iterable[Any]],
    chains: Callable[[Row], Iterable[Any]],
    read: Callable[[Row, Row], AssetOnChain],
    name: str,
) -> Currencies:
    """Each row's chains, or why it or one of them is left out; `name` is the key of a row's asset."""
    found: list[AssetOnChain] = []
    left_out: list[LeftOut] = []
    for row in _rows(body, rows, left_out):
        for chain in _read(row, lambda one: list(chains(one)), name, left_out) or ():
            one = _read(row, lambda asset, on=chain: read(asset, on), name, left_out)  # type: ignore[misc]
            if one is not None:
                found.append(one)
    return Currencies(tuple(found), tuple(left_out))


def multiplier_of(base: str) -> Decimal:
    """Units of the asset in one of `base`: 1000SATS 1,000, 1MBABYDOGE a million, 1INCH (a name) 1."""
    found = _SCALED.fullmatch(base)
    if found is None:
        return Decimal(1)
    return Decimal(1_000_000 if found[1] == _MILLION else found[1])


def _rows(body: bytes | None, rows: Callable[[bytes], Iterable[Any]], left_out: list[LeftOut]) -> list[Any]:
    if body is None:
        left_out.append(LeftOut("the list", "was not answered"))
        return []
    try:
        return list(rows(body))
    except MISREAD as error:
        left_out.append(LeftOut("the list", reason_of(error)))
        return []


def _read(row: Any, read: Callable[[Row], Found], name: str, left_out: list[LeftOut]) -> Found | None:
    try:
        return read(row)
    except MISREAD as error:
        called = bounded(row.get(name, "a row")) if isinstance(row, dict) else "a row"
        left_out.append(LeftOut(called, bounded(error) if isinstance(error, NotUsed) else reason_of(error)))
        return None
