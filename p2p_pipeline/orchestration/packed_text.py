"""Long texts of Dagster's own tables are kept packed in SQLite; PostgreSQL does it itself.

What an older version wrote is read as it stands.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as db
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable, SqlEventLogStorageTable

from p2p_pipeline.kernel.event_text import packed, unpacked


class PackedText(db.types.TypeDecorator[str]):
    """A column of text that SQLite keeps packed."""

    impl = db.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: db.Dialect) -> Any:
        """What is stored."""
        return packed(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: db.Dialect) -> str | None:  # noqa: ARG002 - as the class names it
        """What is read."""
        return value if value is None else unpacked(value)


def pack_event_texts() -> None:
    """Have Dagster's tables of events keep their texts packed, in this process; before the first of them is used."""
    for column in (
        SqlEventLogStorageTable.c.event,
        AssetCheckExecutionsTable.c.evaluation_event,
        AssetKeyTable.c.last_materialization,
    ):
        column.type = PackedText()
