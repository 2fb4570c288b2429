"""The one way time is cut: UTC days. Markets are rows of a day, not partitions."""

from __future__ import annotations

from datetime import UTC, date, datetime

from dagster import DailyPartitionsDefinition

FIRST_DAY = date(2024, 1, 1)
"""Early enough for the oldest recordings; a few thousand days cost the UI nothing."""

# end_offset=1: today is a partition while it is still being collected.
DAYS = DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone="UTC", end_offset=1)


def day_of_key(partition_key: str) -> date:
    """The day a partition stands for."""
    return date.fromisoformat(partition_key)


def key_of_moment(moment: datetime) -> str:
    """The partition that holds an aware moment."""
    return moment.astimezone(UTC).date().isoformat()
