"""`p2p warehouse ask NAME`: the ready questions to the warehouse, listed or answered."""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.terminal import plain_console
from p2p_pipeline.kernel.foreign_text import shown

if TYPE_CHECKING:
    from p2p_pipeline.p2p.warehouse.questions.catalogue import Answer

PASSES_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""What the questions' own parameters need of the command."""


def ask(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Which question; none lists them.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print lines with commas.")] = False,
) -> None:
    """Ask a ready question, such as `p2p warehouse ask teasers --fiat VND percent=5`; without a name, list them."""
    from p2p_pipeline.p2p.answers.warehouse_questions import ask_warehouse, read_values

    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")
    if name is None:
        _list_questions(as_json=as_json)
        return
    found = ask_warehouse(context_of(context).paths, name, read_values(context.args))
    if as_json:
        print_json([dict(zip(found.columns, row, strict=True)) for row in found.rows])
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(found.columns)
        writer.writerows([_plain(value) for value in row] for row in found.rows)
    else:
        _print_table(found)


def _list_questions(*, as_json: bool) -> None:
    from p2p_pipeline.p2p.warehouse.questions.catalogue import all_questions

    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "question": one.title,
                    "parameters": {parameter.name: parameter.default for parameter in one.parameters},
                }
                for one in all_questions()
            ]
        )
        return
    for one in all_questions():
        typer.echo(f"{one.name}\n    {one.title}")
        for parameter in one.parameters:
            typer.echo(f"    {parameter.name}={parameter.default_text}  {parameter.meaning}")


def _print_table(found: Answer) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for place, column in enumerate(found.columns):
        is_number = any(isinstance(row[place], int | float | Decimal) for row in found.rows)
        table.add_column(column, no_wrap=True, justify="right" if is_number else "left")
    for row in found.rows:
        # Names and terms are hostile text: no markup, and nothing that moves the cursor.
        table.add_row(*(Text(shown(_plain(value))) for value in row))
    # Cut values would be wrong values: a line may be longer than the terminal is wide.
    plain_console(width=100_000, soft_wrap=True).print(table)
    typer.echo("1 row" if len(found.rows) == 1 else f"{len(found.rows):,} rows")


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, float):
        return f"{value:.8g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")
    return "" if value is None else str(value)
