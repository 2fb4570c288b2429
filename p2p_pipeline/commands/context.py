"""What every command starts from: settings, the data folder, and how to fail."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from p2p_pipeline.kernel.foreign_text import shown_json, shown_lines
from p2p_pipeline.kernel.texts import to_json
from p2p_pipeline.p2p.installation import CommandContext

NOT_PLACEABLE = 3
"""The exit code of a question whose answer is that the amount can't be placed."""


def context_of(context: typer.Context) -> CommandContext:
    """The command context that `p2p` made before the command."""
    found = context.obj
    assert isinstance(found, CommandContext)  # noqa: S101 - set by cli.main for every command
    return found


def require_settings(context: typer.Context) -> None:
    """Refuse a settings file with a mistake in any section, for commands that read only another trade's section.

    Raises SettingsError with the line.
    """
    context_of(context).settings  # noqa: B018 - reads them


def fail(message: str) -> NoReturn:
    """End the command with exit code 1 and one clear line on stderr."""
    typer.echo(f"p2p: {shown_lines(message)}", err=True)
    raise typer.Exit(1)


@contextmanager
def ended_as_by_ctrl_c(told: str | None = None) -> Iterator[None]:
    """SIGTERM ends what runs inside as Ctrl-C does: by a KeyboardInterrupt, and then it is `told` what is kept."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        if told is not None:
            typer.echo(told, err=True)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def end_unless(is_executable: bool) -> None:
    """End with exit code 3 when the amount that was asked about can't be placed, so that a script can tell."""
    if not is_executable:
        raise typer.Exit(NOT_PLACEABLE)


def print_json(value: Any) -> None:
    """One line of JSON on stdout, at once. Decimals become numbers written with all their digits."""
    typer.echo(shown_json(to_json(value).decode()))
