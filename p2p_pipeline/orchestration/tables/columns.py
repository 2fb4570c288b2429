"""The columns of all tables as a file that loading the definitions reads in a millisecond.

`python -m p2p_pipeline.orchestration.tables.columns` writes it anew after a schema has changed; a test holds the two
together.
"""

from __future__ import annotations

from pathlib import Path

import orjson

from p2p_pipeline.exchanges.tables.schema import EXCHANGE_TABLES
from p2p_pipeline.orchestration.described import COLUMNS_FILE
from p2p_pipeline.p2p.tables import TABLES
from p2p_pipeline.paper.tables.catalogue import PAPER_TABLES

FILE = Path(__file__).resolve().parents[1] / COLUMNS_FILE


def columns_text() -> bytes:
    """What the file has to be."""
    columns = {
        name: [
            {
                "name": field.name,
                "type": str(field.type),
                "description": table.schema.columns[field.name].description,
                "nullable": field.nullable,
            }
            for field in table.arrow_schema
        ]
        for name, table in {**TABLES, **EXCHANGE_TABLES, **PAPER_TABLES}.items()
    }
    return orjson.dumps(columns, option=orjson.OPT_INDENT_2) + b"\n"


if __name__ == "__main__":
    FILE.write_bytes(columns_text())
