"""A batch that comes late, or again with more than before: its market sides go back to its moment.

A market side that a later batch has read already can't simply be merged into. From the late batch's moment on such
sides are taken out; the later batches' reads of them are then merged again, in order, by the same code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from p2p_pipeline.markets import Market, MarketSide, Side
from p2p_pipeline.warehouse.statements import rows, run


@dataclass(frozen=True, slots=True)
class Unloaded:
    """What was taken out and has to be merged again."""

    market_sides: frozenset[MarketSide]
    later_batches: tuple[int, ...]


def unload_later(
    connection: Connection[tuple[Any, ...]], venue: str, batch_id: int, moment: datetime, *, is_reload: bool
) -> Unloaded:
    """Take out what the staged market sides hold from a batch on; nothing where no later batch has read them.

    An advertiser who looked otherwise then than the later batches say takes all market sides of his offers with him:
    the history of how he looked has to be told again in order.
    """

    def do(name: str) -> int:
        return run(connection, "late.sql", name, batch_id=batch_id, moment=moment)

    do("make")
    do("staged_sides_read_since")
    if is_reload:
        do("sides_of_batch")
    do("extend_advertisers")
    do("make_contradicted")
    do("sides_of_contradicted")
    later = tuple(found for (found,) in rows(connection, "late.sql", "later_batches", batch_id=batch_id))
    named = rows(connection, "late.sql", "sides")
    sides = frozenset(MarketSide(Market(venue, asset, fiat), Side(side)) for asset, fiat, side in named)
    for name in _UNLOADING:
        do(name)
    return Unloaded(sides, later)


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
