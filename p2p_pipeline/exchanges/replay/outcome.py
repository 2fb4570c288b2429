"""What a replay came to, by exchange and symbol: what was counted, the best prices, a digest of the book. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal

from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.books.symbol_books import SymbolBooks
from p2p_pipeline.exchanges.events import Levels


@dataclass(frozen=True, slots=True)
class SymbolOutcome:
    """One symbol of one exchange, as `p2p exchanges replay --json` prints it."""

    exchange: str
    symbol: str
    """Empty: what can't be read does not say of which symbol it is."""
    frames: int
    events: int
    unreadable: int
    gaps: int
    resyncs: int
    checksums_ok: int
    checksums_failed: int
    best_bid: str | None
    """Of the book at the end, when it may be believed; of best prices where no book was recorded."""
    best_ask: str | None
    digest: str
    """SHA-256 over all levels of the book at the end as spelled, or over none when it may not be believed: the same on
    any machine, however the frames came, and another one as soon as a level differs."""


def outcomes(
    exchanges: Iterable[ExchangeBooks], closed: Mapping[tuple[str, str], tuple[Levels, Levels]] | None = None
) -> list[SymbolOutcome]:
    """By exchange and symbol; of those that have no book any more the one that is `closed`."""
    known = closed or {}
    found = []
    for exchange in sorted(exchanges, key=lambda books: books.exchange):
        found += [
            _outcome(exchange.exchange, exchange.books[symbol], known.get((exchange.exchange, symbol), ((), ())))
            for symbol in sorted(exchange.books)
        ]
        nameless = exchange.counters.unreadable - sum(books.counters.unreadable for books in exchange.books.values())
        if nameless:
            digest = _digest([exchange.exchange, "", [], []])
            found.append(
                SymbolOutcome(exchange.exchange, "", nameless, nameless, nameless, 0, 0, 0, 0, None, None, digest)
            )
    return found


def _outcome(exchange: str, books: SymbolBooks, closed: tuple[Levels, Levels]) -> SymbolOutcome:
    counted = {name: count for name, count in asdict(books.counters).items() if name != "reconnects"}
    bids, asks = levels if any(levels := levels_of(books)) else closed
    digest = _digest([exchange, books.symbol, list(bids), list(asks)])
    return SymbolOutcome(
        exchange=exchange, symbol=books.symbol, **counted, best_bid=_best(bids), best_ask=_best(asks), digest=digest
    )


def levels_of(books: SymbolBooks) -> tuple[Levels, Levels]:
    """All that is believed of a symbol, best first; of best prices where there is no book."""
    book = books.book
    if book is not None:
        return book.top(max(len(book.bids.ranks), len(book.asks.ranks), 1))
    event = books.ticker.event
    if books.has_changes or books.has_views or event is None or not books.ticker.is_sure:
        return (), ()
    return event.bids, event.asks


def _best(levels: Levels) -> str | None:
    """The price as it was spelled, but never with an exponent."""
    return f"{Decimal(levels[0][0]):f}" if levels else None


def _digest(what: list[object]) -> str:
    return hashlib.sha256(json.dumps(what, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
