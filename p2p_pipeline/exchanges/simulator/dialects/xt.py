"""XT spot: depth_update and depth over the socket, everything of REST in an envelope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.saying import (
    answer_of,
    asked_of,
    book_named,
    depth_of,
    text_of,
    texts_of,
)
from p2p_pipeline.exchanges.simulator.listing import assets_of

_DEPTHS = ("5", "10", "20", "50")
_TOP_EVERY_MS = 1000
_CHAINS = {"ETH": "Ethereum", "TRX": "Tron", "BSC": "BNB Smart Chain", "BTC": "Bitcoin", "SOL": "SOL"}


class XtDialect:
    """Topics are named `depth_update@btc_usdt` and `depth@btc_usdt,20`; nothing of a change tells a time."""

    name = "xt"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Nothing is said first."""
        return []

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """Requests with an id; `ping` is answered with `pong`."""
        if message in ("ping", b"ping"):
            return ["pong"]
        request = asked_of(message) or {}
        method, topics = request.get("method"), texts_of(request.get("params"))
        if method not in ("subscribe", "unsubscribe") or not topics:
            return [text_of({"id": request.get("id"), "code": 1, "msg": "fail"})]
        is_known = [_subscribed(session, topic, books, method == "subscribe") for topic in topics]
        outcome: dict[str, Any] = {"code": 0, "msg": "success"} if all(is_known) else {"code": 1, "msg": "fail"}
        return [text_of({"id": request.get("id"), **outcome})]

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """Each change of a followed book; the whole first levels once a second."""
        frames: list[Outgoing] = []
        symbol = self.symbol(book)
        for topic, kind in session.topics_of(book):
            if kind == "depth_update":
                data = {"s": symbol, "fi": change.first, "i": change.last, "a": change.asks, "b": change.bids}
                frames.append(text_of({"topic": kind, "event": topic, "data": data}))
            elif change.at_ms - session.memory.get(topic, 0) >= _TOP_EVERY_MS:
                frames.append(_top(session, topic, book, symbol, change.at_ms))
            else:
                session.memory[f"late {topic}"] = True
        return frames

    def beat(self, session: Session, books: Books) -> list[Outgoing]:
        """First levels that changed since they were last told."""
        return [
            _top(session, topic, book, self.symbol(book), books.now_ms())
            for topic, (kind, book) in session.subscriptions.items()
            if kind == "depth" and book is not None and session.memory.get(f"late {topic}")
        ]

    def answer(
        self,
        method: str,  # noqa: ARG002 - all that is public is a GET
        path: str,
        query: Mapping[str, str],
        body: bytes,  # noqa: ARG002
        books: Books,
    ) -> Answer | None:
        """The public requests."""
        if path == "/v4/public/depth":
            return self._depth(query, books)
        results: dict[str, Callable[[], Any]] = {
            "/v4/public/time": lambda: {"serverTime": books.now_ms()},
            "/v4/public/symbol": lambda: {
                "time": books.now_ms(), "version": "1", "symbols": _symbols(books, query, self),
            },
            "/v4/public/ticker/book": lambda: [
                row for row in map(self._best, books.all()) if query.get("symbol") in (None, row["s"])
            ],
            "/v4/public/ticker/24h": lambda: [
                row | dict.fromkeys("ohlc", row["bp"]) | {"cv": "0", "cr": "0", "q": "0", "v": "0"}
                for row in map(self._best, books.all())
                if query.get("symbol") in (None, row["s"])
            ],
            "/v4/public/wallet/support/currency": lambda: _currencies(books),
            "/v4/public/currencies": lambda: {"version": "1", "currencies": _names(books)},
        }  # fmt: skip
        if path in results:
            return _result(results[path]())
        # Other people's clients ask for futures too before they do anything: there are none.
        return _result([]) if path.startswith("/future/market/") else None

    def _best(self, book: SimulatedBook) -> dict[str, Any]:
        return _best(self.symbol(book), book)

    def _depth(self, query: Mapping[str, str], books: Books) -> Answer:
        book = book_named(books, query.get("symbol"), self.symbol)
        if book is None:
            return answer_of({"rc": 1, "mc": "SYMBOL_001", "ma": [], "result": None})
        bids, asks = book.top(depth_of(query.get("limit"), 50, 500))
        return _result({"timestamp": books.now_ms(), "lastUpdateId": book.last, "bids": bids, "asks": asks})

    def symbol(self, book: SimulatedBook) -> str:
        """btc_usdt."""
        return f"{book.instrument.base}_{book.instrument.quote}".lower()


def _subscribed(session: Session, topic: str, books: Books, is_wanted: bool) -> bool:
    kind, _, about = topic.partition("@")
    symbol, _, depth = about.partition(",")
    book = book_named(books, symbol, XtDialect().symbol)
    if not is_wanted:
        return session.subscriptions.pop(topic, None) is not None
    if book is None or (kind, depth) not in {("depth_update", ""), *(("depth", one) for one in _DEPTHS)}:
        return False
    session.subscriptions[topic] = (kind, book)
    return True


def _top(session: Session, topic: str, book: SimulatedBook, symbol: str, at_ms: int) -> str:
    session.memory |= {topic: at_ms, f"late {topic}": False}
    bids, asks = book.top(int(topic.partition(",")[2]))
    return text_of({"topic": "depth", "event": topic, "data": {"s": symbol, "i": book.last, "a": asks, "b": bids}})


def _result(result: Any) -> Answer:
    return answer_of({"rc": 0, "mc": "SUCCESS", "ma": [], "result": result})


def _best(symbol: str, book: SimulatedBook) -> dict[str, Any]:
    bids, asks = book.top(1)
    bid, ask = (side[0] if side else (None, None) for side in (bids, asks))
    return {"s": symbol, "t": book.at_ms, "ap": ask[0], "aq": ask[1], "bp": bid[0], "bq": bid[1]}


def _symbols(books: Books, query: Mapping[str, str], dialect: XtDialect) -> list[dict[str, Any]]:
    wanted = query.get("symbol")
    return [
        _symbol(number, dialect.symbol(book), book)
        for number, book in enumerate(books.all(), start=1)
        if wanted in (None, dialect.symbol(book))
    ]


def _symbol(number: int, symbol: str, book: SimulatedBook) -> dict[str, Any]:
    what = book.instrument
    return {
        "id": number,
        "symbol": symbol,
        "state": "ONLINE",
        "tradingEnabled": True,
        "openapiEnabled": True,
        "nextStateTime": None,
        "nextState": None,
        "depthMergePrecision": what.price_decimals,
        "baseCurrency": what.base.lower(),
        "baseCurrencyPrecision": 8,
        "baseCurrencyId": number,
        "quoteCurrency": what.quote.lower(),
        "quoteCurrencyPrecision": 8,
        "quoteCurrencyId": number,
        "pricePrecision": what.price_decimals,
        "quantityPrecision": what.quantity_decimals,
        "takerFeeRate": float(what.taker_fee),
        "makerFeeRate": float(what.taker_fee),
        "orderTypes": ["LIMIT", "MARKET"],
        "timeInForces": ["GTC", "FOK", "IOC", "GTX"],
        "displayWeight": 1,
        "displayLevel": "FULL",
        "plates": [],
        "filters": [
            {"filter": "QUOTE_QTY", "min": f"{what.min_notional:f}"},
            {"filter": "PRICE", "min": None, "max": None, "tickSize": None},
            {"filter": "QUANTITY", "min": None, "max": None, "tickSize": None},
        ],
    }


def _names(books: Books) -> list[dict[str, str]]:
    return [{"currency": told.ticker.lower(), "fullName": told.ticker} for told in assets_of(books.all())]


def _currencies(books: Books) -> list[dict[str, Any]]:
    return [
        {
            "currency": told.ticker.lower(),
            "supportChains": [
                {
                    "chain": _CHAINS.get(told.chain, told.chain),
                    "depositEnabled": told.deposit_open,
                    "withdrawEnabled": told.withdraw_open,
                    "withdrawFeeAmount": float(told.withdrawal_fee),
                    "withdrawFeeCurrency": told.ticker.lower(),
                    "withdrawMinAmount": float(told.withdrawal_fee),
                    "depositFeeRate": 0,
                    "contract": told.contract,
                }
            ],
        }
        for told in assets_of(books.all())
    ]
