"""The sensor that looks for trouble each minute and tells it once."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from dagster import (
    AssetCheckKey,
    AssetKey,
    DefaultSensorStatus,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from p2p_pipeline.alerts import Message, Trouble
from p2p_pipeline.markets import MarketSide
from p2p_pipeline.orchestration.checks import PROPERTIES
from p2p_pipeline.orchestration.collection_sensor import COLLECT_ALERT
from p2p_pipeline.orchestration.resources import Installation
from p2p_pipeline.orchestration.troubles import failed_checks, failed_runs, failed_ticks, stale_markets

WATCH_SECONDS = 60
_loaded_at = time.monotonic()


def build_watch_sensor(venues: Sequence[str]) -> SensorDefinition:
    """The sensor `watch` over some venues."""
    checks = [AssetCheckKey(AssetKey([venue, e.table]), e.name) for venue in venues for e in PROPERTIES]

    @sensor(
        name="watch",
        minimum_interval_seconds=WATCH_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Looks each minute for failed ticks, failed checks, failed runs and stale markets. Each trouble is "
        "told once, to the log and the webhook, and once more when it is over.",
    )
    def watch(context: SensorEvaluationContext, installation: Installation) -> SkipReason:
        now = datetime.now(UTC)
        troubles = [
            *failed_ticks(context.instance),
            *failed_checks(context.instance, checks, now),
            *failed_runs(context.instance, now),
            *_stale(installation, venues, now),
        ]
        messages = installation.alerts().report(troubles, lambda key: not key.startswith(COLLECT_ALERT), now)
        return SkipReason(summary(troubles, messages))

    return watch


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
