"""Bitget spot: the v2 socket with its checksum, the unified one (v3) with its sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from p2p_pipeline.exchanges.simulator.book import BookChange, SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books, Outgoing, Session
from p2p_pipeline.exchanges.simulator.dialects.saying import (
    answer_of,
    asked_of,
    book_named,
    depth_of,
    is_new,
    text_of,
)
from p2p_pipeline.exchanges.simulator.listing import assets_of

_TOPS = {"v2": ("books1", "books5", "books15"), "v3": ("books1", "books5", "books50")}
_REQUESTS_AN_HOUR = 240
_CHAINS = {"ETH": "ERC20", "TRX": "TRC20", "BSC": "BEP20", "ARB": "ArbitrumOne", "OP": "Optimism"}


class BitgetDialect:
    """Topics are kept as `books BTCUSDT`; how an argument is spelled depends on the address."""

    name = "bitget"

    def opened(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002
        """Nothing is said first; the address says which wire is spoken."""
        session.memory["wire"] = "v3" if session.path.startswith("/v3/") else "v2"
        session.memory["asked"] = []
        return []

    def heard(self, session: Session, message: Outgoing, books: Books) -> list[Outgoing]:
        """One answer an argument; `ping` is answered with `pong`."""
        if message in ("ping", b"ping"):
            return ["pong"]
        request = asked_of(message) or {}
        operation, arguments = request.get("op"), request.get("args")
        if operation not in ("subscribe", "unsubscribe") or not isinstance(arguments, list):
            return [_error(30003, f"op {operation} not support")]
        now = books.now_ms()
        asked = session.memory["asked"] = [one for one in session.memory["asked"] if now - one < 3_600_000]
        if operation == "subscribe":
            asked.append(now)
            if len(asked) > _REQUESTS_AN_HOUR:
                return [_error(30006, "request too many")]
        frames: list[Outgoing] = []
        for argument in arguments:
            frames += self._heard(session, operation, argument if isinstance(argument, dict) else {}, books)
        return frames

    def _heard(self, session: Session, operation: str, argument: dict[str, Any], books: Books) -> list[Outgoing]:
        wire = session.memory["wire"]
        channel_key, symbol_key = ("channel", "instId") if wire == "v2" else ("topic", "symbol")
        channel, symbol = argument.get(channel_key), argument.get(symbol_key)
        book = book_named(books, symbol, self.symbol)
        is_spot = str(argument.get("instType", "")).upper() == "SPOT"
        if book is None or not is_spot or channel not in ("books", "ticker", *_TOPS[wire]):
            about = f"instType:{argument.get('instType')},{channel_key}:{channel},{symbol_key}:{symbol}"
            return [_error(30001, f"{about} doesn't exist")]
        topic = f"{channel} {symbol}"
        told: list[Outgoing] = [text_of({"event": operation, "arg": argument})]
        if operation == "unsubscribe":
            session.subscriptions.pop(topic, None)
            return told
        session.subscriptions[topic] = (channel, book)
        session.memory[f"argument {topic}"] = argument
        session.memory.pop(topic, None)
        if channel == "ticker":
            return [*told, *self._ticker(session, topic, book, books.now_ms())]
        return [*told, self._whole(session, topic, channel, book)]

    def changed(self, session: Session, book: SimulatedBook, change: BookChange) -> list[Outgoing]:
        """A frame for each topic of the book; first levels only where they changed."""
        frames: list[Outgoing] = []
        for topic, channel in session.topics_of(book):
            if channel == "books":
                checksum = session.checksum(_checksum(book))
                row = _row(session, change.bids, change.asks, checksum, change.at_ms, (change.last, change.previous))
                frames.append(_data(session, topic, "update", row, change.at_ms))
            elif channel == "ticker":
                frames += self._ticker(session, topic, book, change.at_ms)
            elif is_new(session, topic, book.top(int(channel.removeprefix("books")))):
                frames.append(self._whole(session, topic, channel, book))
        return frames

    def _whole(self, session: Session, topic: str, channel: str, book: SimulatedBook) -> str:
        levels = channel.removeprefix("books")
        bids, asks = book.top(int(levels) if levels else None)
        row = _row(session, bids, asks, 0, book.at_ms, (book.last, 0))
        return _data(session, topic, "snapshot", row, book.at_ms)

    def _ticker(self, session: Session, topic: str, book: SimulatedBook, at_ms: int) -> list[Outgoing]:
        (bid, *_), (ask, *_) = book.top(1)
        if not is_new(session, topic, (bid, ask)):
            return []
        if session.memory["wire"] == "v2":
            row: dict[str, Any] = {"instId": self.symbol(book), "lastPr": bid[0], "ts": str(at_ms)}
            row |= {"bidPr": bid[0], "bidSz": bid[1], "askPr": ask[0], "askSz": ask[1]}
        else:
            row = {
                "bid1Price": bid[0],
                "bid1Size": bid[1],
                "ask1Price": ask[0],
                "ask1Size": ask[1],
                "lastPrice": bid[0],
            }
        return [_data(session, topic, "snapshot", row, at_ms)]

    def beat(self, session: Session, books: Books) -> list[Outgoing]:  # noqa: ARG002 - the client pings
        """Bitget has no heartbeat of its own."""
        return []

    def answer(
        self,
        method: str,  # noqa: ARG002 - all that is public is a GET
        path: str,
        query: Mapping[str, str],
        body: bytes,  # noqa: ARG002
        books: Books,
    ) -> Answer | None:
        """The public requests."""
        now = books.now_ms()
        if path in ("/api/v2/spot/market/orderbook", "/api/v3/market/orderbook"):
            return self._order_book(path, query, books)
        if path == "/api/v2/spot/market/tickers":
            rows = [_ticker_row(self.symbol(book), book) for book in books.all()]
            return _answered([row for row in rows if query.get("symbol") in (None, row["symbol"])], now)
        if path == "/api/v2/spot/public/symbols":
            return _answered([_symbol(self.symbol(book), book) for book in books.all()], now)
        if path == "/api/v2/spot/public/coins":
            return _answered(_coins(books), now)
        if path == "/api/v2/public/time":
            return _answered({"serverTime": str(now)}, now)
        # Other people's clients ask for these too before they do anything: there are none.
        return _answered([], now) if path in ("/api/v2/mix/market/contracts", "/api/v2/margin/currencies") else None

    def _order_book(self, path: str, query: Mapping[str, str], books: Books) -> Answer:
        book = book_named(books, query.get("symbol"), self.symbol)
        if book is None:
            return answer_of({"code": "40034", "msg": "Parameter does not exist", "requestTime": 0, "data": None}, 400)
        bids, asks = book.top(depth_of(query.get("limit"), 150, 150))
        names = ("bids", "asks") if "/v2/" in path else ("b", "a")
        return _answered({names[1]: asks, names[0]: bids, "ts": str(book.at_ms)}, books.now_ms())

    def symbol(self, book: SimulatedBook) -> str:
        """BTCUSDT."""
        return f"{book.instrument.base}{book.instrument.quote}"


def _row(
    session: Session, bids: Any, asks: Any, checksum: int, at_ms: int, sequence: tuple[int, int]
) -> dict[str, Any]:
    if session.memory["wire"] == "v2":
        return {"asks": asks, "bids": bids, "checksum": checksum, "ts": str(at_ms)}
    return {"a": asks, "b": bids, "checksum": checksum, "seq": sequence[0], "pseq": sequence[1], "ts": str(at_ms)}


def _data(session: Session, topic: str, action: str, row: dict[str, Any], at_ms: int) -> str:
    return text_of({"action": action, "arg": session.memory[f"argument {topic}"], "data": [row], "ts": at_ms + 2})


def _checksum(book: SimulatedBook) -> int:
    """Signed CRC32 of bid price, bid quantity, ask price, ask quantity … of the best 25, a missing side skipped."""
    bids, asks = book.top(25)
    parts = []
    for place in range(max(len(bids), len(asks))):
        parts += [*bids[place : place + 1], *asks[place : place + 1]]
    value = crc32(":".join(text for level in parts for text in level).encode())
    return value if value < 2**31 else value - 2**32


def _error(code: int, words: str) -> str:
    return text_of({"event": "error", "code": code, "msg": words})


def _answered(data: Any, now_ms: int) -> Answer:
    return answer_of({"code": "00000", "msg": "success", "requestTime": now_ms, "data": data})


def _ticker_row(symbol: str, book: SimulatedBook) -> dict[str, str]:
    bids, asks = book.top(1)
    bid, ask = (side[0] if side else ("0", "0") for side in (bids, asks))
    row = {"symbol": symbol, "lastPr": bid[0], "ts": str(book.at_ms)}
    return row | {"bidPr": bid[0], "bidSz": bid[1], "askPr": ask[0], "askSz": ask[1]}


def _symbol(symbol: str, book: SimulatedBook) -> dict[str, str]:
    what = book.instrument
    return {
        "symbol": symbol,
        "baseCoin": what.base,
        "quoteCoin": what.quote,
        "minTradeAmount": "0",
        "maxTradeAmount": "10000000000",
        "takerFeeRate": f"{what.taker_fee:f}",
        "makerFeeRate": f"{what.taker_fee:f}",
        "pricePrecision": str(what.price_decimals),
        "quantityPrecision": str(what.quantity_decimals),
        "quotePrecision": "8",
        # Told in USDT, whatever the quote is.
        "minTradeUSDT": f"{what.min_notional:f}" if what.quote in ("USDT", "USDC", "USD") else "1",
        "status": "online",
        "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05",
    }


def _coins(books: Books) -> list[dict[str, Any]]:
    return [
        {
            "coinId": str(number),
            "coin": told.ticker,
            "transfer": "true",
            "chains": [
                {
                    "chain": _CHAINS.get(told.chain, told.chain),
                    "needTag": "false",
                    "withdrawable": "true" if told.withdraw_open else "false",
                    "rechargeable": "true" if told.deposit_open else "false",
                    "withdrawFee": f"{told.withdrawal_fee:f}",
                    "extraWithdrawFee": "0",
                    "depositConfirm": "1",
                    "withdrawConfirm": "1",
                    "minDepositAmount": "0.001",
                    "minWithdrawAmount": "0.001",
                    "browserUrl": "",
                    "contractAddress": told.contract or None,
                    "withdrawStep": "0",
                    "withdrawMinScale": "8",
                }
            ],
        }
        for number, told in enumerate(assets_of(books.all()), start=1)
    ]
