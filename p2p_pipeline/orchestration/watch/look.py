"""One look of the watch: what is wrong now, told once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from dagster import AssetCheckKey, DagsterInstance

from p2p_pipeline.monitoring.alerts import Message, Trouble
from p2p_pipeline.orchestration.collection.tick import COLLECT_ALERT
from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.watch.dead_runs import end_dead_runs
from p2p_pipeline.orchestration.watch.troubles import (
    STALE_ALERT,
    failed_checks,
    failed_runs,
    failed_ticks,
    stale_markets,
    stale_sweeps,
)
from p2p_pipeline.p2p.quality.newest_answers import newest_answers, newest_sweep
from p2p_pipeline.p2p.settings import SettingsError

_loaded_at = time.monotonic()


def seconds_since_start() -> float:
    """How long this process has been running."""
    return time.monotonic() - _loaded_at


def look(
    instance: DagsterInstance,
    installation: Installation,
    venues: Sequence[str],
    checks: Sequence[AssetCheckKey],
    now: datetime,
    running_seconds: float,
) -> str:
    """End what died, find troubles, tell the news, and say in a line what was found."""
    end_dead_runs(instance)
    alerts = installation.alerts()
    troubles = [*failed_ticks(instance), *failed_checks(instance, checks, now), *failed_runs(instance, now)]
    seen: list[str] = []
    sees_sweeps = False
    try:
        settings = installation.settings()
    except (SettingsError, OSError, ValueError) as error:
        troubles.append(Trouble("settings", "The settings can't be used", str(error)))
    else:
        limit = settings.quality.stale_after_seconds
        # A venue that can't be collected has been told by its ticks: that its markets grow stale is the same trouble.
        # After a start the newest answer is as old as the pause was: the first slots come before judging.
        seen = [v for v in venues if running_seconds >= limit and f"{COLLECT_ALERT}{v}" not in alerts.open_alerts()]
        sides = [side for venue in seen for side in settings.market_sides(venue)]
        reader = installation.reader()
        troubles += stale_markets(newest_answers(reader, sides, now, limit), now, limit)
        sees_sweeps = running_seconds >= 2 * 60 * settings.sweep.interval_minutes + settings.sweep.budget_seconds
        if sees_sweeps:
            troubles += stale_sweeps(newest_sweep(reader, settings.sweep.venue, now), now, settings.sweep)
    unseen = (COLLECT_ALERT, *(f"{STALE_ALERT}{venue}." for venue in venues if venue not in seen))
    unseen += () if sees_sweeps else (f"{STALE_ALERT}sweeps",)
    messages = alerts.report(troubles, lambda key: not key.startswith(unseen), now)
    alerts.deliver()
    return summary(troubles, messages)


def summary(troubles: Sequence[Trouble], messages: Sequence[Message]) -> str:
    """What the sensor's page in Dagster says about a look."""
    told = "".join(f" Told: {message.text}." for message in messages)
    return f"{len(troubles)} troubles now.{told}" if troubles else f"All is well.{told}"
