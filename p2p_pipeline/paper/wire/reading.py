"""What a frame of Bybit's linear market says to a session. Pure; what can't be read is said so, nothing raises.

The exchanges' decoder reads books and skips tickers and klines; a session needs those and no book.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from p2p_pipeline.exchanges.frames.frame import Frame, Passage
from p2p_pipeline.exchanges.venues.reading import MISREAD, list_of, object_of, reason_of, symbol_of, whole
from p2p_pipeline.exchanges.venues.reading import Unreadable as Misread
from p2p_pipeline.paper.events import (
    Closed,
    Command,
    InstrumentPage,
    Kline,
    Klines,
    OfNoUse,
    Opened,
    Unreadable,
    What,
)
from p2p_pipeline.paper.notes import CONNECTION, Told, note_of
from p2p_pipeline.paper.settings import TIMEFRAMES
from p2p_pipeline.paper.wire.candles import answered_klines
from p2p_pipeline.paper.wire.instruments import page_rows
from p2p_pipeline.paper.wire.numbers import number
from p2p_pipeline.paper.wire.tickers import TickerTexts, ticker_texts

_TIMEFRAMES = {str(minutes): minutes for minutes in TIMEFRAMES}
_KLINE_NUMBERS = ("open", "high", "low", "close", "volume", "turnover")
_INSTRUMENTS, _KLINE = "/v5/market/instruments-info", "/v5/market/kline"
_NOTHING = OfNoUse()


def is_linear(frame: Frame) -> bool:
    """Whether a frame came in from Bybit's market of USDT perpetuals: the spot market has topics of the same names."""
    if frame.passage is Passage.NOTE:
        # the exchanges' service notes of its own (exchanges/replay/notes.py) are of no session
        return frame.exchange == "bybit" and frame.connection == CONNECTION
    if frame.exchange != "bybit" or frame.is_outgoing or frame.passage in (Passage.SUBSCRIBED, Passage.UNSUBSCRIBED):
        return False
    return _is_of_linear(frame.url, frame.passage is Passage.REST)


@lru_cache(maxsize=1024)
def _is_of_linear(url: str, is_rest: bool) -> bool:
    if is_rest:
        return parse_qs(urlsplit(url).query).get("category", ["linear"]) == ["linear"]
    path = urlsplit(url).path.rstrip("/")
    return path.endswith("/linear") or "/public/" not in path


def read(frame: Frame, timeframe_minutes: int) -> What:
    """What an incoming frame says."""
    if frame.passage is Passage.OPENED:
        return Opened()
    if frame.passage is Passage.CLOSED:
        return Closed()
    if frame.passage is Passage.NOTE:
        return _noted(frame)
    try:
        if frame.passage is Passage.REST:
            return _answer(frame, timeframe_minutes)
        what = _message(orjson.loads(frame.body), timeframe_minutes)
        return what.ticker if isinstance(what, TickerTexts) else what
    except MISREAD as error:
        return Unreadable(reason_of(error))


def read_any(frame: Frame) -> tuple[int, What | TickerTexts]:
    """What an incoming frame says to sessions of any timeframe, and the only one that it says it to; 0 is all.

    A ticker keeps the spelling of its numbers.
    """
    if frame.passage is not Passage.SOCKET:
        asked = _minutes_asked(frame.url) if frame.passage is Passage.REST else 0
        return asked, read(frame, asked)
    minutes = 0
    try:
        message = orjson.loads(frame.body)
        minutes = _minutes_of(object_of(message).get("topic"))
        return minutes, _message(message, minutes)
    except MISREAD as error:
        return minutes, Unreadable(reason_of(error))


def _minutes_of(topic: object) -> int:
    parts = topic.split(".", 2) if type(topic) is str else ()
    return _TIMEFRAMES.get(parts[1], 0) if len(parts) == 3 and parts[0] == "kline" else 0


def _noted(frame: Frame) -> What:
    """A command that the session was told; other notes say nothing to its machine."""
    note = note_of(frame)
    if isinstance(note, Told) and note.command in set(Command):
        return Command(note.command)
    return _NOTHING


def _answer(frame: Frame, timeframe_minutes: int) -> What:
    address = urlsplit(frame.url)
    is_kline = bool(timeframe_minutes) and _minutes_asked(frame.url) == timeframe_minutes
    if address.path.rstrip("/") != _INSTRUMENTS and not is_kline:
        return _NOTHING
    answer = object_of(orjson.loads(frame.body))
    if answer["retCode"] != 0:
        raise Misread(f"the exchange refused: {answer['retCode']} {answer.get('retMsg', '')}")
    result = object_of(answer["result"])
    if is_kline:
        return answered_klines(answer, result, timeframe_minutes * 60_000)
    kept, left_out = page_rows(list_of(result["list"]))
    asked_by = parse_qs(address.query).get("cursor", [""])[0]
    return InstrumentPage(kept, left_out, _cursor(asked_by), _cursor(str(result.get("nextPageCursor") or "")))


def _minutes_asked(url: str) -> int:
    """The timeframe of the candles that a request asked for; 0 where it asked for none."""
    address = urlsplit(url)
    if address.path.rstrip("/") != _KLINE:
        return 0
    return _TIMEFRAMES.get(parse_qs(address.query).get("interval", [""])[0], 0)


def _cursor(text: str) -> str:
    """One spelling of a cursor: Bybit gives it percent-encoded, and who asks for it encodes it again or does not."""
    return unquote(text).replace("+", " ")


def _message(message: Any, timeframe_minutes: int) -> What | TickerTexts:
    topic = object_of(message).get("topic")
    if type(topic) is not str:
        return _NOTHING
    if topic.startswith("tickers."):
        return ticker_texts(topic[8:], message)
    if timeframe_minutes and topic.startswith(f"kline.{timeframe_minutes}."):
        symbol = symbol_of(topic.split(".", 2)[2])
        return _klines(symbol, list_of(message["data"]))
    return _NOTHING


def _klines(symbol: str, rows: list[Any]) -> Klines:
    """The rows that can be read: a bad one costs only itself."""
    found, unreadable = [], 0
    for row in rows:
        try:
            found.append(_kline(symbol, row))
        except MISREAD:
            unreadable += 1
    return Klines(symbol, tuple(found), unreadable)


def _kline(symbol: str, row: Any) -> Kline:
    start, end, is_confirmed = whole(row["start"]), whole(row["end"]), row["confirm"]
    if type(is_confirmed) is not bool:
        raise Misread("confirm is neither true nor false")
    return Kline(symbol, start, end, is_confirmed, tuple(number(row[name]) for name in _KLINE_NUMBERS))
