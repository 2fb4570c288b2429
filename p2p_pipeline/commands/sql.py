"""`p2p sql QUERY`: DuckDB over the lake's tables."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import typer

from p2p_pipeline.commands.context import context_of, print_json


def sql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="SQL over the tables snapshots, offers, quotes, depth, …")],
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
) -> None:
    """Ask the lake in SQL."""
    from p2p_pipeline.p2p.lake_sql import query as ask_lake

    found = ask_lake(context_of(context).paths.lake, query)
    rows: list[dict[str, Any]] = found.to_pylist()
    if as_json:
        print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in found.column_names:
        table.add_column(name, no_wrap=True, justify="right" if _is_number(rows, name) else "left")
    for row in rows:
        table.add_row(*(_shown(value) for value in row.values()))
    # Cut values would be wrong values: a line may be longer than the terminal is wide.
    Console(width=100_000, soft_wrap=True).print(table)
    typer.echo(f"{len(rows)} rows")


def _is_number(rows: list[dict[str, Any]], name: str) -> bool:
    return any(isinstance(row[name], int | float | Decimal) for row in rows)


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, float):
        return f"{value:.8g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")
    return "" if value is None else str(value)
