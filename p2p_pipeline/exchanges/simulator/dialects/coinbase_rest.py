"""Coinbase's public requests: products and books of Advanced Trade, currencies of the Exchange, lists of the app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2p_pipeline.exchanges.simulator.book import SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books
from p2p_pipeline.exchanges.simulator.dialects.spelled import answered, iso, step
from p2p_pipeline.exchanges.simulator.listing import assets_of

_MARKET = "/api/v3/brokerage/market/"
_FIAT = ("USD", "EUR", "GBP")
_CHAINS = {"BTC": "bitcoin", "ETH": "ethereum", "SOL": "solana", "TRX": "tron", "BSC": "bsc"}


def product_of(book: SimulatedBook) -> str:
    """BTC-USD."""
    return f"{book.instrument.base}-{book.instrument.quote}"


def products_of(book: SimulatedBook, books: Books) -> list[str]:
    """All names of a book: one in USD has one in USDC too, unless that is a book here."""
    name, twin = product_of(book), f"{book.instrument.base}-USDC"
    has_twin = book.instrument.quote == "USD" and book.instrument.base != "USDC"
    return [name, twin] if has_twin and twin not in map(product_of, books.all()) else [name]


def answer(path: str, query: Mapping[str, str], books: Books) -> Answer | None:
    """The answer to a request; None for a path that is not there."""
    now = books.now_ms()
    plain: dict[str, Any] = {
        "/api/v3/brokerage/time": {"iso": iso(now), "epochSeconds": str(now // 1000), "epochMillis": str(now)},
        "/v2/time": {"data": {"iso": iso(now), "epoch": now // 1000}},
        "/v2/exchange-rates": {"data": {"currency": "USD", "rates": {"USD": "1.0"}}},
    }
    if path in plain:
        return answered(plain[path])
    if path.startswith(_MARKET):
        return _market(path.removeprefix(_MARKET), query, books)
    if path.startswith("/api/v3/brokerage/"):
        return answered({"error": "unauthorized", "message": "Unauthorized"}, 401)
    lists = {"/currencies": _currencies, "/v2/currencies": _fiat, "/v2/currencies/crypto": _crypto}
    return answered(lists[path](books)) if path in lists else None


def _market(what: str, query: Mapping[str, str], books: Books) -> Answer | None:
    rows = {name: _product(name, book, books) for book in books.all() for name in products_of(book, books)}
    if what == "products":
        wanted = [] if query.get("product_type", "SPOT") != "SPOT" else list(rows.values())
        return answered({"products": wanted, "num_products": len(wanted), "pagination": None})
    if what == "product_book":
        return _book(query, books)
    name = what.removeprefix("products/")
    if name == what:
        return None
    return answered(rows[name]) if name in rows else _not_found()


def _book(query: Mapping[str, str], books: Books) -> Answer:
    name, limit = query.get("product_id"), query.get("limit", "")
    book = next((book for book in books.all() if name in products_of(book, books)), None)
    if book is None:
        return _not_found()
    sides = book.top(int(limit) if limit.isdecimal() else None)
    bids, asks = ([{"price": price, "size": size} for price, size in side] for side in sides)
    found = {"product_id": product_of(book), "bids": bids, "asks": asks, "time": iso(books.now_ms())}
    return answered({"pricebook": found, "last": "", "mid_market": "", "spread_bps": "", "spread_absolute": ""})


def _not_found() -> Answer:
    return answered({"error": "NOT_FOUND", "error_details": "valid product_id is required", "message": ""}, 404)


def _product(name: str, book: SimulatedBook, books: Books) -> dict[str, Any]:
    what, names = book.instrument, products_of(book, books)
    bids, _ = book.top(1)
    is_twin = name != names[0]
    return {
        "product_id": name, "price": bids[0][0] if bids else "", "price_percentage_change_24h": "0",
        "volume_24h": "1000", "volume_percentage_change_24h": "0", "base_increment": step(what.quantity_decimals),
        "quote_increment": "0.01", "quote_min_size": f"{what.min_notional:f}", "quote_max_size": "150000000",
        "base_min_size": step(what.quantity_decimals), "base_max_size": "100000", "base_name": what.base,
        "quote_name": "USDC" if is_twin else what.quote, "watched": False, "is_disabled": False, "new": False,
        "status": "online", "cancel_only": False, "limit_only": False, "post_only": False,
        "trading_disabled": False, "auction_mode": False, "product_type": "SPOT",
        "quote_currency_id": "USDC" if is_twin else what.quote, "base_currency_id": what.base,
        "fcm_trading_session_details": None, "mid_market_price": "", "alias": names[0] if is_twin else "",
        "alias_to": [] if is_twin else names[1:], "base_display_symbol": what.base,
        "quote_display_symbol": what.quote, "view_only": False, "price_increment": step(what.price_decimals),
        "display_name": name, "product_venue": "CBE", "best_bid_price": "", "best_ask_price": "",
    }  # fmt: skip


def _names(books: Books) -> list[str]:
    return sorted({name for book in books.all() for name in (book.instrument.base, book.instrument.quote)})


def _currencies(books: Books) -> list[dict[str, Any]]:
    """Of the Exchange: with networks and contracts; one state for both ways."""
    on_chains = {asset.ticker: asset for asset in assets_of(books.all())}
    rows = []
    for name in _names(books):
        row: dict[str, Any] = {"id": name, "name": name, "min_size": "0.00000001", "status": "online"}
        row |= {"details": {"type": "fiat" if name in _FIAT else "crypto"}, "supported_networks": []}
        what = on_chains.get(name)
        if what is not None:
            is_open = what.deposit_open and what.withdraw_open
            network = {"id": _CHAINS.get(what.chain, what.chain.lower()), "name": what.chain}
            network |= {"status": "online" if is_open else "offline", "contract_address": what.contract}
            row["supported_networks"] = [network]
            row["default_network"] = network["id"]
        rows.append(row)
    return rows


def _fiat(books: Books) -> dict[str, Any]:
    names = [name for name in _names(books) if name in _FIAT]
    return {"data": [{"id": name, "name": name, "min_size": "0.01"} for name in names]}


def _crypto(books: Books) -> dict[str, Any]:
    names = [name for name in _names(books) if name not in _FIAT]
    return {"data": [{"asset_id": name, "code": name, "name": name, "type": "crypto", "exponent": 8} for name in names]}
