"""A feed of the first levels of a book: what it must say when the book has changed."""

from __future__ import annotations

from collections.abc import Iterable

from p2p_pipeline.exchanges.simulator.book import SimulatedBook

Level = tuple[str, str]


class FirstLevels:
    """What a subscriber was told last: the first levels of both sides."""

    def __init__(self, book: SimulatedBook, depth: int | None) -> None:
        self.depth = depth
        bids, asks = book.top(depth)
        self.bids, self.asks = dict(bids), dict(asks)

    def changed(self, book: SimulatedBook, *, tells_leaving: bool) -> tuple[list[Level], list[Level]]:
        """New quantities of bids and asks, 0 for what is gone.

        A level that others pushed out is told as gone only where the exchange does: Kraken leaves it to the client.
        """
        bids, asks = (dict(side) for side in book.top(self.depth))
        found = (
            _changes(self.bids, bids, () if tells_leaving else book.bids),
            _changes(self.asks, asks, () if tells_leaving else book.asks),
        )
        self.bids, self.asks = bids, asks
        return found


def _changes(before: dict[str, str], now: dict[str, str], still_there: Iterable[str]) -> list[Level]:
    gone = [(price, "0") for price in before if price not in now and price not in still_there]
    return gone + [(price, quantity) for price, quantity in now.items() if before.get(price) != quantity]
