"""What went wrong with PostgreSQL, as one sentence that says what to do and never holds a password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.postgres.address import ServerName, WarehouseServer

_MIGRATE = "run `p2p warehouse migrate`"


class WarehouseError(ClearError):
    """The warehouse can't do what was asked; the message says what to do. It never holds a password."""


@contextmanager
def explaining(server: WarehouseServer) -> Iterator[None]:
    """Turn what psycopg raises inside into a WarehouseError with a sentence for people; psycopg's is its cause."""
    try:
        yield
    except psycopg.Error as error:
        raise explained(error, server) from error


def explained(error: BaseException | None, server: WarehouseServer) -> WarehouseError:
    """The sentence for an error of PostgreSQL, or of the way to it."""
    if isinstance(error, psycopg.Error) and error.sqlstate is not None:
        return WarehouseError(_of_state(error, server.name))
    # Neither a connection that failed nor one that broke has an SQLSTATE: only its words tell.
    return WarehouseError(_of_words(str(error), server))


def said(error: BaseException) -> str:
    """PostgreSQL's own words, on one line, without the detail, which may quote hostile text."""
    primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    words = primary or next((line for line in str(error).splitlines() if line.strip()), "") or type(error).__name__
    return "".join(letter if letter.isprintable() else " " for letter in words).strip().rstrip(".")[:500]


def _of_state(error: psycopg.Error, name: ServerName) -> str:
    for kinds, sentence in _SENTENCES:
        if isinstance(error, kinds):
            return sentence(error, name)
    return f"{name} could not do it: {said(error)} (SQLSTATE {error.sqlstate})"


def _disk_full(error: psycopg.Error, name: ServerName) -> str:
    if "shared memory" in said(error):
        return (
            f"{name} has too little shared memory: {said(error)}; give it more (a container's --shm-size), "
            "or set max_parallel_workers_per_gather to 0 on it"
        )
    return f"the disk of {name} is full: {said(error)}; make room there, nothing half-done is kept"


def _denied(error: psycopg.Error, name: ServerName) -> str:
    if "schema" in said(error) or "database" in said(error):
        return (
            f"user {name.user!r} may not create tables in {name}: {said(error)}; let its owner run "
            f"GRANT CREATE ON SCHEMA public TO {name.user}, or use a database that {name.user} owns"
        )
    if "must be owner" in said(error):
        return (
            f"user {name.user!r} does not own the tables of {name}: {said(error)}; loading needs no more than "
            "p2p_loader, but dropping old days does: let the user run it who ran `p2p warehouse migrate`"
        )
    return (
        f"user {name.user!r} lacks a right in {name}: {said(error)}; let the owner run "
        f"GRANT p2p_loader TO {name.user} (to load) or GRANT p2p_reader TO {name.user} (to read)"
    )


def _taken(error: psycopg.Error, name: ServerName) -> str:
    return (
        f"{name} holds something of another program under a name that the warehouse needs: {said(error)}; "
        "give the warehouse a database of its own (CREATE DATABASE p2p)"
    )


def _unsupported(error: psycopg.Error, name: ServerName) -> str:
    if "extension" in said(error):
        return (
            f"{name} lacks an extension: {said(error)}; its package is postgresql-contrib, or leave it out: "
            "only verify's look into index files wants one (amcheck)"
        )
    return f"{name} can't do that: {said(error)}"


_Sentence = Callable[[psycopg.Error, ServerName], str]
_SENTENCES: tuple[tuple[tuple[type[psycopg.Error], ...], _Sentence], ...] = (
    ((errors.DiskFull,), _disk_full),
    (
        (errors.IoError,),
        lambda error, name: f"{name} can't read or write its files: {said(error)}; look at its disk before going on",
    ),
    (
        (errors.TooManyConnections,),
        lambda error, name: (
            f"{name} has no connection left: {said(error)}; end programs that hold some, or raise its max_connections"
        ),
    ),
    (
        (errors.ReadOnlySqlTransaction,),
        lambda error, name: (
            f"{name} is read-only, as a standby is: {said(error)}; name the primary in P2P_POSTGRES_URL"
        ),
    ),
    ((errors.InsufficientPrivilege,), _denied),
    ((errors.DuplicateTable, errors.DuplicateObject), _taken),
    (
        (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedObject),
        lambda error, name: f"the schema of {name} lacks something: {said(error)}; {_MIGRATE}",
    ),
    ((errors.FeatureNotSupported, errors.UndefinedFile), _unsupported),
    (
        (errors.DataCorrupted, errors.IndexCorrupted),
        lambda error, name: (
            f"{name} holds damaged data: {said(error)}; restore a backup (docs/backup.md), or make the warehouse "
            "again from the raw store with `p2p warehouse rebuild`"
        ),
    ),
    (
        (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure),
        lambda error, name: f"another program kept {name} busy: {said(error)}; try again, nothing half-done is kept",
    ),
    (
        (errors.QueryCanceled,),
        lambda error, name: f"{name} broke it off: {said(error)}; its statement_timeout may be too short",
    ),
    (
        (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.ConnectionException),
        lambda error, name: f"{name} went away: {said(error)}; the next run repeats what was not loaded",
    ),
    (
        (errors.InvalidPassword, errors.InvalidAuthorizationSpecification),
        lambda error, name: f"{name} refuses user {name.user!r}: {said(error)}; correct P2P_POSTGRES_URL",
    ),
)
"""First match counts."""

_WORDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("password authentication failed", "no password supplied"),
        "{name} refuses the password of user {name.user!r}; correct it in P2P_POSTGRES_URL",
    ),
    (
        ("Peer authentication failed", "Ident authentication failed", "no pg_hba.conf entry", "authentication failed"),
        "{name} does not let user {name.user!r} in: {said}; {remedy}, or its pg_hba.conf",
    ),
    (
        ("failed to resolve host", "could not translate host name", "Name or service not known"),
        "there is no host {name.host!r}; {remedy}, or look at the network",
    ),
    (
        ("too many clients", "too many connections", "connection slots"),
        "{name} has no connection left: {said}; end programs that hold some, or raise its max_connections",
    ),
    (
        ("Connection refused", "No such file or directory"),
        "nothing answers at {name}: {said}; start that PostgreSQL, or {remedy}",
    ),
    (
        ("Permission denied",),
        "this user may not connect to {name}: {said}; run as the user who owns the data folder",
    ),
    (
        ("starting up", "in recovery mode", "shutting down", "not yet accepting connections"),
        "{name} is not ready: {said}; try again in a minute",
    ),
    (
        ("timeout", "timed out", "No route to host", "Network is unreachable"),
        "{name} does not answer: {said}; look at the network, or {remedy}",
    ),
    (
        ("server closed the connection", "connection is lost", "connection already closed", "connection is closed"),
        "the connection to {name} broke; the next run repeats what was not loaded",
    ),
    (('role "',), "{name} knows no user {name.user!r}; create it there, or {remedy}"),
    (
        ("permission denied for database",),
        "user {name.user!r} may not connect to {name}; let its owner run GRANT CONNECT ON DATABASE, or {remedy}",
    ),
    (('database "',), "{name.server} has no database {name.database!r}; create it (CREATE DATABASE), or {remedy}"),
)


def _of_words(message: str, server: WarehouseServer) -> str:
    found = next((sentence for words, sentence in _WORDS if any(word in message for word in words)), None)
    last_line = next((line.strip() for line in reversed(message.splitlines()) if line.strip()), "no reason given")
    told = "".join(letter if letter.isprintable() else " " for letter in last_line).rstrip(".")
    told = told.removeprefix("connection failed: ")[:500]
    if found is None:
        return f"{server.name} can't be used: {told}"
    return found.format(name=server.name, said=told, remedy=server.remedy)
