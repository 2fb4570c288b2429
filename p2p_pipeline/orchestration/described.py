"""What Dagster's pages say of an asset before anything runs: its group, where its files lie, its columns, its code."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import orjson
from dagster import (
    CodeReferencesMetadataValue,
    LocalFileCodeReference,
    TableColumn,
    TableColumnConstraints,
    TableSchema,
)
from dagster._utils.warnings import BetaWarning

OWNERS = ["team:market-data"]
# The groups read as the way of the data.
RAW, OFFERS, PRICES, HISTORY, ADVICE = "raw", "offers", "prices", "history", "advice"
COLUMNS_FILE = "table_columns.json"
_PACKAGE = Path(__file__).resolve().parents[1]


def code_metadata(*files: str) -> dict[str, Any]:
    """The way to the code that does the work, not to the factory that made the asset: paths in the package."""
    with warnings.catch_warnings():
        # Marked as beta in 1.13; lift when it no longer warns.
        warnings.simplefilter("ignore", BetaWarning)
        sources = [LocalFileCodeReference(file_path=str(_PACKAGE / file), label=file) for file in files]
        return {"dagster/code_references": CodeReferencesMetadataValue(code_references=list(sources))}


def source_metadata(folder: Path, *files: str) -> dict[str, Any]:
    """Of an asset that is files as they came."""
    return {"dagster/uri": folder.as_uri(), **code_metadata(*files)}


def table_metadata(lake: Path, table: str, *files: str) -> dict[str, Any]:
    """Of a table of the lake: where it lies, its name in SQL, its columns with their meaning, its code."""
    return {
        "dagster/uri": (lake / table).as_uri(),
        "dagster/table_name": table,
        "dagster/column_schema": column_schema(table),
        **code_metadata(*files),
    }


@cache
def column_schema(table: str) -> TableSchema:
    """A table's columns, from the file that tables.columns writes: the schemas themselves take pandas to import."""
    return TableSchema(
        columns=[
            TableColumn(
                column["name"],
                column["type"],
                description=column["description"],
                constraints=TableColumnConstraints(nullable=column["nullable"]),
            )
            for column in _columns()[table]
        ]
    )


@cache
def _columns() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = orjson.loads(
        resources.files("p2p_pipeline.orchestration").joinpath(COLUMNS_FILE).read_bytes()
    )
    return found
