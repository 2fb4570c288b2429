"""Lists that came become rows and pairs of the scan: the same live and in a replay. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from p2p_pipeline.exchanges.books.market_books import MarketBooks
from p2p_pipeline.exchanges.identity.asked import NEEDS_KEY, AskedLists
from p2p_pipeline.exchanges.identity.table import IdentityTable
from p2p_pipeline.exchanges.words import Instrument


def identities(asked: Mapping[str, AskedLists], day: date, symbols: Sequence[str]) -> IdentityTable:
    """Which instruments are one thing, with all pairs of some symbols worked out."""
    listed = {name: one.listed for name, one in asked.items()}
    currencies = {name: one.currencies for name, one in asked.items() if one.transfers != NEEDS_KEY}
    found = IdentityTable.of(listed, currencies, day)
    found.prepare(symbols)
    return found


def use_identities(
    books: MarketBooks, identity: IdentityTable, news: Collection[str]
) -> dict[tuple[int, int], Instrument]:
    """Write the books where they belong now; the instruments by their places. `news` are exchanges whose lists came."""
    rows = {one.exchange: row for row, one in enumerate(books.exchanges)}
    columns = {symbol: column for column, symbol in enumerate(books.symbols)}
    found = identity.rows(books.symbols)
    places = {(rows[name], columns[symbol]): one for (name, symbol), one in found.items()}
    books.use(places)
    for row, exchange in enumerate(books.exchanges):
        listed_here = (one for (place, _), one in places.items() if place == row)
        exchange.keep_only(name for one in listed_here for name in (one.symbol, *one.aliases))
        if exchange.exchange in news:
            # What was refused an hour ago may trade by now.
            exchange.refused.clear()
    return places
