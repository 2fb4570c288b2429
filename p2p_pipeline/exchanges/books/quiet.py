"""Subscriptions that were accepted and bring nothing, while their connection lives: they are made again. Pure.

Nobody can tell a feed that died from a market where nothing happens: so each is asked for again at most once in some
minutes, those of a connection together, and no connection is given up because its market is quiet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from p2p_pipeline.exchanges.books.connection import Connection
from p2p_pipeline.exchanges.books.patience import QUIET_NS
from p2p_pipeline.exchanges.books.symbol_books import SymbolBooks
from p2p_pipeline.exchanges.words import Subscription

_LOOKED_EVERY_NS = QUIET_NS // 2


def quiet_subscriptions(connection: Connection, books: Mapping[str, SymbolBooks], now_ns: int) -> list[Subscription]:
    """Those of a connection that are to be made again now."""
    looked = connection.looked_for_quiet_ns
    if looked is not None and now_ns - looked < _LOOKED_EVERY_NS:
        return []
    connection.looked_for_quiet_ns = now_ns
    found = []
    for key, patience in connection.patience.items():
        feed, symbol = key
        is_being_mended = (
            key in connection.unanswered or symbol in connection.scheduled or symbol in connection.in_flight
        )
        if is_being_mended or not patience.is_over(now_ns):
            continue
        heard = books[symbol].heard_of(feed).received_ns
        if heard is not None and now_ns - heard < QUIET_NS:
            patience.attempts = 0
        else:
            found.append(connection.subscriptions[key])
    return found


def were_asked_again(connection: Connection, subscriptions: Sequence[Subscription], now_ns: int) -> None:
    """These were made again."""
    for one in subscriptions:
        patience = connection.patience[one.feed, one.symbol]
        patience.asked_ns = now_ns
        patience.attempts += 1
