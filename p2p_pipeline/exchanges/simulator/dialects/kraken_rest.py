"""Kraken's public requests, in the names that only its REST uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2p_pipeline.exchanges.simulator.book import SimulatedBook
from p2p_pipeline.exchanges.simulator.dialects.dialect import Answer, Books
from p2p_pipeline.exchanges.simulator.dialects.spelled import answered, bare, step

_OLD_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
_LETTER = {"XBT": "X", "XDG": "X", "ETH": "X", "LTC": "X", "XRP": "X", "XLM": "X", "ETC": "X", "USD": "Z", "EUR": "Z"}
"""Assets of the first years have a letter before their name."""


def answer(path: str, query: Mapping[str, str], books: Books) -> Answer | None:
    """The answer to a request; None for a path that is not there."""
    if path.startswith("/0/private/"):
        return _error("EAPI:Invalid key")
    what = path.removeprefix("/0/public/")
    plain: dict[str, Any] = {
        "Time": {"unixtime": books.now_ms() // 1000, "rfc1123": "Tue, 11 Nov 25 00:17:04 +0000"},
        "SystemStatus": {"status": "online", "timestamp": "2026-08-16T23:37:04Z"},
    }
    if what in plain or what == "Assets":
        return _result(plain.get(what) or _assets(books))
    return _about_pairs(what, query, books) if what in ("AssetPairs", "Depth", "Ticker") else None


def _about_pairs(what: str, query: Mapping[str, str], books: Books) -> Answer:
    wanted = _wanted(query, books)
    if wanted is None or (what == "Depth" and len(wanted) != 1):
        return _error("EQuery:Unknown asset pair")
    if what == "AssetPairs":
        return _result({_id(book): _pair(book) for book in wanted})
    if what == "Ticker":
        return _result({_id(book): _ticker(book) for book in wanted})
    return _result({_id(wanted[0]): _depth(wanted[0], query, books)})


def _wanted(query: Mapping[str, str], books: Books) -> list[SimulatedBook] | None:
    """The pairs that are asked for, by any of their names; None when one is not known."""
    if "pair" not in query:
        return list(books.all())
    by_name = {name: book for book in books.all() for name in (_id(book), _altname(book), _wsname(book))}
    names = query["pair"].split(",")
    return [by_name[name] for name in names] if all(name in by_name for name in names) else None


def _old(name: str) -> str:
    return _OLD_NAMES.get(name, name)


def _asset(name: str) -> str:
    return _LETTER.get(_old(name), "") + _old(name)


def _wsname(book: SimulatedBook) -> str:
    return f"{_old(book.instrument.base)}/{_old(book.instrument.quote)}"


def _altname(book: SimulatedBook) -> str:
    return f"{_old(book.instrument.base)}{_old(book.instrument.quote)}"


def _id(book: SimulatedBook) -> str:
    """With the letters when both assets have one."""
    base, quote = _old(book.instrument.base), _old(book.instrument.quote)
    has_letters = base in _LETTER and quote in _LETTER
    return _LETTER[base] + base + _LETTER[quote] + quote if has_letters else base + quote


def _assets(books: Books) -> dict[str, Any]:
    found = {}
    for book in books.all():
        for name in (book.instrument.base, book.instrument.quote):
            found[_asset(name)] = {
                "aclass": "currency", "altname": _old(name), "decimals": 10, "display_decimals": 5, "status": "enabled",
            }  # fmt: skip
        if not (book.instrument.deposit_open and book.instrument.withdraw_open):
            state = "withdrawal_only" if book.instrument.withdraw_open else "deposit_only"
            closed = not (book.instrument.deposit_open or book.instrument.withdraw_open)
            found[_asset(book.instrument.base)]["status"] = "funding_temporarily_disabled" if closed else state
    return found


def _pair(book: SimulatedBook) -> dict[str, Any]:
    what = book.instrument
    fee = bare(f"{what.taker_fee * 100:f}".rstrip("0").rstrip(".") or "0")
    return {
        "altname": _altname(book), "wsname": _wsname(book), "aclass_base": "currency", "base": _asset(what.base),
        "aclass_quote": "currency", "quote": _asset(what.quote), "lot": "unit", "cost_decimals": 5,
        "pair_decimals": what.price_decimals, "lot_decimals": what.quantity_decimals, "lot_multiplier": 1,
        "leverage_buy": [], "leverage_sell": [], "fees": [[0, fee], [10000, fee]], "fees_maker": [[0, fee]],
        "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40,
        "ordermin": step(what.quantity_decimals), "costmin": f"{what.min_notional:f}",
        "tick_size": step(what.price_decimals), "status": "online",
    }  # fmt: skip


def _ticker(book: SimulatedBook) -> dict[str, Any]:
    bids, asks = book.top(1)
    (bid, bid_lots), (ask, ask_lots) = *(bids or [("0", "0")]), *(asks or [("0", "0")])
    return {
        "a": [ask, str(int(float(ask_lots))), ask_lots], "b": [bid, str(int(float(bid_lots))), bid_lots],
        "c": [bid, bid_lots], "v": ["1000.00000000", "1000.00000000"], "p": [bid, bid], "t": [35, 3276],
        "l": [bid, bid], "h": [ask, ask], "o": bid,
    }  # fmt: skip


def _depth(book: SimulatedBook, query: Mapping[str, str], books: Books) -> dict[str, Any]:
    count = query.get("count", "100")
    bids, asks = book.top(int(count) if count.isdecimal() else 100)
    at = books.now_ms() // 1000
    return {"asks": [[*level, at] for level in asks], "bids": [[*level, at] for level in bids]}


def _result(value: Any) -> Answer:
    return answered({"error": [], "result": value})


def _error(text: str) -> Answer:
    return answered({"error": [text]})
