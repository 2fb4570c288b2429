"""What every command starts from: settings, the data folder, and how to fail."""

from __future__ import annotations

from typing import Any, NoReturn

import typer

from p2p_pipeline.kernel.foreign_text import shown_json, shown_lines
from p2p_pipeline.kernel.texts import to_json
from p2p_pipeline.p2p.installation import CommandContext


def context_of(context: typer.Context) -> CommandContext:
    """The command context that `p2p` made before the command."""
    found = context.obj
    assert isinstance(found, CommandContext)  # noqa: S101 - set by cli.main for every command
    return found


def fail(message: str) -> NoReturn:
    """End the command with exit code 1 and one clear line on stderr."""
    typer.echo(f"p2p: {shown_lines(message)}", err=True)
    raise typer.Exit(1)


def print_json(value: Any) -> None:
    """One line of JSON on stdout, at once. Decimals become numbers written with all their digits."""
    typer.echo(shown_json(to_json(value).decode()))
