"""Where Dagster keeps its own records: beside the data, wherever that is."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import sqlalchemy as db
from dagster import EventLogEntry
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS
from dagster._core.execution.plan.outputs import StepOutputData
from dagster._core.instance.utils import RUNLESS_RUN_ID
from dagster._core.storage.event_log.schema import (
    AssetEventTagsTable,
    SqlEventLogStorageMetadata,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.sql import get_alembic_config, stamp_alembic_rev
from dagster._core.storage.sqlalchemy_compat import db_result
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, _event_logs_directory
from dagster._serdes import ConfigurableClassData

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.orchestration.packed_text import pack_event_texts

PAGE_BYTES = 512
"""Each run has a database of its own with some thirty tables and indexes, a page each: with SQLite's usual 4,096 bytes
a page an empty one weighs 127 kB, some 600 times a day, and an event of a tick writes 127 kB to the disk, not 30."""


_BETWEEN_PARTS = "__"


class SmallEventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite, written sparingly. What an older version wrote stays as it is."""

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event. What belongs to no run is stored once: nothing reads Dagster's second copy of it."""
        event = _without_repetition(event)
        if event.run_id != RUNLESS_RUN_ID or not event.is_dagster_event:
            super().store_event(event)
            return
        statement = self.prepare_insert_event(event)
        with self.index_transaction() as connection, db_result(connection, statement) as result:
            event_id = result.inserted_primary_key[0]
            if event.dagster_event_type in ASSET_EVENTS:
                self._store_asset_event_tags(connection, [event], [event_id])
                self._store_asset_event(connection, event, event_id)
        if event.dagster_event_type in ASSET_CHECK_EVENTS:
            self.store_asset_check_event(event, event_id)

    def _initdb(self, engine: db.Engine, for_index_shard: bool = False) -> None:
        @db.event.listens_for(engine, "connect")
        def choose_page_size(connection: Any, _: Any) -> None:
            # Without effect on a database that has a page already.
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")

        if not for_index_shard:
            with suppress(db.exc.DatabaseError):
                _make_small_run_log(engine)
        super()._initdb(engine, for_index_shard)


def _without_repetition(event: EventLogEntry) -> EventLogEntry:
    """The event without what each step's events repeat: tags that only a log line needs, an asset's numbers again."""
    told = event.dagster_event
    if told is None:
        return event
    said = told.event_specific_data
    # An asset's step is named after its key, bybit__quotes, and its materialization has the same numbers.
    if isinstance(said, StepOutputData) and _BETWEEN_PARTS in (told.step_key or ""):
        said = said._replace(metadata={})
    return event._replace(dagster_event=told._replace(logging_tags={}, event_specific_data=said))


def _make_small_run_log(engine: db.Engine) -> None:
    """The two tables that a run's events go into, in a database that is new; the thirty others serve the index alone.

    Dagster's own way afterwards finds the database as it would have made it, or makes what a rival left undone.
    """
    with engine.connect() as connection:
        if db.inspect(connection).get_table_names():
            return
        SqlEventLogStorageMetadata.create_all(connection, [SqlEventLogStorageTable, AssetEventTagsTable])
        connection.execute(db.text("PRAGMA journal_mode=WAL;"))
        stamp_alembic_rev(get_alembic_config(sqlite_event_log.__file__), connection)
        connection.commit()


class DataFolderStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage in the data folder: `data/dagster`, or under `P2P_DATA_DIR` when that is set."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        pack_event_texts()
        # Ours first: whoever opens the folder first decides the size of its pages.
        event_log = SmallEventLog(_event_logs_directory(base_dir))
        super().__init__(base_dir, inst_data=inst_data)
        self._event_log_storage = event_log

    @classmethod
    def config_type(cls) -> Any:
        """There is nothing to configure: the data folder decides."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> DataFolderStorage:  # noqa: ARG003
        """What Dagster calls to make it."""
        return cls.from_local(str(DataPaths.choose().dagster), inst_data=inst_data)


class DataFolderComputeLogs(LocalComputeLogManager):
    """What runs print, in the same place."""

    @classmethod
    def config_type(cls) -> Any:
        """There is nothing to configure: the data folder decides."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> DataFolderComputeLogs:  # noqa: ARG003
        """What Dagster calls to make it."""
        return cls(str(DataPaths.choose().dagster / "compute_logs"), inst_data=inst_data)
