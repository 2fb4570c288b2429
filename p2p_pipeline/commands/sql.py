"""`p2p sql QUERY`: DuckDB over the lake's tables."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from p2p_pipeline.commands.context import context_of, failing_clearly, print_json


def sql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="SQL over the tables snapshots, offers, quotes, depth, …")],
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
) -> None:
    """Ask the lake in SQL."""
    from p2p_pipeline.lake import sql as lake_sql

    with failing_clearly(lake_sql.QueryError):
        found = lake_sql.query(context_of(context).paths.lake, query)
    rows: list[dict[str, Any]] = found.to_pylist()
    if as_json:
        print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*found.column_names)
    for row in rows:
        table.add_row(*(_shown(value) for value in row.values()))
    Console().print(table)
    typer.echo(f"{len(rows)} rows")


def _shown(value: Any) -> str:
    from decimal import Decimal

    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return "" if value is None else str(value)
