"""Which books may be believed now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from p2p_pipeline.exchanges.books.view import Flags, MarketView
from p2p_pipeline.exchanges.scan.rules import ScanRules

_NS_A_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class States:
    """Of each book, [exchange, symbol]."""

    is_live: Flags
    is_stale: Flags
    """Too old by our clock, or by the exchange's own time of it."""
    is_crossed: Flags
    """Its best bid is not below its best ask."""

    @staticmethod
    def of(view: MarketView, rules: ScanRules) -> States:
        """As the view's arrays tell it."""
        with np.errstate(invalid="ignore"):
            received_ms = (view.now_ns - view.received_ns) / _NS_A_MS
            is_stale = (received_ms > rules.max_age_ms) | (view.exchange_age_ms > rules.max_age_ms)
            bids, asks = view.bid_prices[:, :, 0], view.ask_prices[:, :, 0]
            is_crossed = bids > asks
            for exchange, row in np.argwhere((bids == asks) & view.is_live):
                # Equal as floats: their last digits decide.
                book = view.exact(int(exchange), int(row))
                is_crossed[exchange, row] = book.bids[0][0] >= book.asks[0][0]
        return States(view.is_live, is_stale, is_crossed)

    def may_cycle(self, rules: ScanRules) -> Flags:
        """Whether cycles may pass."""
        believed = self.is_live & ~self.is_stale
        return believed if rules.cycles_as_walked else believed & ~self.is_crossed
