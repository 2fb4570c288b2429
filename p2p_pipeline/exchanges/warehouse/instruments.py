"""`instruments_dict`: which instrument is which asset, with its history."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from p2p_pipeline.exchanges.identity.comparing import Identity
from p2p_pipeline.exchanges.identity.dictionary import DictionaryRow, history_changes
from p2p_pipeline.exchanges.identity.table import IdentityTable
from p2p_pipeline.exchanges.warehouse.migrate import PACKAGE
from p2p_pipeline.postgres.statements import named_statements

FILE = "instruments.sql"
_FIELDS = tuple(field.name for field in fields(DictionaryRow))


def keep_instruments(connection: Connection[Any], table: IdentityTable, at: datetime) -> int:
    """Write what a table changes in the history; how many rows began. The caller commits.

    Only of exchanges that the table has: one that did not answer has not delisted anything.
    """
    said = named_statements(PACKAGE, FILE)
    connection.execute(said["lock"].encode())
    exchanges = sorted({exchange for exchange, _ in table.instruments})
    valid = [_row(found) for found in connection.execute(said["valid"].encode(), {"exchanges": exchanges}).fetchall()]
    ended, begun = history_changes({(row.exchange, row.symbol): row for row in valid}, table, at)
    with connection.cursor() as cursor:
        ends = [{"exchange": row.exchange, "symbol": row.symbol, "valid_to": row.valid_to} for row in ended]
        cursor.executemany(said["end"].encode(), ends)
        cursor.executemany(said["begin"].encode(), [_parameters(row) for row in begun])
    return len(begun)


def _row(found: tuple[Any, ...]) -> DictionaryRow:
    told = dict(zip(_FIELDS, found, strict=True))
    told["identity"] = Identity(told["identity"])
    told["contracts"] = tuple((chain, contract) for chain, contract in told["contracts"])
    told |= {name: tuple(told[name]) for name in ("confirmed_with", "changed")}
    return DictionaryRow(**told)


def _parameters(row: DictionaryRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in _FIELDS}
    contracts = Jsonb([list(one) for one in row.contracts])
    lists = {name: list(told[name]) for name in ("confirmed_with", "changed")}
    return told | lists | {"identity": str(row.identity), "contracts": contracts}
