"""The day a materialization or a check works on."""

from __future__ import annotations

from datetime import UTC, datetime

from p2p_pipeline.orchestration.installation import Installation
from p2p_pipeline.orchestration.partitions import day_of_key
from p2p_pipeline.p2p.quality.venue_day import VenueDay


def open_day(venue: str, partition_key: str | None, installation: Installation) -> VenueDay:
    """The venue's day of a partition; today without one."""
    now = datetime.now(UTC)
    day = day_of_key(partition_key) if partition_key else now.date()
    return VenueDay(venue, day, now, installation.settings(), installation.reader(), installation.lake())
