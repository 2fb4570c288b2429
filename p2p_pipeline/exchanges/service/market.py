"""Which instruments of which exchanges stand side by side: made anew whenever an exchange's lists have come."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np

from p2p_pipeline.exchanges.books.exchange_books import ExchangeBooks
from p2p_pipeline.exchanges.books.market_books import MarketBooks
from p2p_pipeline.exchanges.books.view import Floats
from p2p_pipeline.exchanges.identity.table import IdentityTable
from p2p_pipeline.exchanges.replay.learning import identities, use_identities
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.service.listing import UNKNOWN, AskedLists
from p2p_pipeline.exchanges.words import Instrument, LeftOut

logger = logging.getLogger(__name__)


class Market:
    """The exchanges' books, and what is known of their instruments now."""

    def __init__(self, exchanges: Sequence[ExchangeBooks], symbols: Sequence[str], rules: ScanRules) -> None:
        self.symbols = tuple(symbols)
        self.names = tuple(books.exchange for books in exchanges)
        self.books = MarketBooks(exchanges, self.symbols, {})
        self.identity = IdentityTable({}, {})
        self.taker_fees: Floats = np.zeros((len(self.names), len(self.symbols)))
        self._titles = {books.exchange: books.wire.CAPABILITY.title for books in exchanges}
        self._rules = rules
        self._asked: dict[str, AskedLists] = {}
        self._traded: dict[str, frozenset[str]] = {}
        self._are_all_known = False
        self._told: set[tuple[str, LeftOut]] = set()

    def transfers(self, exchange: str) -> str:
        """Whether deposits and withdrawals of an exchange are known."""
        asked = self._asked.get(exchange)
        return asked.transfers if asked is not None else UNKNOWN

    def instrument(self, exchange: int, symbol: int) -> Instrument | None:
        """What an exchange trades under a symbol, by their numbers."""
        return self.books.instruments.get((exchange, symbol))

    def traded(self, exchange: int) -> dict[str, int]:
        """The symbols that an exchange trades, in its spelling, with their numbers."""
        return {one.symbol: symbol for (row, symbol), one in self.books.instruments.items() if row == exchange}

    async def learn(
        self, news: Mapping[str, AskedLists], now: datetime, used: Callable[[], None] = lambda: None
    ) -> None:
        """Take in lists that came, and tell what they change. `used` is called just before the books are written."""
        self._asked |= news
        # Forty thousand instruments take a while, and so do all pairs of them.
        self.identity = identity = await asyncio.to_thread(identities, self._asked, now.date(), self.symbols)
        used()
        places = use_identities(self.books, identity, news)
        self.taker_fees = np.zeros_like(self.taker_fees)
        for place, instrument in places.items():
            self.taker_fees[place] = float(self._rules.taker_fee(instrument))
        found = identity.rows(self.symbols)
        for name in news:
            self._tell(name, frozenset(symbol for exchange, symbol in found if exchange == name))
        if len(self._asked) == len(self.names) and not self._are_all_known:
            self._are_all_known = True
            self._tell_of_unknown({symbol for _, symbol in found})

    def _tell(self, exchange: str, traded: frozenset[str]) -> None:
        title, before = self._titles[exchange], self._traded.get(exchange)
        left_out = self._asked[exchange].listed.left_out
        if before is None:
            logger.info("%s trades %d of %d symbols", title, len(traded), len(self.symbols))
            reasons = {symbol: why for symbol in self.symbols if (why := _why(symbol, left_out))}
        else:
            reasons = {symbol: _why(symbol, left_out) or "it is not listed any more" for symbol in before - traded}
            for symbol in sorted(traded - before):
                logger.info("%s trades %s now", title, symbol)
        for symbol, why in sorted(reasons.items()):
            if symbol not in traded:
                logger.warning("%s does not trade %s: %s", title, symbol, why)
        self._traded[exchange] = traded
        for one in self.identity.told_of(exchange, self.symbols):
            if (exchange, one) not in self._told:
                self._told.add((exchange, one))
                logger.warning("%s, %s: %s", title, one.name, one.reason)

    def _tell_of_unknown(self, traded: set[str]) -> None:
        """Once, when all lists are known: a misspelled symbol is watched nowhere, and nothing else would say so."""
        names = ", ".join(self.names)
        for symbol in self.symbols:
            if symbol not in traded:
                logger.warning("%s is traded by none of %s; nothing can be told of it", symbol, names)


def _why(symbol: str, left_out: Sequence[LeftOut]) -> str:
    wanted = "".join(filter(str.isalnum, symbol)).upper()
    return next((one.reason for one in left_out if "".join(filter(str.isalnum, one.name)).upper() == wanted), "")
