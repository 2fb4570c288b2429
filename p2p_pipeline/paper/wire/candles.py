"""Candles by REST: what a session asks for when a candle is over and its socket never said so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2p_pipeline.exchanges.venues.reading import MISREAD, list_of, symbol_of, whole
from p2p_pipeline.exchanges.venues.reading import Unreadable as Misread
from p2p_pipeline.paper.events import Kline, Klines
from p2p_pipeline.paper.wire.numbers import number

_ROW_LENGTH = 7


def answered_klines(answer: Mapping[str, Any], result: Mapping[str, Any], length_ms: int) -> Klines:
    """The rows of an answer, oldest first; over are those that ended before the exchange's own time of the answer."""
    symbol, told_at = symbol_of(result["symbol"]), whole(answer["time"])
    found, unreadable = [], 0
    for row in reversed(list_of(result["list"])):
        try:
            found.append(_kline(symbol, row, length_ms, told_at))
        except MISREAD:
            unreadable += 1
    return Klines(symbol, tuple(found), unreadable)


def _kline(symbol: str, row: Any, length_ms: int, told_at: int) -> Kline:
    texts = list_of(row)
    if len(texts) != _ROW_LENGTH:
        raise Misread("a candle has seven values")
    start = whole(texts[0])
    end = start + length_ms - 1
    return Kline(symbol, start, end, end < told_at, tuple(map(number, texts[1:])))
