"""What PostgreSQL keeps of the exchanges, for people: by which parameters signals were judged since when."""

from __future__ import annotations

from dataclasses import dataclass

from p2p_pipeline.exchanges.warehouse.place import known_server
from p2p_pipeline.exchanges.warehouse.strategy import StrategyChange, strategy_history
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.postgres.server import WarehouseError, connected

MOST_CHANGES = 200
NO_DATABASE = Told(
    "there is no PostgreSQL here yet, so no history of parameters; `p2p warehouse migrate` makes one, and `p2p stream` "
    "writes into it"
)


@dataclass(frozen=True, slots=True)
class StrategyKept:
    """The newest changes of parameters first, or why there are none."""

    changes: tuple[StrategyChange, ...] = ()
    missing: str = ""


def strategy_kept(paths: DataPaths) -> StrategyKept:
    """Look into the database, where there is one."""
    try:
        server = known_server(paths)
        if server is None:
            return StrategyKept(missing=NO_DATABASE)
        with connected(server, autocommit=True, patience_seconds=0) as connection:
            return StrategyKept(tuple(strategy_history(connection, MOST_CHANGES)))
    except WarehouseError as error:
        return StrategyKept(missing=str(error))
