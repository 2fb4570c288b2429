"""What every command starts from: settings and the data folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from p2p_pipeline.kernel.paths import DataPaths

if TYPE_CHECKING:
    from p2p_pipeline.p2p.raw.store import RawStore
    from p2p_pipeline.p2p.settings import Settings


@dataclass
class CommandContext:
    """Read once per call of `p2p`; settings are read only by the commands that need them."""

    paths: DataPaths
    settings_file: Path | None = None

    @cached_property
    def settings(self) -> Settings:
        """The settings; raises SettingsError, which `p2p` prints as one line."""
        # A command's help needs no settings, and reading them costs a fifth of importing pandas.
        with _without_pydantic_plugins():
            from p2p_pipeline.p2p.settings import load_settings

            return load_settings(self.settings_file, data_folder=self.paths.root)

    def store(self) -> RawStore:
        """The raw store for writing, with the settings' reserve of free room."""
        from p2p_pipeline.p2p.raw.store import RawStore

        return RawStore(self.paths.root, min_free_bytes=self.settings.retention.min_free_mib * 1024 * 1024)

    def shown(self, moment: datetime) -> str:
        """A moment for people, in the settings' time zone."""
        return f"{moment.astimezone(ZoneInfo(self.settings.timezone)):%Y-%m-%d %H:%M:%S %Z}"


@contextmanager
def _without_pydantic_plugins() -> Iterator[None]:
    # The settings have none, and looking for some reads the entry points of every package that is installed.
    variable = "PYDANTIC_DISABLE_PLUGINS"
    before = os.environ.get(variable)
    os.environ[variable] = "__all__"
    try:
        yield
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before
