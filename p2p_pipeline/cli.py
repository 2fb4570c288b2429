"""What a person types: `p2p …`. Each command is a module of `commands/`, imported when it is run."""

from __future__ import annotations

import errno
import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from p2p_pipeline.commands.catalogue import COMMANDS
from p2p_pipeline.commands.context import fail
from p2p_pipeline.kernel.errors import ClearError
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.monitoring.set_up import set_up_process
from p2p_pipeline.p2p.installation import CommandContext

_SIGPIPE_CODE = 141
"""What a shell reports of a program that a closed pipe ended."""
_OBJECTS_BETWEEN_COLLECTIONS = 50_000


class CommandGroup(TyperGroup):
    """The commands of the catalogue, each imported when it runs; errors written for people become one line."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - as the base class names it
        """The names, in the catalogue's order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:  # noqa: ARG002
        """A stand-in with the command's line of help, enough for a listing."""
        listed = COMMANDS.get(cmd_name)
        return TyperCommand(cmd_name, help=listed.help, short_help=listed.help) if listed else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself, imported now."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, _loaded(str(name)), rest

    def invoke(self, ctx: Any) -> object:
        """Run it; what is written for a person ends the command in one line, any other exception is a bug."""
        try:
            return super().invoke(ctx)
        except ClearError as error:
            fail(str(error))
        except OSError as error:
            if error.errno is None:
                raise
            if error.errno == errno.EPIPE:
                # `p2p … | head` has what it wanted; what is still to be written has nowhere to go.
                sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
                raise typer.Exit(_SIGPIPE_CODE) from None
            fail(f"{f'{error.filename}: ' if error.filename else ''}{error.strerror or error}")


def _loaded(name: str) -> Any:
    listed = COMMANDS[name]
    found = getattr(import_module(f"p2p_pipeline.commands.{listed.module}"), listed.attribute)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        alone.command(name)(found)
        return get_command(alone)
    found.rich_markup_mode = None
    group = get_command(found)
    group.name, group.help = name, listed.help
    return group


app = typer.Typer(
    name="p2p",
    cls=CommandGroup,
    help="Collect peer-to-peer crypto offers, keep every byte, and answer what an amount really costs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Rich's boxes cost a quarter of what importing pandas does, of every `--help` and every mistyped option.
    rich_markup_mode=None,
)


@app.callback()
def start(
    context: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Where everything is kept (or P2P_DATA_DIR; else ./data).")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="The settings file (or P2P_SETTINGS; else ./settings.yaml).")
    ] = None,
) -> None:
    """Read what comes before the command."""
    context.obj = CommandContext(DataPaths.choose(data_dir), settings)
    if context.invoked_subcommand != "doctor":
        # It says so among its findings.
        context.obj.paths.require_folder()
    set_up_process(context.obj.paths)


def main() -> None:
    """Run `p2p`; exit code 0 done, 1 failed with one line on stderr, 2 wrong usage, 3 the amount can't be placed."""
    # Modules make many objects that stay: looking through them for garbage took a fifteenth of a price's time.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        app()
    finally:
        # Python looks through all of them again before it ends, which took an eighth of a price's time.
        gc.freeze()


if __name__ == "__main__":
    main()
