"""Which currencies and ways to pay are still traded: `is_active` of the small dimensions."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from p2p_pipeline.p2p.warehouse.locks import WarehouseLock, hold
from p2p_pipeline.p2p.warehouse.statements import run


def mark_active(connection: Connection[tuple[Any, ...]]) -> int:
    """Bring `is_active` up to the newest batch, in one transaction; gives how many rows changed."""
    with connection.transaction():
        # A load writes the same rows.
        hold(connection, WarehouseLock.LOAD)
        # In this order: a method counts where its currency and asset do.
        names = ("fiats", "cryptocurrencies", "payment_methods")
        return sum(run(connection, "activity.sql", name) for name in names)
