"""The PostgreSQL that runs where none is configured: started by the first process that needs it, stopped by the last.

Who uses it is told by file locks, which the system frees when a process dies: nobody is counted who is gone.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
from psycopg import sql
from psycopg.pq import PGconn, Ping

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.postgres.address import WarehouseServer
from p2p_pipeline.postgres.connection import connect
from p2p_pipeline.postgres.embedded_files import (
    SOCKET_FILE,
    Account,
    binaries,
    last_words,
    prepare,
    prune_logs,
    socket_folder,
)
from p2p_pipeline.postgres.troubles import WarehouseError

_logger = logging.getLogger(__name__)

_START_SECONDS = 900
"""Recovery after a crash reads up to max_wal_size again."""
_STOP_SECONDS = 120
_PROGRESS_SECONDS = 5.0


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

    def use(self, database: str) -> WarehouseServer:
        """Start it where it does not run; it goes on at least until this process ends. Raises WarehouseError."""
        known = _uses.get(self.folder)
        if known is not None and known.process_id == os.getpid() and self._answers():
            return self._server(database)
        account = Account.choose(self.folder)
        with self._alone():
            self._register()
            try:
                if self._answers():
                    prune_logs(self.folder)
                else:
                    self._start(account)
                self._make_database(database)
            except BaseException:
                self._unregister()
                raise
        return self._server(database)

    def running(self, database: str) -> WarehouseServer | None:
        """Where it is, when it runs; nothing is started."""
        return self._server(database) if self._answers() else None

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
            self._stop()
        return True

    @property
    def _stays(self) -> Path:
        return self.folder / "keep_running"

    def _server(self, database: str) -> WarehouseServer:
        host = quote(str(self._socket().parent), safe="")
        return WarehouseServer(f"postgresql://postgres@/{database}?host={host}&port=5432", is_embedded=True)

    def _socket(self) -> Path:
        return socket_folder(self.folder, Account.choose(self.folder)) / SOCKET_FILE

    def _answers(self) -> bool:
        if not self.is_made:
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self._socket()))
            except PermissionError:
                raise WarehouseError(f"{self.folder} belongs to another user; run p2p as that user") from None
            except OSError:
                return False
        # A killed server's socket may still take connections while its children die.
        return PGconn.ping(self._server("postgres").url.encode()) in {Ping.OK, Ping.REJECT}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else starts or stops this server meanwhile."""
        descriptor = self._open("postgres.lock")
        try:
            waited = 0.0
            while not _lock(descriptor, fcntl.LOCK_EX):
                if waited and waited % _PROGRESS_SECONDS < 0.1:
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
            raise WarehouseError(f"{self._state / name} can't be written: {error.strerror}") from error

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
            if not self.is_asked_to_stay and not self._is_used():
                self._stop()

    def _start(self, account: Account) -> None:
        prepare(self.folder, account)
        if self._wait_for_another(account):
            return
        log = self.folder / "startup.log"
        for _ in range(10):
            log.unlink(missing_ok=True)
            process = account.run(
                "pg_ctl", "start", "--wait", "--silent", f"--timeout={_START_SECONDS}", f"--log={log}",
                f"--pgdata={self.folder}", f"--options=-k '{self._socket().parent}'",
            )  # fmt: skip
            if self._wait(process) == 0:
                return
            # After a kill -9 its children need a moment to notice.
            if "shared memory block" not in last_words(self.folder):
                break
            time.sleep(0.5)
        told = last_words(self.folder)
        if "No space left on device" in told:
            raise WarehouseError(f"the disk of {self.folder} is full, so PostgreSQL can't start: {told}; make room")
        raise WarehouseError(
            f"the embedded PostgreSQL in {self.folder} did not start: {told}; its logs are {log} and "
            f"{self.folder / 'logs'}; where its files are lost, move the folder away and run `p2p warehouse rebuild`"
        )

    def _wait(self, process: subprocess.Popen[str]) -> int:
        begun = time.monotonic()
        while True:
            try:
                return process.wait(_PROGRESS_SECONDS)
            except subprocess.TimeoutExpired:
                _logger.info(
                    "PostgreSQL in %s is starting for %.0f s (after a crash it reads its log again)",
                    self.folder, time.monotonic() - begun,
                )  # fmt: skip

    def _wait_for_another(self, account: Account) -> bool:
        """Wait for a server that somebody else is starting or stopping; False where this one has to be started."""
        deadline = time.monotonic() + _START_SECONDS
        while (process_id := self._postmaster()) is not None and time.monotonic() < deadline:
            if self._answers():
                return True
            _logger.info("PostgreSQL in %s (process %d) is starting or stopping: waiting", self.folder, process_id)
            time.sleep(0.2)
        forget_foreign_process(self.folder / "postmaster.pid")
        (socket_folder(self.folder, account) / f"{SOCKET_FILE}.lock").unlink(missing_ok=True)
        return False

    def _postmaster(self) -> int | None:
        """The process that serves this folder, or None."""
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            process_id = int((self.folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            arguments = psutil.Process(process_id).cmdline()
            if any(str(self.folder) in argument for argument in arguments) and "postgres" in arguments[0]:
                return process_id
        return None

    def _stop(self) -> None:
        process_id = self._postmaster()
        if process_id is None:
            return
        try:
            server = psutil.Process(process_id)
            # What pg_ctl's fast stop sends, without its way through folders that may have been closed to its user.
            server.send_signal(signal.SIGINT)
            server.wait(_STOP_SECONDS)
            if (place := self._socket().parent) != self.folder:
                place.rmdir()
        except psutil.TimeoutExpired:
            _logger.warning("PostgreSQL in %s is still stopping", self.folder)
        except psutil.AccessDenied:
            _logger.warning("PostgreSQL in %s belongs to another user, who must stop it", self.folder)
        except (psutil.NoSuchProcess, OSError):
            pass

    def _make_database(self, database: str) -> None:
        with connect(self._server("postgres"), autocommit=True, patience_seconds=_START_SECONDS) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def program(name: str) -> Path:
    """One of the embedded PostgreSQL's programs, such as pg_dump."""
    return binaries() / name


def forget_foreign_process(file: Path) -> None:
    """Where a killed server's number belongs to another process by now, write that of none: PostgreSQL would give up.

    The file stays: by its other lines PostgreSQL finds children of the killed server that still write.
    """
    with suppress(OSError, ValueError):
        first, separator, rest = file.read_text(encoding="utf-8").partition("\n")
        if psutil.pid_exists(int(first)):
            nobody = subprocess.Popen(["true"])  # noqa: S607 - only for the number of a process that has ended
            nobody.wait()
            file.write_text(f"{nobody.pid}{separator}{rest}", encoding="utf-8")


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
