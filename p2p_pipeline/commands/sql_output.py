"""An answer of `p2p sql` or `p2p warehouse ask`, some rows at a time: a table for people, JSON, CSV, a Parquet file."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from p2p_pipeline.commands.terminal import say
from p2p_pipeline.kernel.foreign_text import shown, shown_json
from p2p_pipeline.kernel.texts import to_json

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Rows:
    """What is printed: the columns' names, and rows as they come, some at a time."""

    names: Sequence[str]
    parts: Iterable[Sequence[Sequence[Any]]]

    @classmethod
    def of_batches(cls, batches: pa.RecordBatchReader) -> Rows:
        """The same of what DuckDB gives, whose empty batches are none."""
        return cls(
            batches.schema.names,
            (
                list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
                for batch in batches
                if batch.num_rows
            ),
        )


def print_table(rows: Rows) -> None:
    """Columns as wide as the first part needs; a longer value later on moves its own line only."""
    from rich.cells import cell_len

    names = [shown(name) for name in rows.names]
    if names == ["explain_key", "explain_value"]:
        for part in rows.parts:
            say("\n".join(str(plan) for _, plan in part))
        return
    widths: list[int] | None = None
    rights: list[bool] = []
    count = 0
    for part in rows.parts:
        texts = [[shown(_text(value)) for value in row] for row in part]
        if widths is None:
            rights = [any(isinstance(value, int | float | Decimal) for value in column) for column in zip(*part)]  # noqa: B905
            columns = zip(names, *texts, strict=True)
            widths = [max(map(cell_len, column)) for column in columns]
            typer.echo(_line(names, widths, rights))
        for row in texts:
            typer.echo(_line(row, widths, rights))
        count += len(part)
    if widths is None:
        typer.echo(" ".join(names))
    typer.echo("1 row" if count == 1 else f"{count:,} rows")


def _line(cells: list[str], widths: list[int], rights: list[bool]) -> str:
    from rich.cells import cell_len

    padded = [
        " " * (width - cell_len(cell)) + cell if is_right else cell + " " * (width - cell_len(cell))
        for cell, width, is_right in zip(cells, widths, rights, strict=True)
    ]
    return " ".join(padded).rstrip()


def print_json_rows(rows: Rows) -> None:
    """A list of objects, an object a line."""
    is_first = True
    for part in rows.parts:
        for row in part:
            text = shown_json(to_json(dict(zip(rows.names, row, strict=True))).decode())
            typer.echo(("[" if is_first else ",\n") + text, nl=False)
            is_first = False
    typer.echo("[]" if is_first else "]")


def print_csv(rows: Rows) -> None:
    """A line of names, then a line a row; exact, but for a terminal, which is sent no control characters."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    show = shown if sys.stdout.isatty() else str
    writer.writerow(map(show, rows.names))
    for part in rows.parts:
        writer.writerows([show(_exact(value)) for value in row] for row in part)


def write_parquet(path: Path, batches: pa.RecordBatchReader) -> None:
    """Replace a file by the answer, in one step when it is whole."""
    from pyarrow import parquet

    from p2p_pipeline.lake.parquet_file import WRITING, replacing

    count = 0
    with replacing(path.absolute()) as aside, parquet.ParquetWriter(aside, batches.schema, **WRITING) as writer:
        for batch in batches:
            writer.write_batch(batch)
            count += batch.num_rows
    say(f"{count} rows written to {path}")


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, float):
        return f"{value:.8g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")
    return "" if value is None else str(value)


def _exact(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return to_json(value).decode() if isinstance(value, list | dict | bool) else str(value)
