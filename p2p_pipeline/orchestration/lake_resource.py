"""The lake as a DuckDB resource for a user's own assets and notebooks: `lake_sql`. docs/own_assets.md shows it.

Our own definitions don't import it: dagster-duckdb brings DuckDB, which loading definitions must not wait for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from dagster_duckdb import DuckDBResource
from pydantic import Field

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.lake_sql import connection


class LakeSql(DuckDBResource):
    """DuckDB in memory with a view for each table of the lake; it can only read.

    A DuckDBResource, so that what takes one takes this: `with lake_sql.get_connection() as database: …`. Its own way
    to connect is replaced: Dagster's never closes where the work raises, has no read-only mode, and waits 103 s for a
    file that somebody else has open.
    """

    database: str = Field(default=":memory:", description="Always in memory: the lake's files are read where they are.")
    data_dir: str | None = Field(default=None, description="The data folder; else P2P_DATA_DIR, else ./data.")

    @classmethod
    def _is_dagster_maintained(cls) -> bool:
        return False

    @contextmanager
    def get_connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection, closed at the end whatever happens."""
        paths = DataPaths.choose(Path(self.data_dir) if self.data_dir else None)
        with connection(paths.lake) as database:
            yield database
