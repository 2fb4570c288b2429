"""Accepted signals, parameters and instruments go to PostgreSQL in a thread: one that is away costs its copy alone.

What it missed is loaded when it is back, as far as there was room for it. Where there is no database at all only the
last minutes are kept, for one that is being made.
"""

from __future__ import annotations

import getpass
import logging
import platform
import queue
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psycopg

from p2p_pipeline.exchanges.board import Board
from p2p_pipeline.exchanges.identity.table import IdentityTable
from p2p_pipeline.exchanges.warehouse.instruments import keep_instruments
from p2p_pipeline.exchanges.warehouse.migrate import ready_schema
from p2p_pipeline.exchanges.warehouse.signals import Waiting, load_signals
from p2p_pipeline.exchanges.warehouse.strategy import keep_strategy
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.postgres.server import WarehouseServer, connect

logger = logging.getLogger(__name__)

MOST_BOARDS = 64
"""Boards that wait for the thread: five minutes of a database that answers nothing and refuses nothing."""
NOWHERE_BYTES = 1 << 20
"""Of rows that are kept where there is no database at all."""
AGAIN_SECONDS = 30.0
SETTLED_SECONDS = 60.0
"""Exchanges tell their lists one after the other when the service starts: a table of half of them is no history."""
END_SECONDS = 5.0


class WarehouseCopy:
    """Used from the service's loop; nothing here waits but `close`."""

    def __init__(
        self,
        server: Callable[[], WarehouseServer | None],
        parameters: Mapping[str, Any],
        *,
        by: str | None = None,
        again_seconds: float = AGAIN_SECONDS,
        settled_seconds: float = SETTLED_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find_server = server
        self._parameters = parameters
        self._by = by or who_runs()
        self._began = datetime.now(UTC)
        self._again_seconds, self._settled_seconds, self._monotonic = again_seconds, settled_seconds, monotonic
        self._boards: queue.Queue[Board | None] = queue.Queue(MOST_BOARDS)
        self._waiting = Waiting()
        self._missed = 0
        self._table: tuple[IdentityTable, datetime, float] | None = None
        self._connection: psycopg.Connection[Any] | None = None
        self._has_strategy = False
        self._next_try = 0.0
        self._said = ""
        self._thread = threading.Thread(target=self._work, name="warehouse-copy", daemon=True)
        self._thread.start()

    def offer(self, board: Board) -> None:
        """Keep what a board says, soon."""
        try:
            self._boards.put_nowait(board)
        except queue.Full:
            self._missed += 1

    @property
    def let_go(self) -> int:
        """Boards and rows that found no room while the database was away."""
        return self._missed + self._waiting.let_go

    def learn(self, table: IdentityTable, at: datetime) -> None:
        """Keep which instruments there are, when the table has settled."""
        self._table = (table, at, self._monotonic() + self._settled_seconds)

    def close(self, seconds: float = END_SECONDS) -> None:
        """Load what waits, if the database answers in time, and end."""
        self._next_try = 0.0
        with suppress(queue.Full):
            self._boards.put(None, timeout=seconds)
        self._thread.join(seconds)

    def _work(self) -> None:
        while True:
            board = self._boards.get()
            if board is not None:
                self._waiting.add(board)
            if self._monotonic() >= self._next_try:
                self._load()
            if board is None:
                self._disconnect()
                return

    def _load(self) -> None:
        try:
            connection = self._connected()
            if connection is None:
                return
            self._keep_strategy(connection)
            load_signals(connection, self._waiting)
            connection.commit()
            self._waiting.clear()
            self._keep_instruments(connection)
        except (psycopg.Error, ClearError, OSError) as error:
            self._disconnect()
            self._wait(f"PostgreSQL does not take what the scans found: {error}; it is kept and tried again")
        else:
            if self._said:
                logger.info("PostgreSQL has what the scans found again; %d rows found no room meanwhile", self.let_go)
            self._said = ""

    def _connected(self) -> psycopg.Connection[Any] | None:
        if self._connection is None:
            server = self._find_server()
            if server is None:
                why = "no PostgreSQL is named and none was made here: accepted signals are not kept in one"
                self._waiting.cut(NOWHERE_BYTES)
                self._wait(why, logging.INFO)
                return None
            ready_schema(server)
            self._connection = connect(server, program="p2p stream", patience_seconds=0)
        return self._connection

    def _keep_strategy(self, connection: psycopg.Connection[Any]) -> None:
        if not self._has_strategy:
            keep_strategy(connection, self._parameters, self._by, self._began)
            connection.commit()
            self._has_strategy = True

    def _keep_instruments(self, connection: psycopg.Connection[Any]) -> None:
        known = self._table
        if known is not None and self._monotonic() >= known[2]:
            keep_instruments(connection, known[0], known[1])
            connection.commit()
            if self._table is known:
                self._table = None

    def _wait(self, why: str, level: int = logging.WARNING) -> None:
        self._next_try = self._monotonic() + self._again_seconds
        if why != self._said:
            logger.log(level, "%s", why)
        self._said = why

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None


def who_runs() -> str:
    """The user and the machine, for a history of who changed what."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container's user may have no name.
        user = "unknown"
    return f"{user}@{platform.node()}"
