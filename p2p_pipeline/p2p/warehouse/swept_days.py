"""Which days have sweeps, for whoever asked about days that have none. A sweep belongs to the UTC day it began on."""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import Connection

from p2p_pipeline.p2p.capture.sweeps.batches import stored_batches
from p2p_pipeline.p2p.raw.reader import RawReader


def swept_days(connection: Connection[Any], reader: RawReader, venue: str) -> list[date]:
    """The days of which the raw store or the warehouse has a sweep, in order; one that still runs doesn't count."""
    loaded = connection.execute(
        "SELECT DISTINCT (batch_start_time AT TIME ZONE 'UTC')::date FROM ops_batch_runs WHERE venue = %s", [venue]
    )
    return sorted({day for (day,) in loaded} | {day for day in reader.days() if stored_batches(reader, venue, day)})


def no_sweeps(days: list[date], from_day: date, to_day: date) -> str:
    """Say that days asked for have no sweep, and which do."""
    asked = f"on {from_day}" if from_day == to_day else f"from {from_day} to {to_day}"
    return f"neither the raw store nor the warehouse has a sweep that began {asked} (UTC): {_there_are(days)}"


def _there_are(days: list[date]) -> str:
    if not days:
        return "there are none at all yet, and `p2p sweep` makes one"
    if len(days) == 1:
        return f"all there are began on {days[0]}"
    return f"those there are began on {len(days)} days from {days[0]} to {days[-1]}"
