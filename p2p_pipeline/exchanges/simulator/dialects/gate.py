"""Gate spot: channels with an event each way, `spot.obu` from a full book on, the elder update channel from REST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.saying import (
    Side,
    answer_of,
    asked_of,
    begin,
    book_named,
    changes,
    depth_of,
    is_new,
    text_of,
    texts_of,
)
from p2p_pipeline.exchanges.simulator.listing import assets_of

_TRACE = "1dc9df8b7bf583c0d0e9e18079d504ec"
_CONNECTION = "06a3248d8f02479a"
_OBU, _UPDATE, _TOP, _BEST = "spot.obu", "spot.order_book_update", "spot.order_book", "spot.book_ticker"
_TICKERS = "spot.tickers"
_CHANNELS = (_OBU, _UPDATE, _TOP, _BEST, _TICKERS)
_TOP_DEPTHS = ("5", "10", "20", "50", "100")
_OBU_DEPTHS = ("50", "100", "400")
_UPDATE_DEPTH = 100
_MOST_SECONDS_APART = 60
"""A request names its time; one further from now is refused."""
_ROOT = "/api/v4"
_KEY_PATHS = ("/wallet/withdraw_status", "/wallet/fee", "/spot/fee", "/spot/accounts")
_OTHER_MARKETS = ("/margin/", "/futures/", "/delivery/", "/options/")
"""They list nothing here."""
_NO_KEY = answer_of({"label": "MISSING_REQUIRED_HEADER", "message": "Missing required header: KEY"}, 401)


class GateDialect:
    """A request names its channel, its event and what it is about; the answer repeats them."""

    name = "gate"

    def __init__(self) -> None:
        self.minds_time = True

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Nothing is said first."""
        return []

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """`spot.ping`, and subscriptions."""
        request, now_ms = asked_of(message), books.now_ms()
        if request is None:
            return [text_of({"time": now_ms // 1000, "error": {"code": 1, "message": "invalid request body"}})]
        channel, event, payload = request.get("channel"), request.get("event"), texts_of(request.get("payload"))
        if channel == "spot.ping":
            head = {"time": now_ms // 1000, "time_ms": now_ms, "channel": "spot.pong", "event": ""}
            return [text_of({**head, "error": None, "result": None})]
        if self.minds_time and not _is_now(request.get("time"), now_ms):
            return [_answered(request, now_ms, error=(2, "invalid time: not within 60 seconds of now"))]
        is_known = channel in _CHANNELS and event in ("subscribe", "unsubscribe")
        found = self._topics(str(channel), payload, books) if is_known else f"unknown channel {channel}"
        if event == "subscribe" and channel == _OBU and not isinstance(found, str):
            twice = next((topic for topic in found if topic in session.subscriptions), None)
            found = found if twice is None else f"Alert sub {twice.partition(' ')[2]}"
        if isinstance(found, str):
            return [_answered(request, now_ms, error=(2, found))]
        frames: list[Outgoing] = [_answered(request, now_ms)]
        for topic, book in found.items():
            session.subscriptions.pop(topic, None)
            if event == "subscribe":
                session.subscriptions[topic] = (str(channel), book)
                session.memory.pop(topic, None)
                frames += self._first(session, topic, str(channel), book, now_ms)
        return frames

    def _topics(self, channel: str, payload: list[str], books: Books) -> dict[str, SimulatedBook] | str:
        """Topics by their name here, with their books; or what is wrong with them."""
        if not payload:
            return "payload is empty"
        if channel in (_TOP, _UPDATE):
            levels = payload[1:2] if channel == _TOP else [_TOP_DEPTHS[0]]
            if not levels or levels[0] not in _TOP_DEPTHS or payload[-1] not in ("20ms", "100ms", "1000ms"):
                return f"invalid argument {','.join(payload[1:])}"
            named = {f"{channel} {levels[0]} {payload[0]}": payload[0]}
        elif channel == _OBU:
            named = {f"{channel} {one}": one.removeprefix("ob.").rpartition(".")[0] for one in payload}
        else:
            named = {f"{channel} {one}": one for one in payload}
        found = {topic: book_named(books, pair, self.symbol) for topic, pair in named.items()}
        unknown = next((named[topic] for topic, book in found.items() if book is None), None)
        if unknown is not None:
            return f"unknown currency pair {unknown}"
        return {topic: book for topic, book in found.items() if book is not None}

    def _first(self, session: Session, topic: str, channel: str, book: SimulatedBook, at_ms: int) -> list[Outgoing]:
        if channel == _UPDATE:
            begin(session, topic, book, _UPDATE_DEPTH)
            return []
        if channel != _OBU:
            return self._whole(session, topic, channel, book, at_ms)
        stream = topic.partition(" ")[2]
        depth = stream.rpartition(".")[2]
        if depth not in _OBU_DEPTHS:  # such levels are accepted and stay silent
            session.subscriptions.pop(topic)
            return []
        bids, asks = begin(session, topic, book, int(depth))
        session.memory[f"{topic} u"] = book.last
        return [_update(_OBU, at_ms, {"t": at_ms, "full": True, "s": stream, "u": book.last, "b": bids, "a": asks})]

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """A frame for each channel of the book."""
        frames: list[Outgoing] = []
        for topic, channel in session.topics_of(book):
            if channel in (_TOP, _BEST, _TICKERS):
                frames += self._whole(session, topic, channel, book, change.at_ms)
                continue
            if channel == _UPDATE:
                sides = changes(session, topic, book, _UPDATE_DEPTH)
                head: dict[str, Any] = {"t": change.at_ms, "e": "depthUpdate", "E": change.at_ms // 1000}
                named = self.symbol(book)
            else:
                named = topic.partition(" ")[2]
                sides = changes(session, topic, book, int(named.rpartition(".")[2]))
                head = {"t": change.at_ms}
            numbers = {"s": named, "U": change.first, "u": change.last}
            frames.append(_update(channel, change.at_ms, {**head, **numbers, "b": sides[0], "a": sides[1]}))
        return frames

    def beat(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Gate is asked; it asks nobody."""
        return []

    def _whole(self, session: Session, topic: str, channel: str, book: SimulatedBook, at_ms: int) -> list[Outgoing]:
        """Channels that need nothing before them; they speak when what they show is another."""
        depth = int(topic.split()[1]) if channel == _TOP else 1
        bids, asks = sides = book.top(depth)
        if not is_new(session, topic, sides):
            return []
        symbol = self.symbol(book)
        if channel == _TICKERS:
            return [_update(channel, at_ms, self._ticker(book, has_sizes=False))]
        if channel == _BEST:
            best = {"b": bids[0][0], "B": bids[0][1], "a": asks[0][0], "A": asks[0][1]}
            return [_update(channel, at_ms, {"t": at_ms, "u": book.last, "s": symbol, **best})]
        told = {"t": at_ms, "lastUpdateId": book.last, "s": symbol, "l": str(depth), "bids": bids, "asks": asks}
        return [_update(channel, at_ms, told)]

    def answer(
        self,
        method: str,  # noqa: ARG002 - all that is public is a GET
        path: str,
        query: Mapping[str, str],
        body: bytes,  # noqa: ARG002
        books: Books,
    ) -> Answer | None:
        """The public requests; the wallet wants a key."""
        what, now_ms = path.removeprefix(_ROOT), books.now_ms()
        if what.startswith(_KEY_PATHS):
            return _NO_KEY
        if what.startswith(_OTHER_MARKETS):
            return answer_of([])
        if what in ("/spot/time", "/spot/currencies"):
            return answer_of({"server_time": now_ms} if what == "/spot/time" else _currencies(books))
        pair = query.get("currency_pair") or what.partition("/spot/currency_pairs/")[2]
        every = [book for book in books.all() if pair in ("", self.symbol(book))]
        if what.startswith("/spot/") and not every:
            return answer_of({"label": "INVALID_CURRENCY_PAIR", "message": f"Invalid currency pair {pair}"}, 400)
        return self._of_pairs(what, query, every, now_ms)

    def _of_pairs(self, what: str, query: Mapping[str, str], books: list[SimulatedBook], now_ms: int) -> Answer | None:
        if what == "/spot/order_book":
            return answer_of(_book(books[0], query, now_ms))
        if what == "/spot/tickers":
            has_sizes = "currency_pair" in query
            return answer_of([self._ticker(book, has_sizes=has_sizes) for book in books])
        rows = [_listed(book, self.symbol(book)) for book in books]
        listed: dict[str, Any] = {"/spot/currency_pairs": rows}
        listed |= {f"/spot/currency_pairs/{row['id']}": row for row in rows}
        return answer_of(listed[what]) if what in listed else None

    def _ticker(self, book: SimulatedBook, *, has_sizes: bool) -> dict[str, str]:
        (bid, *_), (ask, *_) = book.top(1)
        row = {
            "currency_pair": self.symbol(book), "last": bid[0], "lowest_ask": ask[0], "highest_bid": bid[0],
            "change_percentage": "0", "base_volume": "0", "quote_volume": "0", "high_24h": ask[0], "low_24h": bid[0],
        }  # fmt: skip
        return {**row, "lowest_size": ask[1], "highest_size": bid[1]} if has_sizes else row

    def symbol(self, book: SimulatedBook) -> str:
        """BTC_USDT."""
        return f"{book.instrument.base}_{book.instrument.quote}"


def _is_now(told: object, now_ms: int) -> bool:
    return isinstance(told, int) and abs(told - now_ms // 1000) <= _MOST_SECONDS_APART


def _answered(request: dict[str, Any], now_ms: int, error: tuple[int, str] | None = None) -> str:
    told: dict[str, Any] = {"time": now_ms // 1000, "time_ms": now_ms}
    told |= {name: request[name] for name in ("id",) if name in request}
    told |= {"conn_id": _CONNECTION, "trace_id": _TRACE}
    told |= {name: request.get(name) for name in ("channel", "event", "payload")}
    if error is None:
        return text_of({**told, "result": {"status": "success"}, "requestId": _TRACE})
    return text_of({**told, "error": {"code": error[0], "message": error[1]}, "result": None, "requestId": _TRACE})


def _update(channel: str, at_ms: int, result: dict[str, Any]) -> str:
    if channel == _OBU:
        return text_of({"channel": channel, "result": result, "time_ms": at_ms + 3, "event": "update"})
    head = {"time": at_ms // 1000, "time_ms": at_ms + 3, "channel": channel, "event": "update"}
    return text_of({**head, "result": result})


def _book(book: SimulatedBook, query: Mapping[str, str], now_ms: int) -> dict[str, Any]:
    sides: tuple[Side, Side] = book.top(depth_of(query.get("limit"), 10, 100))
    told = {"current": now_ms, "update": book.at_ms, "asks": sides[1], "bids": sides[0]}
    return {"id": book.last, **told} if query.get("with_id") == "true" else told


def _listed(book: SimulatedBook, symbol: str) -> dict[str, Any]:
    what = book.instrument
    return {
        "id": symbol,
        "base": what.base,
        "base_name": what.base,
        "quote": what.quote,
        "quote_name": what.quote,
        "fee": f"{what.taker_fee * 100:f}",
        "min_quote_amount": f"{what.min_notional:f}",
        "max_quote_amount": "5000000",
        "amount_precision": what.quantity_decimals,
        "precision": what.price_decimals,
        "trade_status": "tradable",
        "sell_start": 0,
        "buy_start": 0,
        "type": "normal",
        "st_tag": False,
    }


def _currencies(books: Books) -> list[dict[str, Any]]:
    """Each asset once, with its chain and contract."""
    return [
        {
            "currency": what.ticker,
            "name": what.ticker,
            "delisted": False,
            "withdraw_disabled": not what.withdraw_open,
            "withdraw_delayed": False,
            "deposit_disabled": not what.deposit_open,
            "trade_disabled": False,
            "chain": what.chain,
            "chains": [
                {
                    "name": what.chain,
                    "addr": what.contract,
                    "withdraw_disabled": not what.withdraw_open,
                    "withdraw_delayed": False,
                    "deposit_disabled": not what.deposit_open,
                }
            ],
        }
        for what in assets_of(books.all())
    ]
