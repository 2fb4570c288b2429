"""How near an edge best prices are, at each exchange, both taker fees taken off. Pure; floats may search."""

from __future__ import annotations

import numpy as np

from p2p_pipeline.exchanges.books.view import Floats


def near_edges(bids: Floats, asks: Floats, taker_fees: Floats) -> Floats:
    """The best edge in per cent of any trade that an exchange takes part in, buying or selling there.

    All are [exchange, symbol], fees as fractions; NaN or 0 is no quote. Who can be traded with nobody gets -inf.
    """
    if len(bids) < 2:
        return np.full(bids.shape, -np.inf)
    sells = np.where(bids > 0, bids * (1 - taker_fees), -np.inf)
    buys = np.where(asks > 0, asks * (1 + taker_fees), np.inf)
    best_other_sell, best_other_buy = _best_of_others(sells), -_best_of_others(-buys)
    with np.errstate(invalid="ignore", divide="ignore"):
        edges = 100 * (np.fmax(best_other_sell / buys, sells / best_other_buy) - 1)
    is_traded = (np.isfinite(buys) & np.isfinite(best_other_sell)) | (np.isfinite(sells) & np.isfinite(best_other_buy))
    return np.where(is_traded, edges, -np.inf)


def _best_of_others(values: Floats) -> Floats:
    """At each place the largest value of its column in another row."""
    second, first = np.sort(values, axis=0)[-2:]
    best = np.broadcast_to(first, values.shape).copy()
    where = np.argmax(values, axis=0)
    best[where, np.arange(values.shape[1])] = second
    return best
