"""Where Dagster keeps its own records: beside the data, wherever that is."""

from __future__ import annotations

from typing import Any

from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

from p2p_pipeline.kernel.paths import DataPaths


class DataFolderStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage in the data folder: `data/dagster`, or under `P2P_DATA_DIR` when that is set."""

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
