"""`p2p warehouse ask NAME`: the ready questions to the warehouse, listed or answered."""

from __future__ import annotations

from typing import Annotated

import typer

from p2p_pipeline.commands.context import context_of, print_json
from p2p_pipeline.commands.sql_output import Rows, print_csv, print_table

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
    else:
        give = print_csv if as_csv else print_table
        give(Rows(found.columns, [found.rows] if found.rows else []))


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
