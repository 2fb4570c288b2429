"""KuCoin's public requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from p2p_pipeline.exchanges.simulator.book import SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books
from p2p_pipeline.exchanges.simulator.dialects.spelled import answered, step
from p2p_pipeline.exchanges.simulator.listing import assets_of

_DEPTHS = {"/api/v1/market/orderbook/level2_20": 20, "/api/v1/market/orderbook/level2_100": 100}
_CHAINS = {"ETH": ("ERC20", "eth"), "TRX": ("TRC20", "trx"), "BSC": ("BEP20", "bsc"), "SOL": ("SOL", "sol")}


def symbol_of(book: SimulatedBook) -> str:
    """BTC-USDT."""
    return f"{book.instrument.base}-{book.instrument.quote}"


def answer(method: str, path: str, query: Mapping[str, str], books: Books) -> Answer | None:
    """The answer to a request; None for a path that is not there."""
    if path == "/api/v1/bullet-public":
        return _fine(_token(books)) if method == "POST" else _wrong("400100", "method not allowed", 405)
    if path in _DEPTHS:
        return _book(query, _DEPTHS[path], books)
    if path.startswith("/api/v3/market/orderbook/") or path == "/api/v1/bullet-private":
        return _wrong("400001", "Please check the header of your request for KC-API-KEY, KC-API-SIGN", 401)
    lists: dict[str, Callable[[Books], Any]] = {
        "/api/v1/timestamp": lambda books: books.now_ms(),
        "/api/v1/status": lambda _: {"status": "open", "msg": ""},
        "/api/v2/symbols": _symbols,
        "/api/v1/symbols": _symbols,
        "/api/v1/market/allTickers": _tickers,
        "/api/v3/currencies": _currencies,
        "/api/v1/contracts/active": lambda _: [],  # futures: clients ask unless they are told not to
    }
    return _fine(lists[path](books)) if path in lists else None


def _fine(data: Any) -> Answer:
    return answered({"code": "200000", "data": data})


def _wrong(code: str, text: str, status: int = 200) -> Answer:
    return answered({"code": code, "msg": text}, status)


def _token(books: Books) -> dict[str, Any]:
    """Where to connect, with the client's own ping."""
    server = {
        "endpoint": f"ws://{books.address}/kucoin/endpoint", "encrypt": True, "protocol": "websocket",
        "pingInterval": 18000, "pingTimeout": 10000,
    }  # fmt: skip
    return {"token": "2neAiuYvAU61ZDXANAGAsiL4simulated==", "instanceServers": [server]}


def _book(query: Mapping[str, str], depth: int, books: Books) -> Answer:
    book = next((book for book in books.all() if symbol_of(book) == query.get("symbol")), None)
    if book is None:
        return _wrong("400100", "symbol not exists")
    bids, asks = book.top(depth)
    return _fine({"time": books.now_ms(), "sequence": str(book.last), "bids": bids, "asks": asks})


def _listed(book: SimulatedBook) -> dict[str, Any]:
    what = book.instrument
    return {
        "symbol": symbol_of(book), "name": symbol_of(book), "baseCurrency": what.base, "quoteCurrency": what.quote,
        "feeCurrency": what.quote, "market": "USDS", "baseMinSize": step(what.quantity_decimals),
        "quoteMinSize": "0.1", "baseMaxSize": "10000000000", "quoteMaxSize": "99999999",
        "baseIncrement": step(what.quantity_decimals), "quoteIncrement": "0.000001",
        "priceIncrement": step(what.price_decimals), "priceLimitRate": "0.1", "minFunds": f"{what.min_notional:f}",
        "isMarginEnabled": False, "enableTrading": True, "feeCategory": 1, "makerFeeCoefficient": "1.00",
        "takerFeeCoefficient": f"{what.taker_fee * 1000:f}", "st": False,
        "callauctionIsEnabled": False, "tradingStartTime": None,
    }  # fmt: skip


def _symbols(books: Books) -> list[dict[str, Any]]:
    return [_listed(book) for book in books.all()]


def _tickers(books: Books) -> dict[str, Any]:
    return {"time": books.now_ms(), "ticker": [_ticker(book) for book in books.all()]}


def _ticker(book: SimulatedBook) -> dict[str, Any]:
    bids, asks = book.top(1)
    # Nothing where there is no quote.
    (bid, bid_size), (ask, ask_size) = (side[0] if side else (None, None) for side in (bids, asks))
    return {
        "symbol": symbol_of(book), "symbolName": symbol_of(book), "buy": bid, "bestBidSize": bid_size, "sell": ask,
        "bestAskSize": ask_size, "changeRate": "0", "changePrice": "0", "high": ask, "low": bid, "vol": "1000",
        "volValue": "1000000", "last": bid, "averagePrice": bid, "takerFeeRate": f"{book.instrument.taker_fee:f}",
        "makerFeeRate": "0.001", "takerCoefficient": "1", "makerCoefficient": "1",
    }  # fmt: skip


def _currencies(books: Books) -> list[dict[str, Any]]:
    on_chains = {asset.ticker: asset for asset in assets_of(books.all())}
    names = sorted({name for book in books.all() for name in (book.instrument.base, book.instrument.quote)})
    rows = []
    for name in names:
        row: dict[str, Any] = {"currency": name, "name": name, "fullName": name, "precision": 8, "confirms": None}
        row |= {"contractAddress": None, "isMarginEnabled": False, "isDebitEnabled": False, "chains": None}
        what = on_chains.get(name)
        if what is not None:
            chain_name, chain = _CHAINS.get(what.chain, (what.chain, what.chain.lower()))
            fee = f"{what.withdrawal_fee:f}"
            row["chains"] = [
                {
                    "chainName": chain_name, "chainId": chain, "withdrawalMinSize": fee, "depositMinSize": "0",
                    "withdrawFeeRate": "0", "withdrawalMinFee": fee, "isWithdrawEnabled": what.withdraw_open,
                    "isDepositEnabled": what.deposit_open, "confirms": 3, "preConfirms": 1,
                    "contractAddress": what.contract, "withdrawPrecision": 8, "needTag": False,
                }
            ]  # fmt: skip
        rows.append(row)
    return rows
