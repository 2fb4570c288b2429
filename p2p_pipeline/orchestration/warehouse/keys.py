"""Names of the warehouse's assets and of their group."""

from __future__ import annotations

from dagster import AssetKey

from p2p_pipeline.p2p.settings_warehouse import SweepSettings

SWEPT_VENUE = SweepSettings().venue
GROUP = "warehouse"
SWEEPS = AssetKey([SWEPT_VENUE, "sweeps"])
BATCHES = AssetKey([GROUP, "batches"])
MARKET_VIEWS = AssetKey([GROUP, "market_views"])
