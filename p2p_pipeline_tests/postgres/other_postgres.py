"""A PostgreSQL of another version than the wheel's, started by the test: listening on loopback, with passwords."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from p2p_pipeline.postgres.embedded_files import Account

PASSWORD = "not a secret: 5%/@"
URL_PASSWORD = "not%20a%20secret%3A%205%25%2F%40"


@dataclass(frozen=True, slots=True)
class OtherPostgres:
    """A server that this test started."""

    binaries: Path
    folder: Path
    port: int

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}:{URL_PASSWORD}@127.0.0.1:{self.port}/{database}"


def run_as(account: Account, program: Path, *arguments: str) -> None:
    """Run a program as the user who runs PostgreSQL; its output is in the error when it fails."""
    done = subprocess.run(
        [str(program), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        user=account.uid if account.is_other else None,
        group=account.gid if account.is_other else None,
        extra_groups=[] if account.is_other else None,
        check=False,
    )
    assert done.returncode == 0, f"{program.name} {' '.join(arguments)}\n{done.stdout}"


def free_port() -> int:
    """A port that nobody has, below those that the system hands out: a client of another test took one of these."""
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@contextmanager
def owned_folder(account: Account) -> Iterator[Path]:
    """A folder that PostgreSQL's user reaches, which a folder below pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="p2p-postgres-", dir="/tmp"))
    os.chown(folder, account.uid, account.gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def new_postgres(binaries: Path, options: Sequence[str] = ()) -> Iterator[OtherPostgres]:
    """Make a server with a superuser `postgres`, start it, and stop it at the end."""
    account = Account.choose()
    with (
        owned_folder(account) as place,
        started(OtherPostgres(binaries, new_folder(binaries, place), free_port()), account, options) as server,
    ):
        yield server


def new_folder(binaries: Path, place: Path) -> Path:
    """Make a data folder with a superuser `postgres`; local connections need no password."""
    password = place / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    password.chmod(0o644)
    run_as(
        Account.choose(), binaries / "initdb", "-D", str(place / "data"), "-U", "postgres", "--encoding=UTF8",
        "--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}", "--no-sync",
    )  # fmt: skip
    return place / "data"


@contextmanager
def started(server: OtherPostgres, account: Account, options: Sequence[str] = ()) -> Iterator[OtherPostgres]:
    """Start a server whose data folder is there, and stop it at the end."""
    words = [
        f"-p {server.port}", "-c listen_addresses=127.0.0.1", f"-k {server.folder.parent}", "-c fsync=off",
        "-c shared_buffers=32MB", *options,
    ]  # fmt: skip
    control, log = server.binaries / "pg_ctl", Path(f"{server.folder}.log")
    try:
        run_as(account, control, "start", "-w", "-D", str(server.folder), "-l", str(log), "-o", " ".join(words))
    except AssertionError as error:
        error.add_note(log.read_text(encoding="utf-8", errors="replace")[-2_000:])
        raise
    try:
        yield server
    finally:
        run_as(account, control, "stop", "-w", "-m", "immediate", "-D", str(server.folder))


def wait_until_writable(url: str, seconds: float = 30.0) -> None:
    """Wait until recovery is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with psycopg.connect(url) as connection:
            if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,):
                return
        time.sleep(0.05)
    raise AssertionError(f"still recovering after {seconds} s")
