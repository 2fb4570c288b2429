"""The server process of one data folder: started without a shell, found, asked whether it answers, stopped."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil
from psycopg.pq import PGconn, Ping

from p2p_pipeline.postgres.address import WarehouseServer
from p2p_pipeline.postgres.embedded_files import SOCKET_FILE, Account, last_words, prepare, server_logs, socket_folder
from p2p_pipeline.postgres.troubles import WarehouseError

_logger = logging.getLogger(__name__)

START_SECONDS = 900
"""Recovery after a crash reads up to max_wal_size again."""
PROGRESS_SECONDS = 5.0
_STOP_SECONDS = 120
_POLL_SECONDS = 0.02
_ORPHAN_SECONDS = 120
"""How long a killed server's children are waited for."""
_ORPHAN_POLL_SECONDS = 0.5


class ServerProcess:
    """The one server that may run in a folder. Whoever starts or stops it makes sure to be alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def server(self, database: str) -> WarehouseServer:
        """Where it is, when it runs."""
        host = quote(os.fsencode(self._socket().parent), safe="")
        return WarehouseServer(f"postgresql://postgres@/{database}?host={host}&port=5432", is_embedded=True)

    def answers(self) -> bool:
        """Whether it runs, though it may still be starting. Raises WarehouseError where it is another user's."""
        # A killed server's socket may still take connections while its children die.
        return self._ping() in {Ping.OK, Ping.REJECT}

    def start(self, account: Account) -> None:
        """Start it, in a folder that is made where it is missing. Raises WarehouseError with its own last words."""
        prepare(self._folder, account)
        if self._wait_for_another(account):
            return
        log = self._folder / "startup.log"
        given_up_at = time.monotonic() + _ORPHAN_SECONDS
        while not self._start_once(account, log):
            # After a kill -9 its children go on until they look for it: one in a long statement when that is over.
            if "shared memory block" not in last_words(self._folder) or time.monotonic() > given_up_at:
                break
            _logger.info("PostgreSQL in %s was killed and its children still end: waiting for them", self._folder)
            time.sleep(_ORPHAN_POLL_SECONDS)
        else:
            return
        told = last_words(self._folder)
        if "No space left on device" in told:
            raise WarehouseError(
                "the disk of {folder} is full, so PostgreSQL can't start: {told}; make room",
                folder=self._folder,
                told=told,
            )
        raise WarehouseError(
            "the embedded PostgreSQL in {folder} did not start: {told}; its logs are {log} and {server_logs}; "
            "where its files are lost, move the folder away and run `p2p warehouse rebuild`",
            folder=self._folder,
            told=told,
            log=log,
            server_logs=server_logs(self._folder),
        )

    def stop(self) -> None:
        """End it, as soon as what it does is over."""
        process_id = self._postmaster()
        if process_id is None:
            return
        try:
            server = psutil.Process(process_id)
            # What pg_ctl's fast stop sends, without its way through folders that may have been closed to its user.
            server.send_signal(signal.SIGINT)
            server.wait(_STOP_SECONDS)
            if (place := self._socket().parent) != self._folder:
                place.rmdir()
        except psutil.TimeoutExpired:
            _logger.warning("PostgreSQL in %s is still stopping", self._folder)
        except psutil.AccessDenied:
            _logger.warning("PostgreSQL in %s belongs to another user, who must stop it", self._folder)
        except (psutil.NoSuchProcess, OSError):
            pass

    def _socket(self) -> Path:
        return socket_folder(self._folder, Account.choose(self._folder)) / SOCKET_FILE

    def _ping(self) -> Ping:
        if not (self._folder / "PG_VERSION").exists():
            return Ping.NO_RESPONSE
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self._socket()))
            except PermissionError:
                raise WarehouseError(
                    "{folder} belongs to another user; run p2p as that user", folder=self._folder
                ) from None
            except OSError:
                return Ping.NO_RESPONSE
        # The C implementation gives a plain number.
        return Ping(PGconn.ping(self.server("postgres").url.encode()))

    def _start_once(self, account: Account, log: Path) -> bool:
        """Start it and wait until it is ready; False where it ended instead."""
        log.unlink(missing_ok=True)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.chown(descriptor, account.uid, account.gid)
            # Not by pg_ctl, which hands paths to a shell: what stood in a folder's name was run.
            process = account.run(
                "postgres", "-D", str(self._folder), "-k", _only_one_of_a_list(self._socket().parent),
                output=descriptor, is_apart=True,
            )  # fmt: skip
        finally:
            os.close(descriptor)
        # It is our child as long as we live: somebody has to take its end, or it would seem to stop for ever.
        threading.Thread(target=process.wait, name="postgres", daemon=True).start()
        try:
            _tell_while(lambda: self._ping() is not Ping.OK and process.poll() is None, self._folder)
        except BaseException:
            # Ctrl-C: nobody would know of it that it is to be stopped.
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
        return process.poll() is None

    def _wait_for_another(self, account: Account) -> bool:
        """Wait for a server that somebody else is starting or stopping; False where this one has to be started."""
        deadline = time.monotonic() + START_SECONDS
        while (process_id := self._postmaster()) is not None and time.monotonic() < deadline:
            if self.answers():
                return True
            _logger.info("PostgreSQL in %s (process %d) is starting or stopping: waiting", self._folder, process_id)
            time.sleep(0.2)
        forget_foreign_process(self._folder / "postmaster.pid")
        (socket_folder(self._folder, account) / f"{SOCKET_FILE}.lock").unlink(missing_ok=True)
        return False

    def _postmaster(self) -> int | None:
        """The process that serves this folder, or None."""
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            process_id = int((self._folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            arguments = psutil.Process(process_id).cmdline()
            if any(str(self._folder) in argument for argument in arguments) and "postgres" in arguments[0]:
                return process_id
        return None


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


def _only_one_of_a_list(folder: Path) -> str:
    """A folder as a list of folders in PostgreSQL's settings: quoted, whatever stands in its name."""
    doubled = str(folder).replace('"', '""')
    return f'"{doubled}"'


def _tell_while(is_starting: Callable[[], bool], folder: Path) -> None:
    begun = told_at = time.monotonic()
    while is_starting():
        now = time.monotonic()
        if now - told_at >= PROGRESS_SECONDS:
            told_at = now
            _logger.info(
                "PostgreSQL in %s is starting for %.0f s (after a crash it reads its log again)", folder, now - begun
            )
        time.sleep(_POLL_SECONDS)
