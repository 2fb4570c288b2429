"""Where a PostgreSQL database is, and how it is called in front of people: never with its password."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from p2p_pipeline.kernel.told import Told

POSTGRES_URL_VARIABLE = "P2P_POSTGRES_URL"
_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2")


@dataclass(frozen=True, slots=True)
class WarehouseServer:
    """A PostgreSQL database that can be connected to."""

    url: str = field(repr=False)
    """May hold a password, so it shows in no text."""
    is_embedded: bool

    @property
    def name(self) -> ServerName:
        """What may be shown of the URL."""
        return ServerName.of(self.url)

    @property
    def remedy(self) -> str:
        """What to correct when it can't be reached."""
        if self.is_embedded:
            return Told("run the command again, it starts where it does not run")
        return Told("correct {variable}", variable=POSTGRES_URL_VARIABLE)


@dataclass(frozen=True, slots=True)
class ServerName:
    """The parts of a URL that may be shown."""

    host: str
    port: str
    database: str
    user: str

    @classmethod
    def of(cls, url: str) -> ServerName:
        """Read a URL, or libpq's `key=value` form; what it leaves out is what libpq takes."""
        try:
            parts = conninfo_to_dict(url)
        except psycopg.Error:
            parts = {}
        user = str(parts.get("user") or os.environ.get("PGUSER") or getpass.getuser())
        return cls(
            host=str(parts.get("host") or os.environ.get("PGHOST") or "localhost"),
            port=str(parts.get("port") or os.environ.get("PGPORT") or 5432),
            database=str(parts.get("dbname") or os.environ.get("PGDATABASE") or user),
            user=user,
        )

    @property
    def server(self) -> str:
        """Without the database."""
        return f"PostgreSQL at {self.host}" + ("" if self.host.startswith("/") else f":{self.port}")

    def __str__(self) -> str:
        return f"database {self.database!r} of {self.server}"


def plain_url(given: str) -> str:
    """A URL as libpq reads it, from one that may name SQLAlchemy's driver; raises ValueError with what is wrong.

    The message quotes nothing of the URL: where it is misread, its password stands where the host should.
    """
    scheme, separator, rest = given.partition("://")
    if not separator:
        if "=" not in given:
            raise ValueError("it must look like postgresql://user:password@host:5432/database")
    elif scheme not in _SCHEMES:
        raise ValueError(f"it must begin with postgresql://, postgres:// or one of {', '.join(_SCHEMES[2:])}")
    else:
        authority, _, path = rest.partition("?")[0].partition("/")
        if authority.count("@") > 1 or "@" in path:
            raise ValueError("write @ in its password as %40, / as %2F, : as %3A and % as %25")
        given = f"postgresql://{rest}"
    try:
        conninfo_to_dict(given)
        port = urlsplit(given).port if separator and "," not in rest else None
    except (psycopg.Error, ValueError):
        raise ValueError(
            "it can't be read; write special characters in its password percent-encoded (@ as %40, % as %25)"
        ) from None
    del port
    return given
