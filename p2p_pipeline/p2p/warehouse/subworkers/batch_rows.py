"""The rows of one batch, from the warehouse, in bounded memory and without a lock that anybody would wait for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import resources
from typing import Any

from psycopg import Connection

from p2p_pipeline.p2p.warehouse.subworkers.interface import Change, OfferRow, Receives

_AT_A_TIME = 2000

_Side = tuple[Any, ...]
"""Fiat, asset and trade type as the warehouse numbers them, when it was read, and the names."""


@contextmanager
def batch_rows(
    connection: Connection[tuple[object, ...]], batch_id: int, started_at: datetime, receives: Receives
) -> Iterator[Iterator[OfferRow]]:
    """Go through a batch's offers, or its changes; `connection` has to be in autocommit mode.

    PostgreSQL puts the whole answer aside at once and hands it out bit by bit: a slow subworker holds no lock on the
    facts, which the loader or the dropping of old days would wait for behind it.
    """
    values: dict[str, object] = {"batch_id": batch_id, "started_at": started_at}
    sides: list[_Side] = []
    if receives is Receives.CHANGES:
        sides = connection.execute(_query("sides"), values).fetchall()
    # A batch is most of what the tables hold. Before they are analyzed for the first time PostgreSQL takes it for a row
    # or two, and going through the tables once for each row took minutes.
    connection.execute("SET enable_nestloop = off")
    with connection.cursor(name="batch_rows", withhold=True) as cursor:
        cursor.itersize = _AT_A_TIME
        cursor.execute(_query(f"{receives}_rows"), values)
        yield _changes(cursor, sides) if receives is Receives.CHANGES else map(OfferRow._make, cursor)


def _changes(found: Iterable[tuple[Any, ...]], sides: Iterable[_Side]) -> Iterator[OfferRow]:
    known = {side[:3]: side[3:] for side in sides}
    for columns in found:
        row = OfferRow._make(columns)
        # The query leaves the numbers where the names belong.
        extracted_at, symbol, currency = known[row.currency_code, row.symbol, row.trade_type]
        yield row._replace(
            change=Change(str(row.change)), extraction_timestamp=extracted_at, symbol=symbol, currency_code=currency
        )


def _query(name: str) -> bytes:
    return (resources.files(__package__) / f"{name}.sql").read_bytes()
