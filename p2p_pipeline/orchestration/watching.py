"""One look of the watch: what is wrong now, told once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from dagster import AssetCheckKey, DagsterInstance

from p2p_pipeline.alerts import Message, Trouble
from p2p_pipeline.markets import MarketSide
from p2p_pipeline.orchestration.collection_tick import COLLECT_ALERT
from p2p_pipeline.orchestration.resources import Installation
from p2p_pipeline.orchestration.troubles import failed_checks, failed_runs, failed_ticks, stale_markets

_loaded_at = time.monotonic()


def look(
    instance: DagsterInstance, installation: Installation, venues: Sequence[str], checks: Sequence[AssetCheckKey]
) -> str:
    """Find troubles, tell the news, and say in a line what was found."""
    now = datetime.now(UTC)
    troubles = [
        *failed_ticks(instance),
        *failed_checks(instance, checks, now),
        *failed_runs(instance, now),
        *_stale(installation, venues, now),
    ]
    messages = installation.alerts().report(troubles, lambda key: not key.startswith(COLLECT_ALERT), now)
    return summary(troubles, messages)


def summary(troubles: Sequence[Trouble], messages: Sequence[Message]) -> str:
    """What the sensor's page in Dagster says about a look."""
    told = "".join(f" Told: {message.text}." for message in messages)
    return f"{len(troubles)} troubles now.{told}" if troubles else f"All is well.{told}"


def _stale(installation: Installation, venues: Sequence[str], now: datetime) -> list[Trouble]:
    settings = installation.settings()
    limit = settings.quality.stale_after_seconds
    if time.monotonic() - _loaded_at < limit:
        # After a start the newest snapshot is as old as the pause was; the first slots come before judging.
        return []
    reader = installation.reader()
    newest: dict[MarketSide, datetime | None] = {}
    for venue in venues:
        for side in settings.market_sides(venue):
            snapshot = reader.latest(side, now)
            newest[side] = None if snapshot is None else snapshot.snapshot_at
    return stale_markets(newest, now, limit)
