"""The plainest book there is, for tests of decoders: two dictionaries, sorted each time. Not the one we run."""

from __future__ import annotations

from p2p_pipeline.exchanges.events import Event, Kind, Level


class PlainBook:
    """What SNAPSHOT and DELTA events make of it."""

    def __init__(self) -> None:
        self.bids: dict[str, str] = {}
        self.asks: dict[str, str] = {}

    def take(self, event: Event, depth: int | None = None) -> None:
        """Apply an event, then cut to the depth."""
        if event.kind is Kind.SNAPSHOT:
            self.bids, self.asks = {}, {}
        for side, levels in ((self.bids, event.bids), (self.asks, event.asks)):
            for price, quantity in levels:
                if float(quantity):
                    side[price] = quantity
                else:
                    side.pop(price, None)
        for side, sort in ((self.bids, self.sorted_bids), (self.asks, self.sorted_asks)):
            for price, _ in sort()[depth:] if depth and len(side) > depth else ():
                del side[price]

    def sorted_bids(self) -> list[Level]:
        """Best first."""
        return sorted(self.bids.items(), key=lambda level: -float(level[0]))

    def sorted_asks(self) -> list[Level]:
        """Best first."""
        return sorted(self.asks.items(), key=lambda level: float(level[0]))
