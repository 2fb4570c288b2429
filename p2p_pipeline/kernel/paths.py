"""Where everything the program writes lies, under one data folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from p2p_pipeline.kernel.errors import InvalidInput

DATA_FOLDER = "data"


@dataclass(frozen=True, slots=True)
class DataPaths:
    """The folders of one installation. Nothing is made by asking for a path."""

    root: Path

    @classmethod
    def choose(cls, given: Path | None = None, environment: Mapping[str, str] = os.environ) -> DataPaths:
        """What the command line says, else `P2P_DATA_DIR`, else `data` in this folder; always absolute."""
        return cls((given or Path(environment.get("P2P_DATA_DIR") or DATA_FOLDER)).absolute())

    def require_folder(self) -> None:
        """Raise InvalidInput when something that is no folder lies where the data folder is or would be made."""
        nearest = next(found for found in (self.root, *self.root.parents) if found.exists() or found.is_symlink())
        if not nearest.is_dir():
            raise InvalidInput(
                "the data folder was {root}, but {nearest} is no folder; choose another with --data-dir",
                root=self.root,
                nearest=nearest,
            )

    @property
    def raw(self) -> Path:
        """What the venues said: the only truth."""
        return self.root / "raw"

    @property
    def lake(self) -> Path:
        """Parquet tables."""
        return self.root / "lake"

    @property
    def exchanges(self) -> Path:
        """What the service of the exchanges' order books writes: its frames, its newest board."""
        return self.root / "exchanges"

    @property
    def imported_series(self) -> Path:
        """Price series recorded elsewhere, as they were given: with `raw`, what can't be made again."""
        return self.root / "imported_series"

    @property
    def exchange_frames(self) -> Path:
        """What exchanges sent, message by message: can't be had again either."""
        return self.root / "exchanges" / "frames"

    @property
    def paper(self) -> Path:
        """Paper sessions, a folder each with its event log."""
        return self.root / "paper"

    def paper_frames(self, session: str) -> Path:
        """What the exchange sent to a paper session while it was live."""
        return self.paper / session / "frames"

    @property
    def paper_replays(self) -> Path:
        """Paper sessions made again from their folders; can be deleted."""
        return self.paper / "replays"

    @property
    def paper_recordings(self) -> Path:
        """Recordings that sweeps try configurations on, beside what live sessions recorded: a person's own."""
        return self.paper / "recorded"

    @property
    def paper_sweeps(self) -> Path:
        """What is to be tried, a YAML file a sweep: a person's own too."""
        return self.paper / "sweeps"

    @property
    def paper_columns(self) -> Path:
        """Recorded days as columns: made of frames, so it can be deleted."""
        return self.paper / "columns"

    @property
    def exchange_replays(self) -> Path:
        """What a replay of them writes aside, and where it stopped; can be deleted."""
        return self.root / "exchanges" / "replays"

    @property
    def state(self) -> Path:
        """Locks, claims, raised alarms."""
        return self.root / "state"

    @property
    def logs(self) -> Path:
        """What the programs that `p2p up` starts print, and traces on a console."""
        return self.root / "logs"

    @property
    def dagster(self) -> Path:
        """Dagster's home where nobody names another one: its database, its runs' output."""
        return self.root / "dagster"

    @property
    def duckdb_file(self) -> Path:
        """Views over the lake for people with a DuckDB client."""
        return self.root / "p2p.duckdb"

    @property
    def data_docs(self) -> Path:
        """What Great Expectations found, as pages."""
        return self.root / "data_docs"

    @property
    def postgres(self) -> Path:
        """The embedded PostgreSQL's files."""
        return self.root / "postgres"
