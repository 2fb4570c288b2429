"""Binance spot: raw and combined streams, SUBSCRIBE, depth by REST."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session

_NO_KEY = Answer(b'{"code":-2014,"msg":"API-key format invalid."}', 401)
_BAD_SYMBOL = Answer(b'{"code":-1121,"msg":"Invalid symbol."}', 400)
_NO_SYMBOL = Answer(b'{"code":-1102,"msg":"Mandatory parameter \'symbol\' was not sent."}', 400)
_OTHER_MARKETS: dict[str, Any] = {f"/{market}/v1/exchangeInfo": {"symbols": []} for market in ("fapi", "dapi")}
"""Clients ask for their lists unless they are told not to; they are empty here."""
_DEPTHS = ("5", "10", "20")


class BinanceDialect:
    """Streams are named `btcusdt@depth@100ms`; only the combined address says in each frame which one it is."""

    name = "binance"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:
        """Nothing is said first; the address may name streams."""
        address = urlsplit(session.path)
        named = parse_qs(address.query).get("streams", [""])[0] if address.path.startswith("/stream") else ""
        if address.path.startswith("/ws/"):
            named = address.path.removeprefix("/ws/")
        session.memory["is_combined"] = address.path.startswith("/stream")
        _subscribe(session, [stream for stream in named.split("/") if stream], books)
        return []

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """Requests with an id; an unknown symbol is accepted and stays silent."""
        try:
            request = json.loads(message)
        except ValueError:
            return [_text({"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"})]
        if not isinstance(request, dict):
            return [_text({"code": 2, "msg": "Invalid request: request must be an object"})]
        method, number, streams = request.get("method"), request.get("id"), request.get("params", [])
        if method == "LIST_SUBSCRIPTIONS":
            return [_text({"result": list(session.subscriptions), "id": number})]
        if method not in ("SUBSCRIBE", "UNSUBSCRIBE"):
            return [_text({"code": 2, "msg": f"Invalid request: unknown variant `{method}`", "id": number})]
        if not isinstance(streams, list) or not all(isinstance(stream, str) for stream in streams) or not streams:
            return [_text({"code": 2, "msg": "Invalid request: params must be a list of strings", "id": number})]
        if method == "SUBSCRIBE":
            _subscribe(session, streams, books)
        for stream in streams if method == "UNSUBSCRIBE" else ():
            session.subscriptions.pop(stream, None)
        return [_text({"result": None, "id": number})]

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """A frame for each stream of the book."""
        frames = []
        for stream, kind in session.topics_of(book):
            if kind == "depth":
                data: dict[str, Any] | None = {
                    "e": "depthUpdate", "E": change.at_ms, "s": self.symbol(book),
                    "U": change.first, "u": change.last, "b": change.bids, "a": change.asks,
                }  # fmt: skip
            elif kind == "bookTicker":
                data = _best_if_new(session, stream, book, self.symbol(book))
            else:
                bids, asks = book.top(int(kind))
                data = {"lastUpdateId": book.last, "bids": bids, "asks": asks}
            if data is not None:
                frames.append(_text({"stream": stream, "data": data} if session.memory["is_combined"] else data))
        return list(frames)

    def beat(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002 - pings are frames of the socket
        """Binance has no heartbeat of text."""
        return []

    def answer(
        self,
        method: str,  # noqa: ARG002 - all that is public is a GET
        path: str,
        query: Mapping[str, str],
        body: bytes,  # noqa: ARG002
        books: Books,
    ) -> Answer | None:
        """The public requests; the list of currencies wants a key."""
        if path.startswith("/sapi/"):
            return _NO_KEY
        if path == "/api/v3/depth":
            return self._depth(query, books)
        if path == "/api/v3/ticker/bookTicker":
            return _chosen([_best(book, self.symbol(book)) for book in books.all()], query)
        if path == "/api/v3/ticker/24hr":
            return _chosen([_day(book, self.symbol(book), books.now_ms()) for book in books.all()], query)
        plain: dict[str, Any] = {"/api/v3/time": {"serverTime": books.now_ms()}, "/api/v3/ping": {}, **_OTHER_MARKETS}
        if path == "/api/v3/exchangeInfo":
            return _json(_information(books, query))
        return _json(plain[path]) if path in plain else None

    def _depth(self, query: Mapping[str, str], books: Books) -> Answer:
        if "symbol" not in query:
            return _NO_SYMBOL
        book = next((book for book in books.all() if self.symbol(book) == query["symbol"]), None)
        if book is None:
            return _BAD_SYMBOL
        limit = query.get("limit", "100")
        bids, asks = book.top(int(limit) if limit.isdecimal() else 100)
        return _json({"lastUpdateId": book.last, "bids": bids, "asks": asks})

    def symbol(self, book: SimulatedBook) -> str:
        """BTCUSDT."""
        return f"{book.instrument.base}{book.instrument.quote}"


def _subscribe(session: Session, streams: list[str], books: Books) -> None:
    by_name = {f"{book.instrument.base}{book.instrument.quote}".lower(): book for book in books.all()}
    for stream in streams:
        symbol, _, feed = stream.partition("@")
        kind, _, speed = feed.partition("@")
        if symbol not in by_name or speed not in ("", "100ms", "1000ms"):
            continue
        if kind in ("depth", "bookTicker"):
            session.subscriptions[stream] = (kind, by_name[symbol])
        elif kind.startswith("depth") and kind.removeprefix("depth") in _DEPTHS:
            session.subscriptions[stream] = (kind.removeprefix("depth"), by_name[symbol])


def _best_if_new(session: Session, stream: str, book: SimulatedBook, symbol: str) -> dict[str, Any] | None:
    """A best bid and ask, when they are others than those last sent."""
    (bid, *_), (ask, *_) = book.top(1)
    if session.memory.get(stream) == (bid, ask):
        return None
    session.memory[stream] = (bid, ask)
    return {"u": book.last, "s": symbol, "b": bid[0], "B": bid[1], "a": ask[0], "A": ask[1]}


def _best(book: SimulatedBook, symbol: str) -> dict[str, str]:
    (bid, *_), (ask, *_) = book.top(1)
    return {"symbol": symbol, "bidPrice": bid[0], "bidQty": bid[1], "askPrice": ask[0], "askQty": ask[1]}


def _chosen(rows: list[dict[str, Any]], query: Mapping[str, str]) -> Answer:
    """All rows, those of `symbols`, or the one of `symbol`."""
    if "symbol" in query:
        return next((_json(row) for row in rows if row["symbol"] == query["symbol"]), _BAD_SYMBOL)
    wanted = query.get("symbols", "")
    return _json([row for row in rows if not wanted or f'"{row["symbol"]}"' in wanted])


def _day(book: SimulatedBook, symbol: str, now_ms: int) -> dict[str, Any]:
    """A day in which nothing was traded but the best bid, now."""
    best = _best(book, symbol)
    prices = ("weightedAvgPrice", "prevClosePrice", "lastPrice", "openPrice", "highPrice", "lowPrice")
    nothing = dict.fromkeys(("priceChange", "priceChangePercent", "lastQty", "volume", "quoteVolume"), "0")
    times = {"openTime": now_ms - 86_400_000, "closeTime": now_ms, "firstId": 1, "lastId": 1, "count": 1}
    return best | nothing | dict.fromkeys(prices, best["bidPrice"]) | times


def _information(books: Books, query: Mapping[str, str]) -> dict[str, Any]:
    wanted = query.get("symbol")
    symbols = [_listed(book) for book in books.all()]
    return {
        "timezone": "UTC",
        "serverTime": books.now_ms(),
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
            {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 61000},
        ],
        "exchangeFilters": [],
        "symbols": [row for row in symbols if wanted in (None, row["symbol"])],
    }


def _listed(book: SimulatedBook) -> dict[str, Any]:
    what = book.instrument
    tick, step = _step(what.price_decimals), _step(what.quantity_decimals)
    return {
        "symbol": f"{what.base}{what.quote}",
        "status": "TRADING",
        "baseAsset": what.base,
        "baseAssetPrecision": 8,
        "quoteAsset": what.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "1000000000.00000000", "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": step, "maxQty": "9000000000.00000000", "stepSize": step},
            {"filterType": "NOTIONAL", "minNotional": f"{what.min_notional:f}", "applyMinToMarket": True},
        ],
    }


def _step(decimals: int) -> str:
    return f"{10**-decimals:.{max(decimals, 8)}f}"


def _json(value: Any) -> Answer:
    return Answer(json.dumps(value, separators=(",", ":")).encode(), headers={"Content-Type": "application/json"})


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
