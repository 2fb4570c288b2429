"""A batch that comes late, or again with more than before: its market sides go back to its moment.

A market side that a later batch has read already can't simply be merged into. From the late batch's moment on such
sides are taken out; the later batches' reads of them are then merged again, in order, by the same code.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection

from p2p_pipeline.p2p.markets import Market, MarketSide, Side
from p2p_pipeline.p2p.warehouse.statements import rows, run


def unload_later(
    connection: Connection[tuple[Any, ...]], venue: str, batch_id: int, moment: datetime, *, is_reload: bool
) -> dict[int, frozenset[MarketSide]]:
    """Take out what the staged market sides hold from a batch on; gives what later batches read of them, in order.

    An advertiser who looked otherwise then than the later batches say takes all market sides of his offers with him:
    the history of how he looked has to be told again in order.
    """

    def do(name: str) -> int:
        return run(connection, "late.sql", name, batch_id=batch_id, moment=moment, venue=venue)

    do("make")
    do("staged_sides_read_since")
    if is_reload:
        do("sides_of_batch")
    do("extend_advertisers")
    do("make_contradicted")
    do("sides_of_contradicted")
    # Only what was loaded: the raw store may have more of a later batch by now, which then is loaded as a whole.
    later: dict[int, set[MarketSide]] = {}
    for later_id, asset, fiat, side in rows(connection, "late.sql", "later_reads", batch_id=batch_id):
        later.setdefault(later_id, set()).add(MarketSide(Market(venue, asset, fiat), Side(side)))
    for name in _UNLOADING:
        do(name)
    return {later_id: frozenset(sides) for later_id, sides in later.items()}


_UNLOADING = (
    "subtract_counts",
    "make_offers",
    "unload_versions",
    "reopen_versions",
    "unload_statistics",
    "reopen_statistics",
    "forget_lines",
    "unload_gaps",
    "unload_depth",
    "unload_advertisers",
    "reopen_advertisers",
)
