"""Bitfinex spot: channels by number, messages counted, checksums over numbers as JavaScript prints them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from itertools import zip_longest
from typing import Any
from zlib import crc32

import orjson

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.bitfinex_rest import answer, symbol_of, ticker_row
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.first_levels import FirstLevels, Level
from p2p_pipeline.exchanges.simulator.dialects.spelled import bare, written

_TIMESTAMP, _SEQ_ALL, _OB_CHECKSUM = 32768, 65536, 131072
_LENGTHS = ("1", "25", "100", "250")
_MOST_CHANNELS = 25
_COVERED = 25
_BEAT_SECONDS = 15


class BitfinexDialect:
    """A subscription is a channel's number; what is pushed out of its levels is told as gone."""

    name = "bitfinex"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Who is there, and whether it works."""
        session.memory.update(flags=0, next=232_000, channels={})
        return [written({"event": "info", "version": 2, "serverId": "simulated", "platform": {"status": 1}})]

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """Events: conf, subscribe, unsubscribe, ping."""
        try:
            request = json.loads(message)
            event = request["event"]
        except (ValueError, KeyError, TypeError):
            event = None
        if event == "ping":
            return [written({"event": "pong", "ts": books.now_ms(), "cid": request.get("cid")})]
        if event == "conf":
            return [_configured(session, request)]
        if event == "subscribe":
            return self._subscribe(session, request, books)
        if event == "unsubscribe":
            return [_unsubscribed(session, request)]
        return [_error("event: invalid", 10000)]

    def _subscribe(self, session: Session, request: dict[str, Any], books: Books) -> list[Outgoing]:
        symbol, channel = str(request.get("symbol")), request.get("channel")
        book = next((book for book in books.all() if symbol_of(book) == symbol), None)
        wrong = _wrong(session, request, is_known=book is not None)
        if wrong is not None or book is None:
            asked = {name: request[name] for name in ("channel", "symbol", "prec", "freq", "len") if name in request}
            return [_error(*(wrong or ("symbol: invalid", 10300)), **asked)]
        session.memory["next"] += 1
        number = session.memory["next"]
        session.subscriptions[str(number)] = (str(channel), book)
        session.memory["channels"][str(number)] = (channel, symbol)
        about = {"event": "subscribed", "channel": channel, "chanId": number, "symbol": symbol}
        if channel == "ticker":
            session.memory[str(number)] = book.top(1)
            first = _data(session, number, [bare(text) for text in ticker_row(book)], books.now_ms())
        else:
            length = str(request.get("len", "25"))
            about |= {"prec": "P0", "freq": "F0", "len": length}
            window = session.memory[str(number)] = FirstLevels(book, int(length))
            rows = [_row(level, 1) for level in window.bids.items()] + [
                _row(level, -1) for level in window.asks.items()
            ]
            first = _data(session, number, rows, books.now_ms())
        return [written({**about, "pair": symbol[1:]}), first]

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """A frame a level, then the checksum where it was asked for."""
        frames: list[Outgoing] = []
        for topic, kind in session.topics_of(book):
            number = int(topic)
            if kind == "ticker":
                best = book.top(1)
                if session.memory[topic] != best:
                    session.memory[topic] = best
                    row = [bare(text) for text in ticker_row(book)]
                    frames.append(_data(session, number, row, change.at_ms))
                continue
            window: FirstLevels = session.memory[topic]
            bids, asks = window.changed(book, tells_leaving=True)
            rows = [_row(level, 1) for level in bids] + [_row(level, -1) for level in asks]
            frames += [_data(session, number, row, change.at_ms) for row in rows]
            if rows and session.memory["flags"] & _OB_CHECKSUM:
                checksum = session.checksum(_checksum(window))
                frames.append(_data(session, number, "cs", change.at_ms, checksum))
        return frames

    def beat(self, session: Session, books: Books) -> list[Outgoing]:
        """Each channel, every 15 seconds."""
        if books.now_ms() // 1000 % _BEAT_SECONDS:
            return []
        return [_data(session, int(topic), "hb", books.now_ms()) for topic in session.subscriptions]

    def maintenance(self, session: Session, *, is_over: bool) -> list[Outgoing]:  # noqa: ARG002
        """A code, and another when it is over."""
        code, text = (20061, "Maintenance ended") if is_over else (20060, "Entering in Maintenance mode")
        return [written({"event": "info", "code": code, "msg": text})]

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes, books: Books) -> Answer | None:  # noqa: ARG002
        """The public requests."""
        return answer(path, query, books)

    def symbol(self, book: SimulatedBook) -> str:
        """tBTCUST, tDOGE:USD."""
        return symbol_of(book)


def _configured(session: Session, request: dict[str, Any]) -> str:
    flags = request.get("flags", 0)
    if not isinstance(flags, int):
        return written({"event": "conf", "status": "FAILED"})
    session.memory["flags"] = flags
    return written({"event": "conf", "status": "OK", "flags": flags})


def _unsubscribed(session: Session, request: dict[str, Any]) -> str:
    topic = str(request.get("chanId"))
    if session.subscriptions.pop(topic, None) is None:
        return _error("unsubscribe: invalid", 10400)
    return written({"event": "unsubscribed", "status": "OK", "chanId": int(topic)})


def _wrong(session: Session, request: dict[str, Any], *, is_known: bool) -> tuple[str, int] | None:
    """Why a subscription is refused, with the code."""
    channel, symbol = request.get("channel"), request.get("symbol")
    if channel not in ("book", "ticker"):
        return "channel: unknown", 10302
    if not is_known:
        return "symbol: invalid", 10300
    if channel == "book" and str(request.get("len", "25")) not in _LENGTHS:
        return "len: invalid", 10300
    if len(session.subscriptions) >= _MOST_CHANNELS:
        return "subscribe: limit", 10305
    is_double = (channel, symbol) in {session.memory["channels"].get(topic) for topic in session.subscriptions}
    return ("subscribe: dup", 10301) if is_double else None


def _error(text: str, code: int, **asked: Any) -> str:
    return written({**asked, "event": "error", "msg": text, "code": code})


def _data(session: Session, number: int, *payload_and_time: Any) -> str:
    """A channel's array; behind it the message's number and the time, each where its flag asks for it."""
    payload, at_ms, *rest = payload_and_time
    message = [number, payload, *rest]
    if session.memory["flags"] & _SEQ_ALL:
        session.counter += 1
        message.append(session.counter)
    if session.memory["flags"] & _TIMESTAMP:
        message.append(at_ms)
    return written(message)


def _row(level: Level, sign: int) -> list[Any]:
    """Price, count, amount below zero for an ask; a count of 0 is gone."""
    price, quantity = level
    if Decimal(quantity) == 0:
        return [bare(printed(price)), 0, sign]
    return [bare(printed(price)), 1 + int(quantity[-1]) % 4, bare(("-" if sign < 0 else "") + printed(quantity))]


def _checksum(window: FirstLevels) -> int:
    parts = []
    for bid, ask in zip_longest(list(window.bids.items())[:_COVERED], list(window.asks.items())[:_COVERED]):
        parts += [] if bid is None else [printed(bid[0]), printed(bid[1])]
        parts += [] if ask is None else [printed(ask[0]), f"-{printed(ask[1])}"]
    number = crc32(":".join(parts).encode())
    return number - (1 << 32) if number >> 31 else number


def printed(number: str) -> str:
    """As JavaScript prints it: down to 1e-6 plainly, below that with an exponent; no zeros at the end."""
    text = orjson.dumps(float(number)).decode()
    mantissa, _, exponent = text.partition("e")
    mantissa = mantissa.removesuffix(".0")
    if not exponent:
        return mantissa
    power = int(exponent)
    return f"{Decimal(text):f}" if -7 < power < 21 else f"{mantissa}e{power:+d}"
