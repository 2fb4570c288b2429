"""`p2p sql QUERY`: DuckDB over the lake's tables, read only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from p2p_pipeline.commands.context import context_of
from p2p_pipeline.commands.sql_output import Rows, print_csv, print_json_rows, print_table, write_parquet
from p2p_pipeline.commands.terminal import say

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN_ROWS = 1_000
"""What a person may want to look at; programs and files get all rows unless told otherwise."""


def sql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="SQL over the tables snapshots, offers, quotes, depth, …")],
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a line of names.")] = False,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="Write this Parquet file instead.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help=f"At most so many rows; without it {SHOWN_ROWS} as a table, else all.")
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="All rows as a table too, however many.")] = False,
) -> None:
    """Ask the lake in SQL; nothing can be changed by it."""
    if (as_json, as_csv, parquet is not None).count(True) > 1:
        raise typer.BadParameter("choose one of --json, --csv and --parquet")
    if show_all and limit is not None:
        raise typer.BadParameter("choose one of --all and --limit")
    paths = context_of(context).paths
    lake = paths.lake
    if parquet is not None and parquet.resolve().is_relative_to(paths.root.resolve()):
        raise typer.BadParameter(
            f"{parquet} lies in the data folder, where it would be taken for one of the program's; name another",
            param_hint="--parquet",
        )
    if parquet is not None and (parquet.is_dir() or not parquet.parent.is_dir()):
        what = f"{parquet} is a folder" if parquet.is_dir() else f"the folder {parquet.parent} does not exist"
        raise typer.BadParameter(f"{what}; name a file in a folder that is there", param_hint="--parquet")
    from p2p_pipeline.exchanges.tables.schema import EXCHANGE_TABLES
    from p2p_pipeline.p2p.lake_sql import first_rows, streamed
    from p2p_pipeline.paper.tables.catalogue import PAPER_TABLES

    others = [*EXCHANGE_TABLES.values(), *PAPER_TABLES.values()]

    is_table = not as_json and not as_csv and parquet is None
    if limit is None and is_table and not show_all:
        limit = SHOWN_ROWS
    give = _printer(as_json=as_json, as_csv=as_csv, parquet=parquet)
    if limit is None:
        with streamed(lake, query, others) as batches:
            give(batches)
        return
    rows, has_more = first_rows(lake, query, limit, others)
    give(rows.to_reader())
    if has_more:
        say(f"these are the first {limit:,} rows, and there are more: --all gives all, --limit N so many", err=True)


def _printer(*, as_json: bool, as_csv: bool, parquet: Path | None) -> Callable[[pa.RecordBatchReader], None]:
    if parquet is not None:
        return partial(write_parquet, parquet)
    give = print_json_rows if as_json else print_csv if as_csv else print_table
    return lambda batches: give(Rows.of_batches(batches))
