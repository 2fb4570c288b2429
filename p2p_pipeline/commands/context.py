"""What every command starts from: settings, the data folder, and how to fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from zoneinfo import ZoneInfo

import orjson
import typer

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.settings import Settings, load_settings

if TYPE_CHECKING:
    from p2p_pipeline.p2p.raw.store import RawStore


@dataclass
class CommandContext:
    """Read once per call of `p2p`; settings are read only by the commands that need them."""

    paths: DataPaths
    settings_file: Path | None = None

    @cached_property
    def settings(self) -> Settings:
        """The settings; raises SettingsError, which `p2p` prints as one line."""
        return load_settings(self.settings_file)

    def store(self) -> RawStore:
        """The raw store for writing, with the settings' reserve of free room."""
        from p2p_pipeline.p2p.raw.store import RawStore

        return RawStore(self.paths.root, min_free_bytes=self.settings.retention.min_free_mib * 1024 * 1024)

    def shown(self, moment: datetime) -> str:
        """A moment for people, in the settings' time zone."""
        return f"{moment.astimezone(ZoneInfo(self.settings.timezone)):%Y-%m-%d %H:%M:%S %Z}"


def context_of(context: typer.Context) -> CommandContext:
    """The command context that `p2p` made before the command."""
    found = context.obj
    assert isinstance(found, CommandContext)  # noqa: S101 - set by cli.main for every command
    return found


def fail(message: str) -> NoReturn:
    """End the command with exit code 1 and one clear line on stderr."""
    typer.echo(f"p2p: {message}", err=True)
    raise typer.Exit(1)


@contextmanager
def failing_clearly(*kinds: type[Exception]) -> Iterator[None]:
    """Turn the named errors, whose messages are written for people, into `fail`."""
    try:
        yield
    except kinds as error:
        fail(str(error))


def print_json(value: Any) -> None:
    """One line of JSON on stdout, at once. Decimals become numbers written with all their digits."""
    typer.echo(to_json(value).decode())


def to_json(value: Any) -> bytes:
    """JSON bytes; Decimal and other plain values are written so that no digit is lost."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def number_text(value: Decimal) -> str:
    """A number for people: thousands apart, at most six decimal places, no trailing zeros."""
    whole, _, rest = f"{value:,f}".partition(".")
    return f"{whole}.{rest[:6].rstrip('0')}".rstrip(".")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f").encode()) if value.is_finite() else None
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} can't be written as JSON")
