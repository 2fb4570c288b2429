"""What went wrong with PostgreSQL, as one sentence that says what to do and never holds a password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.postgres.address import ServerName, WarehouseServer


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


def _of_state(error: psycopg.Error, name: ServerName) -> Told:
    for kinds, sentence in _SENTENCES:
        if isinstance(error, kinds):
            return sentence(error, name)
    return Told(
        "{name} could not do it: {said} (SQLSTATE {sqlstate})", name=name, said=said(error), sqlstate=error.sqlstate
    )


def _disk_full(error: psycopg.Error, name: ServerName) -> Told:
    if "shared memory" in said(error):
        return Told(
            "{name} has too little shared memory: {said}; give it more (a container's --shm-size), or set "
            "max_parallel_workers_per_gather to 0 on it",
            name=name,
            said=said(error),
        )
    return Told(
        "the disk of {name} is full: {said}; make room there, nothing half-done is kept", name=name, said=said(error)
    )


def _denied(error: psycopg.Error, name: ServerName) -> Told:
    if "schema" in said(error) or "database" in said(error):
        return Told(
            "user {user!r} may not create tables in {name}: {said}; let its owner run GRANT CREATE ON SCHEMA "
            "public TO {user}, or use a database that {user} owns",
            user=name.user,
            name=name,
            said=said(error),
        )
    if "must be owner" in said(error):
        return Told(
            "user {user!r} does not own the tables of {name}: {said}; loading needs no more than p2p_loader, but "
            "dropping old days does: let the user run it who ran `p2p warehouse migrate`",
            user=name.user,
            name=name,
            said=said(error),
        )
    return Told(
        "user {user!r} lacks a right in {name}: {said}; let the owner run GRANT p2p_loader TO {user} (to "
        "load) or GRANT p2p_reader TO {user} (to read)",
        user=name.user,
        name=name,
        said=said(error),
    )


def _taken(error: psycopg.Error, name: ServerName) -> Told:
    return Told(
        "{name} holds something of another program under a name that the warehouse needs: {said}; give the "
        "warehouse a database of its own (CREATE DATABASE p2p)",
        name=name,
        said=said(error),
    )


def _unsupported(error: psycopg.Error, name: ServerName) -> Told:
    if "extension" in said(error):
        return Told(
            "{name} lacks an extension: {said}; its package is postgresql-contrib, or leave it out: only "
            "verify's look into index files wants one (amcheck)",
            name=name,
            said=said(error),
        )
    return Told("{name} can't do that: {said}", name=name, said=said(error))


_Sentence = Callable[[psycopg.Error, ServerName], Told]
_SENTENCES: tuple[tuple[tuple[type[psycopg.Error], ...], _Sentence], ...] = (
    ((errors.DiskFull,), _disk_full),
    (
        (errors.IoError,),
        lambda error, name: Told(
            "{name} can't read or write its files: {said}; look at its disk before going on",
            name=name,
            said=said(error),
        ),
    ),
    (
        (errors.TooManyConnections,),
        lambda error, name: Told(
            "{name} has no connection left: {said}; end programs that hold some, or raise its max_connections",
            name=name,
            said=said(error),
        ),
    ),
    (
        (errors.ReadOnlySqlTransaction,),
        lambda error, name: Told(
            "{name} is read-only, as a standby is: {said}; name the primary in P2P_POSTGRES_URL",
            name=name,
            said=said(error),
        ),
    ),
    ((errors.InsufficientPrivilege,), _denied),
    ((errors.DuplicateTable, errors.DuplicateObject), _taken),
    (
        (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedObject),
        lambda error, name: Told(
            "the schema of {name} lacks something: {said}; run `p2p warehouse migrate`", name=name, said=said(error)
        ),
    ),
    ((errors.FeatureNotSupported, errors.UndefinedFile), _unsupported),
    (
        (errors.DataCorrupted, errors.IndexCorrupted),
        lambda error, name: Told(
            "{name} holds damaged data: {said}; restore a backup (docs/backup.md), or make the warehouse again "
            "from the raw store with `p2p warehouse rebuild`",
            name=name,
            said=said(error),
        ),
    ),
    (
        (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure),
        lambda error, name: Told(
            "another program kept {name} busy: {said}; try again, nothing half-done is kept",
            name=name,
            said=said(error),
        ),
    ),
    (
        (errors.QueryCanceled,),
        lambda error, name: Told(
            "{name} broke it off: {said}; its statement_timeout may be too short", name=name, said=said(error)
        ),
    ),
    (
        (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.ConnectionException),
        lambda error, name: Told(
            "{name} went away: {said}; the next run repeats what was not loaded", name=name, said=said(error)
        ),
    ),
    (
        (errors.InvalidPassword, errors.InvalidAuthorizationSpecification),
        lambda error, name: Told(
            "{name} refuses user {user!r}: {said}; correct P2P_POSTGRES_URL",
            name=name,
            user=name.user,
            said=said(error),
        ),
    ),
)
"""First match counts."""

_WORDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("password authentication failed", "no password supplied"),
        Told("{name} refuses the password of user {name.user!r}; correct it in P2P_POSTGRES_URL"),
    ),
    (
        ("Peer authentication failed", "Ident authentication failed", "no pg_hba.conf entry", "authentication failed"),
        Told("{name} does not let user {name.user!r} in: {said}; {remedy}, or its pg_hba.conf"),
    ),
    (
        ("failed to resolve host", "could not translate host name", "Name or service not known"),
        Told("there is no host {name.host!r}; {remedy}, or look at the network"),
    ),
    (
        ("too many clients", "too many connections", "connection slots"),
        Told("{name} has no connection left: {said}; end programs that hold some, or raise its max_connections"),
    ),
    (
        ("Connection refused", "No such file or directory"),
        Told("nothing answers at {name}: {said}; start that PostgreSQL, or {remedy}"),
    ),
    (
        ("Permission denied",),
        Told("this user may not connect to {name}: {said}; run as the user who owns the data folder"),
    ),
    (
        ("starting up", "in recovery mode", "shutting down", "not yet accepting connections"),
        Told("{name} is not ready: {said}; try again in a minute"),
    ),
    (
        ("timeout", "timed out", "No route to host", "Network is unreachable"),
        Told("{name} does not answer: {said}; look at the network, or {remedy}"),
    ),
    (
        ("server closed the connection", "connection is lost", "connection already closed", "connection is closed"),
        Told("the connection to {name} broke; the next run repeats what was not loaded"),
    ),
    (('role "',), Told("{name} knows no user {name.user!r}; create it there, or {remedy}")),
    (
        ("permission denied for database",),
        Told("user {name.user!r} may not connect to {name}; let its owner run GRANT CONNECT ON DATABASE, or {remedy}"),
    ),
    (
        ('database "',),
        Told("{name.server} has no database {name.database!r}; create it (CREATE DATABASE), or {remedy}"),
    ),
)


def _of_words(message: str, server: WarehouseServer) -> Told:
    found = next((sentence for words, sentence in _WORDS if any(word in message for word in words)), None)
    last_line = next((line.strip() for line in reversed(message.splitlines()) if line.strip()), Told("no reason given"))
    told = "".join(letter if letter.isprintable() else " " for letter in last_line).rstrip(".")
    told = told.removeprefix("connection failed: ")[:500]
    if found is None:
        return Told("{server} can't be used: {told}", server=server.name, told=told)
    return Told(found, name=server.name, said=told, remedy=server.remedy)
