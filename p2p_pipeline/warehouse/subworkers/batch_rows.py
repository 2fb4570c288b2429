"""The rows of one batch, from the warehouse, in bounded memory and without a lock that anybody would wait for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import resources

from psycopg import Connection

from p2p_pipeline.warehouse.subworkers.interface import Change, OfferRow, Receives

_AT_A_TIME = 2000


@contextmanager
def batch_rows(
    connection: Connection[tuple[object, ...]], batch_id: int, started_at: datetime, receives: Receives
) -> Iterator[Iterator[OfferRow]]:
    """Go through a batch's offers, or its changes; `connection` has to be in autocommit mode.

    PostgreSQL puts the whole answer aside at once and hands it out bit by bit: a slow subworker holds no lock on the
    facts, which the loader or the dropping of old days would wait for behind it.
    """
    query = (resources.files(__package__) / f"{receives}_rows.sql").read_text(encoding="utf-8")
    with connection.cursor(name="batch_rows", withhold=True) as cursor:
        cursor.itersize = _AT_A_TIME
        cursor.execute(query, {"batch_id": batch_id, "started_at": started_at})
        yield (_row(columns) for columns in cursor)


def _row(columns: tuple[object, ...]) -> OfferRow:
    change = columns[0]
    return OfferRow._make((None if change is None else Change(str(change)), *columns[1:]))
