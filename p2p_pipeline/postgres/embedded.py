"""The PostgreSQL that runs where none is configured: started by the first process that needs it, stopped by the last.

Who uses it is told by file locks, which the system frees when a process dies: nobody is counted who is gone.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.postgres.address import WarehouseServer
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.embedded_files import Account, binaries, prune_logs
from p2p_pipeline.postgres.embedded_process import PROGRESS_SECONDS, START_SECONDS, ServerProcess
from p2p_pipeline.postgres.troubles import WarehouseError

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Use:
    """That a process uses a server."""

    process_id: int
    descriptor: int
    """Holds a shared lock on the file of users."""


_uses: dict[Path, _Use] = {}


class EmbeddedPostgres:
    """The server of one data folder."""

    def __init__(self, paths: DataPaths) -> None:
        self.folder = paths.postgres.resolve()
        self._state = paths.state
        self._process = ServerProcess(self.folder)

    def use(self, database: str) -> WarehouseServer:
        """Start it where it does not run; it goes on at least until this process ends. Raises WarehouseError."""
        known = _uses.get(self.folder)
        if known is not None and known.process_id == os.getpid() and self._process.answers():
            return self._process.server(database)
        account = Account.choose(self.folder)
        with self._alone():
            self._register()
            try:
                if self._process.answers():
                    prune_logs(self.folder)
                else:
                    self._process.start(account)
                self._make_database(database)
            except BaseException:
                self._unregister()
                # Stopped by Ctrl-C while it started: its end would be nobody's business.
                self._stop_when_unused()
                raise
        return self._process.server(database)

    def running(self, database: str) -> WarehouseServer | None:
        """Where it is, when it runs; nothing is started."""
        return self._process.server(database) if self._process.answers() else None

    @property
    def is_made(self) -> bool:
        """Whether it was ever started in this data folder."""
        return (self.folder / "PG_VERSION").exists()

    @property
    def is_asked_to_stay(self) -> bool:
        """Whether it goes on when its last process ends."""
        return self._stays.exists()

    def keep_running(self) -> None:
        """Go on when the last process ends, until `stop`; not over a restart of the machine."""
        self._stays.touch()

    def stop(self, *, even_if_used: bool = False) -> bool:
        """Stop it, also where it was asked to stay; False where another process uses it, which then stops it."""
        if not self.is_made:
            return True
        with self._alone():
            self._stays.unlink(missing_ok=True)
            self._unregister()
            if self._is_used() and not even_if_used:
                return False
            self._process.stop()
        return True

    def leave(self, patience_seconds: float) -> bool:
        """Use it no longer, and stop it once nobody does; False where others still do when the patience is over.

        For who has ended processes that used it: one that was killed could not stop it as the last, and goes on for a
        moment after that. Where it was asked to stay, it does.
        """
        deadline = time.monotonic() + patience_seconds
        while self.is_made and not self.is_asked_to_stay:
            with self._alone():
                self._unregister()
                if not self._is_used():
                    self._process.stop()
                    return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    @property
    def _stays(self) -> Path:
        return self.folder / "keep_running"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else starts or stops this server meanwhile."""
        descriptor = self._open("postgres.lock")
        try:
            waited = 0.0
            while not _lock(descriptor, fcntl.LOCK_EX):
                if waited and waited % PROGRESS_SECONDS < 0.1:
                    _logger.info("another process is starting or stopping PostgreSQL in %s: waiting", self.folder)
                time.sleep(0.1)
                waited += 0.1
            yield
        finally:
            os.close(descriptor)

    def _open(self, name: str) -> int:
        try:
            self._state.mkdir(parents=True, exist_ok=True)
            return os.open(self._state / name, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise WarehouseError(
                "{state} can't be written: {reason}", state=self._state / name, reason=error.strerror
            ) from error

    def _register(self) -> None:
        known = _uses.get(self.folder)
        if known is not None and known.process_id == os.getpid():
            return
        # After a fork the parent's descriptor is of no use: both would share its lock.
        descriptor = self._open("postgres.users")
        _lock(descriptor, fcntl.LOCK_SH)
        _uses[self.folder] = _Use(os.getpid(), descriptor)
        atexit.register(self._leave)

    def _unregister(self) -> None:
        known = _uses.get(self.folder)
        if known is not None and known.process_id == os.getpid():
            os.close(known.descriptor)
            del _uses[self.folder]

    def _is_used(self) -> bool:
        descriptor = self._open("postgres.users")
        try:
            return not _lock(descriptor, fcntl.LOCK_EX)
        finally:
            os.close(descriptor)

    def _leave(self) -> None:
        """At the process's end: the last one turns out the light."""
        known = _uses.get(self.folder)
        if known is None or known.process_id != os.getpid() or not self.folder.exists():
            return
        with suppress(WarehouseError), self._alone():
            self._unregister()
            self._stop_when_unused()

    def _stop_when_unused(self) -> None:
        if not self.is_asked_to_stay and not self._is_used():
            self._process.stop()

    def _make_database(self, database: str) -> None:
        with connect(self._process.server("postgres"), autocommit=True, patience_seconds=START_SECONDS) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def program(name: str) -> Path:
    """One of the embedded PostgreSQL's programs, such as pg_dump."""
    return binaries() / name


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
