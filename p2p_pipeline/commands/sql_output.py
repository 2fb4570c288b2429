"""An answer of `p2p sql`, batch by batch: a table for people, JSON, CSV, or a Parquet file."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
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


def print_table(batches: pa.RecordBatchReader) -> None:
    """Columns as wide as the first batch needs; a longer value later on moves its own line only."""
    from rich.cells import cell_len

    names = [shown(name) for name in batches.schema.names]
    if names == ["explain_key", "explain_value"]:
        for rows in _rows(batches):
            say("\n".join(str(plan) for _, plan in rows))
        return
    widths: list[int] | None = None
    rights: list[bool] = []
    count = 0
    for rows in _rows(batches):
        texts = [[shown(_text(value)) for value in row] for row in rows]
        if widths is None:
            rights = [any(isinstance(value, int | float | Decimal) for value in column) for column in zip(*rows)]  # noqa: B905
            columns = zip(names, *texts, strict=True)
            widths = [max(map(cell_len, column)) for column in columns]
            typer.echo(_line(names, widths, rights))
        for row in texts:
            typer.echo(_line(row, widths, rights))
        count += len(rows)
    if widths is None:
        typer.echo(" ".join(names))
    typer.echo(f"{count} rows")


def _line(cells: list[str], widths: list[int], rights: list[bool]) -> str:
    from rich.cells import cell_len

    padded = [
        " " * (width - cell_len(cell)) + cell if is_right else cell + " " * (width - cell_len(cell))
        for cell, width, is_right in zip(cells, widths, rights, strict=True)
    ]
    return " ".join(padded).rstrip()


def print_json_rows(batches: pa.RecordBatchReader) -> None:
    """A list of objects, an object a line."""
    names = batches.schema.names
    is_first = True
    for rows in _rows(batches):
        for row in rows:
            text = shown_json(to_json(dict(zip(names, row, strict=True))).decode())
            typer.echo(("[" if is_first else ",\n") + text, nl=False)
            is_first = False
    typer.echo("[]" if is_first else "]")


def print_csv(batches: pa.RecordBatchReader) -> None:
    """A line of names, then a line a row; exact, but for a terminal, which is sent no control characters."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    show = shown if sys.stdout.isatty() else str
    writer.writerow(map(show, batches.schema.names))
    for rows in _rows(batches):
        writer.writerows([show(_exact(value)) for value in row] for row in rows)


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


def _rows(batches: pa.RecordBatchReader) -> Iterator[list[tuple[Any, ...]]]:
    for batch in batches:
        if batch.num_rows:
            yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


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
