"""Answers as files: CSV that no spreadsheet runs, and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pyarrow as pa
from pyarrow import parquet
from starlette.responses import Response

from p2p_pipeline.web.bodies import money_text

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A cell of text that begins with one of these, full-width ones too, is a formula to a spreadsheet, and a formula can
send what it reads."""


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


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file as it is sent; who asks for the same at the same time shares it, each with an answer of their own."""

    body: bytes
    kind: str
    name: str

    def answer(self) -> Response:
        """To be kept by whoever asked."""
        told = {"Content-Disposition": f'attachment; filename="{self.name}"'}
        return Response(self.body, media_type=self.kind, headers=told)


def file_of(rows: Sequence[Mapping[str, Any]], wanted: Format, name: str) -> MadeFile:
    """Rows as a file; they have the same names, in the same order."""
    if wanted is Format.PARQUET:
        sink = io.BytesIO()
        parquet.write_table(pa.Table.from_pylist([dict(row) for row in rows]), sink, compression="zstd")
        return MadeFile(sink.getvalue(), PARQUET_TYPE, f"{name}.parquet")
    return MadeFile(csv_of(rows).encode(), "text/csv; charset=utf-8", f"{name}.csv")


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
    if isinstance(value, list | tuple | set | frozenset):
        return _cell(", ".join(map(str, value)))
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
