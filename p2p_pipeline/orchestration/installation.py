"""What every asset, check and sensor starts from, as one Dagster resource."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.settings import AlertSettings, Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from p2p_pipeline.lake.lake import Lake
    from p2p_pipeline.monitoring.alerts import Alerts
    from p2p_pipeline.p2p.offers.payment_methods import PaymentMap
    from p2p_pipeline.p2p.raw.reader import RawReader
    from p2p_pipeline.p2p.raw.store import RawStore


class Installation(ConfigurableResource):  # type: ignore[type-arg]  # Dagster's own example writes it so
    """One data folder with its settings. Everything has a default, so nothing has to be set."""

    data_dir: str | None = Field(default=None, description="The data folder; else P2P_DATA_DIR, else ./data.")
    settings_file: str | None = Field(
        default=None, description="The settings file; else P2P_SETTINGS, else ./settings.yaml, else the defaults."
    )
    source: str | None = Field(
        default=None,
        description="Where every venue's requests go instead: the simulator's URL; else P2P_SOURCE. What comes from "
        "there is marked simulated.",
    )

    def setup_for_execution(self, context: InitResourceContext) -> None:  # noqa: ARG002 - Dagster's signature
        """What Dagster calls where a run begins: log lines and traces as the environment asks for them."""
        from p2p_pipeline.monitoring.set_up import set_up_process

        set_up_process(self.paths)

    @property
    def paths(self) -> DataPaths:
        """The folders."""
        return DataPaths.choose(Path(self.data_dir) if self.data_dir else None)

    def source_url(self) -> str | None:
        """Where requests go instead of the venues' own hosts; None for live."""
        return self.source or os.environ.get("P2P_SOURCE") or None

    def settings(self) -> Settings:
        """The settings as they are now: a change is seen at the next tick or run."""
        given = Path(self.settings_file) if self.settings_file else None
        return load_settings(given, data_folder=self.paths.root)

    def reader(self) -> RawReader:
        """The raw store, for reading."""
        from p2p_pipeline.p2p.raw.reader import RawReader

        return RawReader(self.paths.root)

    def store(self) -> RawStore:
        """The raw store, for writing."""
        from p2p_pipeline.p2p.raw.store import RawStore

        return RawStore(self.paths.root, min_free_bytes=self.settings().retention.min_free_mib * 1024 * 1024)

    def lake(self) -> Lake:
        """The tables."""
        from p2p_pipeline.lake.lake import Lake

        return Lake(self.paths.lake)

    def payments(self) -> PaymentMap:
        """The names of payment methods."""
        from p2p_pipeline.p2p.offers.payment_methods import PaymentMap

        return PaymentMap.load()

    def alerts(self) -> Alerts:
        """Where trouble is told. With settings that can't be used, as by default: that trouble must be told too."""
        from p2p_pipeline.monitoring.alerts import Alerts

        try:
            settings = self.settings().alerts
        except (SettingsError, OSError, ValueError):
            settings = AlertSettings()
        return Alerts.configured(self.paths, settings)
