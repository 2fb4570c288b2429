"""Answers as files: CSV that no spreadsheet runs, and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pyarrow as pa
from pyarrow import parquet
from starlette.responses import Response

from p2p_pipeline.web.bodies import money_text

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell of text that begins with one of these is a formula to a spreadsheet, and a formula can send what it reads."""


PARQUET_TYPE = "application/vnd.apache.parquet"


class Format(StrEnum):
    """What an answer is written as."""

    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


AS_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
"""What the document says of a route whose answer comes as files too."""


def file_of(rows: Sequence[Mapping[str, Any]], wanted: Format, name: str) -> Response:
    """Rows as a file to be kept; they have the same names, in the same order."""
    if wanted is Format.PARQUET:
        sink = io.BytesIO()
        parquet.write_table(pa.Table.from_pylist([dict(row) for row in rows]), sink, compression="zstd")
        return _attachment(sink.getvalue(), PARQUET_TYPE, f"{name}.parquet")
    return _attachment(csv_of(rows).encode(), "text/csv; charset=utf-8", f"{name}.csv")


def csv_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV, with a line of names."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if rows:
        writer.writerow(rows[0])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return money_text(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _attachment(body: bytes, kind: str, name: str) -> Response:
    return Response(body, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
