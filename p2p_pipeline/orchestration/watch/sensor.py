"""The sensor that looks for trouble each minute and tells it once."""

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

from p2p_pipeline.orchestration.exchanges.checks import exchange_check_keys
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.paper.checks import paper_check_keys
from p2p_pipeline.orchestration.warehouse.keys import BATCHES
from p2p_pipeline.p2p.quality.properties import PROPERTIES
from p2p_pipeline.p2p.quality.warehouse.rules import WAREHOUSE_RULES

WATCH_SECONDS = 60


def watched_checks(venues: Sequence[str]) -> list[AssetCheckKey]:
    """The checks whose failure is told: all but a market's freshness.

    That the watch looks at itself, each minute: as a check it would be told twice.
    """
    told = [entry for entry in PROPERTIES if entry.is_of_day or entry.is_of_summary]
    of_venues = [AssetCheckKey(AssetKey([venue, entry.table]), entry.name) for venue in venues for entry in told]
    of_batches = [AssetCheckKey(BATCHES, rule.name) for rule in WAREHOUSE_RULES]
    return of_venues + of_batches + exchange_check_keys() + paper_check_keys()


def build_watch_sensor(venues: Sequence[str]) -> SensorDefinition:
    """The sensor `watch` over some venues."""
    checks = watched_checks(venues)

    @sensor(
        name="watch",
        minimum_interval_seconds=WATCH_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Looks each minute for failed ticks, failed checks, failed runs and stale markets. Each trouble is "
        "told once, to the log and the webhook, and once more when it is over.",
    )
    def watch(context: SensorEvaluationContext, installation: Installation) -> SkipReason:
        from p2p_pipeline.orchestration.watch.look import look, seconds_since_start

        now, running = datetime.now(UTC), seconds_since_start()
        return SkipReason(look(context.instance, installation, venues, checks, now, running))

    return watch
