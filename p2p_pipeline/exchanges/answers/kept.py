"""What PostgreSQL keeps of the exchanges, for people: earlier signals, and by which parameters they were judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psycopg

from p2p_pipeline.exchanges.warehouse.place import known_server
from p2p_pipeline.exchanges.warehouse.signals import SignalKept, newest_signals
from p2p_pipeline.exchanges.warehouse.strategy import StrategyChange, strategy_history
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.postgres.server import WarehouseError, connected

_Row = TypeVar("_Row")

MOST_CHANGES = 200
NO_DATABASE = Told(
    "there is no PostgreSQL here yet, which keeps earlier signals and changes of parameters; `p2p warehouse migrate` "
    "makes one, and `p2p stream` writes into it"
)


@dataclass(frozen=True, slots=True)
class Kept(Generic[_Row]):
    """Rows, the newest first, or why there are none."""

    rows: tuple[_Row, ...] = ()
    missing: str = ""


def strategy_kept(paths: DataPaths) -> Kept[StrategyChange]:
    """The newest changes of parameters."""
    return _kept(paths, lambda connection: strategy_history(connection, MOST_CHANGES))


def signals_kept(paths: DataPaths, most: int, before: int | None = None) -> Kept[SignalKept]:
    """The lives of opportunities that began last."""
    return _kept(paths, lambda connection: newest_signals(connection, most, before))


def _kept(paths: DataPaths, asked: Callable[[psycopg.Connection[Any]], list[_Row]]) -> Kept[_Row]:
    """Look into the database, where there is one."""
    try:
        server = known_server(paths)
        if server is None:
            return Kept(missing=NO_DATABASE)
        with connected(server, autocommit=True, patience_seconds=0) as connection:
            return Kept(tuple(asked(connection)))
    except WarehouseError as error:
        return Kept(missing=str(error))
